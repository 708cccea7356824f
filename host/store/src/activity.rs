//! What the IdPs of connections do, counted by kind of call.

use sqlx::FromRow;

use crate::db::{binds, each, rows};
use crate::{Connection, Result, Store};

/// How often something was seen, and what the last one was.
#[derive(Debug, Clone, FromRow)]
pub struct ActivityRow {
    pub name: String,
    pub times: i64,
    pub first_at: i64,
    pub last_at: i64,
    /// JSON.
    pub last: String,
}

impl Connection {
    /// By name.
    pub async fn activity(&self) -> Result<Vec<ActivityRow>> {
        self.store()
            .db()
            .all(
                "SELECT name, times, first_at, last_at, last FROM activity WHERE connection_id = $1 ORDER BY name",
                binds![&*self.id],
            )
            .await
    }
}

impl Store {
    /// Adds to the counts: (connection id, what came of late). What belongs to no connection is dropped, so that
    /// whoever invents connections fills no table.
    pub async fn note_activity(&self, counts: &[(String, ActivityRow)]) -> Result<()> {
        if counts.is_empty() {
            return Ok(());
        }
        let values: Vec<_> = counts
            .iter()
            .map(|(connection, row)| {
                let ActivityRow {
                    name,
                    times,
                    first_at,
                    last_at,
                    last,
                } = row;
                (connection, name, times, first_at, last_at, last)
            })
            .collect();
        let mut tx = self.db().begin().await?;
        tx.run(
            each!(
                "INSERT INTO activity (connection_id, name, times, first_at, last_at, last) \
                 SELECT c.id, e.value->>1, CAST(e.value->>2 AS BIGINT), CAST(e.value->>3 AS BIGINT), \
                 CAST(e.value->>4 AS BIGINT), e.value->>5 FROM",
                "CROSS JOIN connections c WHERE c.id = e.value->>0 ON CONFLICT (connection_id, name) DO UPDATE SET \
                 times = activity.times + excluded.times, last_at = excluded.last_at, last = excluded.last"
            ),
            rows(&values),
        )
        .await?;
        tx.commit().await
    }
}
