//! Users stored before their displayName was looked up by an index, or changed since by a host of a version from before. Their keys are made by the protocol's folding,
//! which no database has.

use crate::db::{binds, each, rows};
use crate::{Result, Store};

impl Store {
    /// Some users without a key for their displayName: (id, displayName).
    pub async fn unkeyed(&self, limit: i64) -> Result<Vec<(String, String)>> {
        self.db()
            .all(
                "SELECT id, display FROM resources \
                 WHERE kind = 'User' AND display IS NOT NULL AND display_key IS NULL \
                 ORDER BY connection_id, kind, id LIMIT $1",
                binds![limit],
            )
            .await
    }

    /// Keys for users that have none yet and whose displayName is still this: (id, displayName, key).
    pub async fn key_displays(&self, keys: &[(String, String, String)]) -> Result<()> {
        let mut tx = self.db().begin().await?;
        tx.run(
            each!(
                "UPDATE resources SET display_key = e.value->>2 FROM",
                "WHERE resources.id = e.value->>0 AND resources.display = e.value->>1 AND resources.display_key IS NULL"
            ),
            rows(keys),
        )
        .await?;
        tx.commit().await
    }
}
