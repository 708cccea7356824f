//! What the IdPs of connections were forgiven, counted.

use sqlx::FromRow;

use crate::db::{binds, each, rows};
use crate::{Connection, Result, Store};

/// How often a deviation was forgiven.
#[derive(Debug, Clone, FromRow)]
pub struct ToleranceRow {
    pub name: String,
    pub times: i64,
    pub first_at: i64,
    pub last_at: i64,
}

impl Connection {
    /// By name.
    pub async fn tolerances(&self) -> Result<Vec<ToleranceRow>> {
        self.store()
            .db()
            .all(
                "SELECT name, times, first_at, last_at FROM tolerances WHERE connection_id = $1 ORDER BY name",
                binds![&*self.id],
            )
            .await
    }
}

impl Store {
    /// Adds to the counts: (connection id, what came of late). Behind the requests, in one write; what belongs to a
    /// connection that is gone is dropped.
    pub async fn note_tolerances(&self, counts: &[(String, ToleranceRow)]) -> Result<()> {
        if counts.is_empty() {
            return Ok(());
        }
        let values: Vec<_> = counts
            .iter()
            .map(|(connection, row)| (connection, &row.name, row.times, row.first_at, row.last_at))
            .collect();
        let mut tx = self.db().begin().await?;
        tx.run(
            each!(
                "INSERT INTO tolerances (connection_id, name, times, first_at, last_at) \
                 SELECT c.id, e.value->>1, CAST(e.value->>2 AS BIGINT), CAST(e.value->>3 AS BIGINT), \
                 CAST(e.value->>4 AS BIGINT) FROM",
                "CROSS JOIN connections c WHERE c.id = e.value->>0 ON CONFLICT (connection_id, name) DO UPDATE SET \
                 times = tolerances.times + excluded.times, last_at = excluded.last_at"
            ),
            rows(&values),
        )
        .await?;
        tx.commit().await
    }
}
