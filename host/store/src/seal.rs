//! Order and hash chain, given after the commit by one sealer per environment.
//!
//! Writers never queue for the chain. Whoever holds the environment's row of `chains` is the sealer, on
//! one host or ten; what is committed and not yet sealed survives a crash and is sealed at the next start.
//!
//! `hash = hex(sha256(previous hash ∥ "\n" ∥ seq ∥ "\n" ∥ at ∥ "\n" ∥ type ∥ "\n" ∥ connection ∥ "\n" ∥
//! tenant ∥ "\n" ∥ subject ∥ "\n" ∥ data))`, with absent fields empty, numbers in decimal, `data` the
//! JSON text as stored, and the empty string before the first event.

use sha2::{Digest, Sha256};
use sqlx::FromRow;

use crate::db::{binds, each, locking, rows};
use crate::events::EventRow;
use crate::signals::Signals;
use crate::{Environment, Result};

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

impl Environment {
    /// Seals one batch; returns how many events it sealed.
    pub async fn seal(&self) -> Result<usize> {
        let db = self.store.db();
        // Look before locking: most calls find nothing.
        let waiting: Option<(i64,)> = db
            .optional(
                "SELECT row_id FROM events WHERE environment_id = $1 AND seq IS NULL LIMIT 1",
                binds![&*self.id],
            )
            .await?;
        if waiting.is_none() {
            return Ok(0);
        }
        let mut tx = db.begin().await?;
        let head: Option<(i64, String)> = tx
            .optional(
                locking!(
                    "SELECT seq, hash FROM chains WHERE environment_id = $1",
                    "FOR UPDATE SKIP LOCKED"
                ),
                binds![&*self.id],
            )
            .await?;
        let Some((mut seq, mut hash)) = head else {
            return Ok(0);
        };
        let batch: Vec<Unsealed> = tx
            .all(
                "SELECT row_id, at, type, connection_id, tenant, subject, data FROM events \
                 WHERE environment_id = $1 AND seq IS NULL ORDER BY row_id LIMIT $2",
                binds![&*self.id, BATCH],
            )
            .await?;
        let mut sealed = Vec::with_capacity(batch.len());
        for event in &batch {
            seq += 1;
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
            sealed.push((event.row_id, seq, hash.clone()));
        }
        tx.run(
            each!(
                "UPDATE events SET seq = CAST(e.value->>1 AS BIGINT), hash = e.value->>2 FROM",
                "WHERE events.row_id = CAST(e.value->>0 AS BIGINT)"
            ),
            rows(&sealed),
        )
        .await?;
        tx.run(
            "UPDATE chains SET seq = $2, hash = $3 WHERE environment_id = $1",
            binds![&*self.id, seq, hash],
        )
        .await?;
        tx.notify("sealed").await?;
        tx.commit().await?;
        Signals::raise(self.store.signals().sealed());
        Ok(batch.len())
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
