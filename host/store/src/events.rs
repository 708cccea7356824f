//! The append-only log: what transactions wrote, read in the order the sealer gave.

use sqlx::FromRow;

use crate::db::{Tx, binds, each, rows};
use crate::{Environment, Result};

/// An event as a transaction writes it.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Milliseconds since 1970.
    pub at: i64,
    /// Dotted name: `user.created`, `access.changed`, …
    pub kind: &'static str,
    pub connection: Option<String>,
    pub tenant: Option<String>,
    /// The id of what it is about.
    pub subject: Option<String>,
    /// A JSON object.
    pub data: String,
}

/// A sealed event.
#[derive(Debug, Clone, FromRow)]
pub struct EventRow {
    pub seq: i64,
    pub at: i64,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub connection_id: Option<String>,
    pub tenant: Option<String>,
    pub subject: Option<String>,
    pub data: String,
    pub hash: String,
}

pub(crate) async fn append(tx: &mut Tx, environment: &str, new: &[NewEvent]) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let values: Vec<_> = new
        .iter()
        .map(|event| {
            (
                environment,
                event.at,
                event.kind,
                &event.connection,
                &event.tenant,
                &event.subject,
                &event.data,
            )
        })
        .collect();
    insert(tx, &values).await
}

type Columns<'a> = (
    &'a str,
    i64,
    &'a str,
    &'a Option<String>,
    &'a Option<String>,
    &'a Option<String>,
    &'a String,
);

/// One statement for the events of a whole group of changes; they keep their order.
pub(crate) async fn insert(tx: &mut Tx, values: &[Columns<'_>]) -> Result<()> {
    tx.run(
        each!(
            "INSERT INTO events (environment_id, at, type, connection_id, tenant, subject, data) \
             SELECT e.value->>0, CAST(e.value->>1 AS BIGINT), e.value->>2, e.value->>3, e.value->>4, \
             e.value->>5, e.value->>6 FROM"
        ),
        rows(values),
    )
    .await?;
    Ok(())
}

/// Bytes of data that are read at a time, or little more: an event may be as large as a body.
pub(crate) const BYTES: i64 = 16 << 20;

impl Environment {
    /// Sealed events after `after`, in order: at most `limit`, and fewer where they are large, but one at least.
    pub async fn events(&self, after: i64, limit: i64) -> Result<Vec<EventRow>> {
        self.store
            .db()
            .all(
                "SELECT w.seq, v.at, v.type, v.connection_id, v.tenant, v.subject, v.data, w.hash \
                 FROM (SELECT p.seq, p.event, p.hash, \
                 SUM(octet_length(e.data)) OVER (ORDER BY p.seq) - octet_length(e.data) AS bytes \
                 FROM (SELECT seq, event, hash FROM seals WHERE environment_id = $1 AND seq > $2 \
                 ORDER BY seq LIMIT $3) p CROSS JOIN events e WHERE e.row_id = p.event) w \
                 CROSS JOIN events v WHERE v.row_id = w.event AND w.bytes < $4 ORDER BY w.seq",
                binds![&*self.id, after, limit, BYTES],
            )
            .await
    }

    /// The hash of an event; the empty string for the ground the chain stands on.
    pub async fn event_hash(&self, seq: i64) -> Result<String> {
        let found: Option<(String,)> = self
            .store
            .db()
            .optional(
                "SELECT hash FROM seals WHERE environment_id = $1 AND seq = $2",
                binds![&*self.id, seq],
            )
            .await?;
        Ok(found.map(|(hash,)| hash).unwrap_or_default())
    }
}
