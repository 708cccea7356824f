//! Order and hash chain, given after the commit by one sealer per environment.
//!
//! Writers never queue for the chain, on one host or ten: a sealer reads what waits and follows the chain
//! beside them, and its commit verifies that the chain still ends where it did. What is committed and not
//! yet sealed survives a crash and is sealed at the next start.
//!
//! `hash = hex(sha256(previous hash ∥ "\n" ∥ seq ∥ "\n" ∥ at ∥ "\n" ∥ type ∥ "\n" ∥ connection ∥ "\n" ∥
//! tenant ∥ "\n" ∥ subject ∥ "\n" ∥ data))`, with absent fields empty, numbers in decimal, `data` the
//! JSON text as stored, and the empty string before the first event.

use sha2::{Digest, Sha256};
use sqlx::FromRow;

use crate::db::{Db, binds, each, rows};
use crate::events::{BYTES, EventRow};
use crate::signals::Signals;
use crate::{Environment, Error, Result};

/// Events sealed at a time; fewer, where they have more than [`BYTES`].
const BATCH: i64 = 1000;

#[derive(FromRow)]
struct Unsealed {
    row_id: i64,
    at: i64,
    #[sqlx(rename = "type")]
    kind: String,
    connection_id: Option<String>,
    tenant: Option<String>,
    subject: Option<String>,
    data: String,
}

/// Places in the log for a batch of events, to be written if the chain still ends where it did.
pub(crate) struct Seals {
    environment: String,
    /// The last number before them.
    after: i64,
    /// (environment, number, row of the event, hash)
    rows: Vec<(String, i64, i64, String)>,
    /// The hash of the last one.
    head: String,
    /// Whether the batch is full, and more may wait.
    full: bool,
}

impl Environment {
    /// Seals what waits now. What comes meanwhile waits for the next call, which has more to seal at once.
    pub async fn seal(&self) -> Result<()> {
        while let Some(seals) = self.next_seals().await? {
            let more = seals.full;
            match self.store.0.writer.seal(seals).await {
                // Another host was quicker.
                Err(Error::Stale) => {}
                Ok(()) if more => {}
                sealed => return sealed,
            }
        }
        Ok(())
    }

    /// Reads what waits, beside the writer, and follows the chain over it.
    async fn next_seals(&self) -> Result<Option<Seals>> {
        let db = self.store.db();
        // The head first: what is sealed between the two readings makes it stale.
        let (after, mut hash): (i64, String) = db
            .one(
                "SELECT seq, hash FROM chains WHERE environment_id = $1",
                binds![&*self.id],
            )
            .await?;
        let waiting: Vec<Unsealed> = db
            .all(
                "SELECT v.row_id, v.at, v.type, v.connection_id, v.tenant, v.subject, v.data \
                 FROM (SELECT e.row_id, SUM(octet_length(e.data)) OVER (ORDER BY e.row_id) - octet_length(e.data) AS bytes \
                 FROM (SELECT row_id FROM unsealed WHERE environment_id = $1 ORDER BY row_id LIMIT $2) u \
                 CROSS JOIN events e WHERE e.row_id = u.row_id) w \
                 CROSS JOIN events v WHERE v.row_id = w.row_id AND w.bytes < $3 ORDER BY v.row_id",
                binds![&*self.id, BATCH, BYTES],
            )
            .await?;
        if waiting.is_empty() {
            return Ok(None);
        }
        let bytes: usize = waiting.iter().map(|event| event.data.len()).sum();
        let full = waiting.len() as i64 == BATCH || bytes as i64 >= BYTES;
        let seals = (after + 1..).zip(&waiting).map(|(seq, event)| {
            hash = link(
                &hash,
                seq,
                event.at,
                &event.kind,
                [
                    event.connection_id.as_deref(),
                    event.tenant.as_deref(),
                    event.subject.as_deref(),
                    Some(&event.data),
                ],
            );
            (self.id.to_string(), seq, event.row_id, hash.clone())
        });
        let rows = seals.collect();
        Ok(Some(Seals {
            environment: self.id.to_string(),
            after,
            rows,
            head: hash,
            full,
        }))
    }

    /// Recomputes the whole chain.
    pub async fn verify(&self) -> Result<std::result::Result<i64, ChainBreak>> {
        let (mut seq, mut hash) = (0, String::new());
        loop {
            let (head, head_hash): (i64, String) = self
                .store
                .db()
                .one(
                    "SELECT seq, hash FROM chains WHERE environment_id = $1",
                    binds![&*self.id],
                )
                .await?;
            if head == seq && head_hash != hash {
                return Ok(Err(ChainBreak {
                    seq,
                    reason: "the head does not match the last event",
                }));
            }
            if head == seq {
                return Ok(Ok(seq));
            }
            let batch = self.events(seq, BATCH).await?;
            if batch.is_empty() {
                return Ok(Err(ChainBreak {
                    seq: seq + 1,
                    reason: "an event is missing",
                }));
            }
            match verify_chain(seq, &hash, &batch) {
                Ok((last, head)) => (seq, hash) = (last, head),
                Err(broken) => return Ok(Err(broken)),
            }
        }
    }
}

/// Writes a batch in a transaction of its own. [`Error::Stale`]: the chain has grown since.
pub(crate) async fn write(db: &Db, signals: &Signals, seals: &Seals) -> Result<()> {
    let mut tx = db.begin().await?;
    let last = seals.after + seals.rows.len() as i64;
    let moved = tx
        .run(
            "UPDATE chains SET seq = $2, hash = $3 WHERE environment_id = $1 AND seq = $4",
            binds![&seals.environment, last, &seals.head, seals.after],
        )
        .await?;
    if moved == 0 {
        return Err(Error::Stale);
    }
    tx.run(
        each!(
            "INSERT INTO seals (environment_id, seq, event, hash) SELECT e.value->>0, \
             CAST(e.value->>1 AS BIGINT), CAST(e.value->>2 AS BIGINT), e.value->>3 FROM"
        ),
        rows(&seals.rows),
    )
    .await?;
    let sealed: Vec<_> = seals.rows.iter().map(|(.., event, _)| (event,)).collect();
    tx.run(
        each!(
            "DELETE FROM unsealed WHERE row_id IN (SELECT CAST(e.value->>0 AS BIGINT) FROM",
            ")"
        ),
        rows(&sealed),
    )
    .await?;
    tx.notify("sealed").await?;
    tx.commit().await?;
    Signals::raise(signals.sealed());
    Ok(())
}

/// Where a chain breaks.
#[derive(Debug, PartialEq, Eq)]
pub struct ChainBreak {
    pub seq: i64,
    pub reason: &'static str,
}

/// Follows the chain from an event (its number and hash) over the ones after it; returns the new head.
pub fn verify_chain(
    mut seq: i64,
    hash: &str,
    events: &[EventRow],
) -> std::result::Result<(i64, String), ChainBreak> {
    let mut hash = hash.to_owned();
    for event in events {
        seq += 1;
        if event.seq != seq {
            return Err(ChainBreak {
                seq,
                reason: "an event is missing",
            });
        }
        hash = link(
            &hash,
            seq,
            event.at,
            &event.kind,
            [
                event.connection_id.as_deref(),
                event.tenant.as_deref(),
                event.subject.as_deref(),
                Some(&event.data),
            ],
        );
        if event.hash != hash {
            return Err(ChainBreak {
                seq,
                reason: "the event or one before it was altered",
            });
        }
    }
    Ok((seq, hash))
}

fn link(previous: &str, seq: i64, at: i64, kind: &str, rest: [Option<&str>; 4]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("{previous}\n{seq}\n{at}\n{kind}"));
    for field in rest {
        hasher.update("\n");
        hasher.update(field.unwrap_or_default());
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
