//! The request log: what came over SCIM, call by call. Written behind the requests, in batches.
//!
//! Every way to ask has an index that ends in the id, and ids sort by time: a page costs what it shows.

use sha2::{Digest, Sha256};
use sqlx::FromRow;

use crate::db::{binds, each, rows};
use crate::{Connection, Result, Store};

/// A request to be kept.
#[derive(Debug, Clone)]
pub struct NewRequest {
    pub connection: String,
    /// A UUID version 7, from the time the request came.
    pub id: String,
    /// `STATUS METHOD`: `409 POST`.
    pub outcome: String,
    /// Keys made by [`subject`].
    pub subjects: Vec<i64>,
    /// JSON.
    pub record: String,
    pub body: Option<String>,
}

/// What of a request says whether somebody wants to see it.
#[derive(Debug, Clone, FromRow)]
pub struct RequestRow {
    pub id: String,
    pub outcome: String,
    /// JSON: keys made by [`subject`].
    pub subjects: String,
}

/// A request that may go.
#[derive(Debug, Clone)]
pub struct OldRequest {
    pub id: String,
    pub subjects: Vec<i64>,
    pub bucket: i64,
}

/// Calls that were counted and not kept.
#[derive(Debug, Clone, FromRow)]
pub struct RequestGap {
    pub reason: String,
    pub from_at: i64,
    pub to_at: i64,
    pub times: i64,
}

/// Which requests to read; newest first.
#[derive(Debug, Clone, Copy)]
pub enum Requests<'a> {
    All,
    /// With this outcome.
    With(&'a str),
    /// About what has this key.
    About(i64),
}

/// What a request is found by: a resource type with an id or a name of a resource, folded.
pub fn subject(connection: &str, kind: &str, value: &str) -> i64 {
    let digest = Sha256::new()
        .chain_update(connection)
        .chain_update("\n")
        .chain_update(kind)
        .chain_update("\n")
        .chain_update(value)
        .finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}

impl Store {
    /// Keeps requests; those of connections that are gone are dropped, and those kept already stay as they are. The
    /// fewer buckets there are, the faster is a search by name; the fewer requests in one, the cheaper it is to write.
    pub async fn keep_requests(&self, new: &[NewRequest], bucket: i64) -> Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        // JSON would have the long texts escaped, read and copied several times over.
        let mut texts = Vec::new();
        let mut place = |text: &str| {
            let from = texts.len() + 1;
            texts.extend_from_slice(text.as_bytes());
            (from, text.len())
        };
        let values: Vec<_> = new
            .iter()
            .map(|it| {
                let subjects = serde_json::to_string(&it.subjects).unwrap_or_default();
                let record = place(&it.record);
                let body = it.body.as_deref().map(&mut place).unzip();
                (
                    &it.connection,
                    &it.id,
                    &it.outcome,
                    subjects,
                    record.0,
                    record.1,
                    body.0,
                    body.1,
                )
            })
            .collect();
        let mut binds = rows(&values);
        binds.push(texts.into());
        binds.push(bucket.into());
        let mut subjects: Vec<_> = new
            .iter()
            .flat_map(|it| {
                let keys = it.subjects.iter();
                keys.map(|subject| (subject, &it.id, &it.connection))
            })
            .collect();
        // In the order of the index.
        subjects.sort_unstable();
        let mut subjects = rows(&subjects);
        subjects.push(bucket.into());
        let mut tx = self.db().begin().await?;
        tx.run(
            each!(
                "INSERT INTO requests (connection_id, id, outcome, subjects, record, body, bucket) \
                 SELECT c.id, e.value->>1, e.value->>2, e.value->>3, \
                 substr($2, CAST(e.value->>4 AS INTEGER), CAST(e.value->>5 AS INTEGER)), \
                 substr($2, CAST(e.value->>6 AS INTEGER), CAST(e.value->>7 AS INTEGER)), $3 FROM",
                "CROSS JOIN connections c WHERE c.id = e.value->>0 ON CONFLICT (connection_id, id) DO NOTHING"
            ),
            binds,
        )
        .await?;
        tx.run(
            each!(
                "INSERT INTO request_subjects (bucket, subject, id) \
                 SELECT $2, CAST(e.value->>0 AS BIGINT), e.value->>1 FROM",
                "CROSS JOIN connections c WHERE c.id = e.value->>2 ON CONFLICT (bucket, subject, id) DO NOTHING"
            ),
            subjects,
        )
        .await?;
        tx.commit().await
    }

    /// Notes calls that were not kept: (connection id, gap). A gap that is noted again has grown.
    pub async fn note_gaps(&self, gaps: &[(String, RequestGap)]) -> Result<()> {
        if gaps.is_empty() {
            return Ok(());
        }
        let values: Vec<_> = gaps
            .iter()
            .map(|(connection, gap)| (connection, &gap.reason, gap.from_at, gap.to_at, gap.times))
            .collect();
        let mut tx = self.db().begin().await?;
        tx.run(
            each!(
                "INSERT INTO request_gaps (connection_id, reason, from_at, to_at, times) \
                 SELECT c.id, e.value->>1, CAST(e.value->>2 AS BIGINT), CAST(e.value->>3 AS BIGINT), \
                 CAST(e.value->>4 AS BIGINT) FROM",
                "CROSS JOIN connections c WHERE c.id = e.value->>0 ON CONFLICT (connection_id, reason, from_at) \
                 DO UPDATE SET to_at = excluded.to_at, times = request_gaps.times + excluded.times"
            ),
            rows(&values),
        )
        .await?;
        tx.commit().await
    }

    /// Connections that requests are kept of, each with whether it is still there.
    pub async fn recorded_connections(&self) -> Result<Vec<(String, bool)>> {
        let found: Vec<(String, i64)> = self.db().all(RECORDED, vec![]).await?;
        Ok(found
            .into_iter()
            .map(|(id, there)| (id, there != 0))
            .collect())
    }

    /// The id of a connection's newest request that has `rows` newer ones.
    pub async fn request_beyond(&self, connection: &str, rows: i64) -> Result<Option<String>> {
        let found: Option<(String,)> = self.db().optional(BEYOND, binds![connection, rows]).await?;
        Ok(found.map(|(id,)| id))
    }

    /// The oldest requests of a connection up to an id, at most `limit`.
    pub async fn oldest_requests(
        &self,
        connection: &str,
        up_to: &str,
        limit: i64,
    ) -> Result<Vec<OldRequest>> {
        let old: Vec<(String, String, i64)> = self
            .db()
            .all(OLDEST, binds![connection, up_to, limit])
            .await?;
        let old = old.into_iter().map(|(id, keys, bucket)| OldRequest {
            id,
            subjects: serde_json::from_str(&keys).unwrap_or_default(),
            bucket,
        });
        Ok(old.collect())
    }

    /// Deletes these requests, and no others: another host may have written older ones meanwhile.
    pub async fn prune_requests(&self, connection: &str, old: &[OldRequest]) -> Result<()> {
        let mut subjects: Vec<(i64, i64, &str)> = old
            .iter()
            .flat_map(|it| {
                let keys = it.subjects.iter();
                keys.map(move |key| (it.bucket, *key, it.id.as_str()))
            })
            .collect();
        // In the order of the index.
        subjects.sort_unstable();
        let mut tx = self.db().begin().await?;
        tx.run(
            each!(
                "DELETE FROM request_subjects WHERE (bucket, subject, id) IN \
                 (SELECT CAST(e.value->>0 AS BIGINT), CAST(e.value->>1 AS BIGINT), e.value->>2 FROM",
                ")"
            ),
            rows(&subjects),
        )
        .await?;
        let ids: Vec<_> = old.iter().map(|it| (connection, &it.id)).collect();
        tx.run(
            each!(
                "DELETE FROM requests WHERE (connection_id, id) IN (SELECT e.value->>0, e.value->>1 FROM",
                ")"
            ),
            rows(&ids),
        )
        .await?;
        tx.commit().await
    }

    /// Deletes the gaps of a connection that ended before a time.
    pub async fn prune_gaps(&self, connection: &str, before: i64) -> Result<()> {
        let mut tx = self.db().begin().await?;
        tx.run(
            "DELETE FROM request_gaps WHERE connection_id = $1 AND to_at < $2",
            binds![connection, before],
        )
        .await?;
        tx.commit().await
    }
}

/// Connections with requests, from one to the next in the index, however many rows each has.
const RECORDED: &str = "WITH RECURSIVE kept (id) AS ( \
     SELECT MIN(connection_id) FROM requests \
     UNION ALL SELECT (SELECT MIN(r.connection_id) FROM requests r WHERE r.connection_id > kept.id) \
     FROM kept WHERE kept.id IS NOT NULL) \
     SELECT kept.id, CAST(CASE WHEN c.id IS NULL THEN 0 ELSE 1 END AS BIGINT) \
     FROM kept LEFT JOIN connections c ON c.id = kept.id WHERE kept.id IS NOT NULL";
const BEYOND: &str =
    "SELECT id FROM requests WHERE connection_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2";
const OLDEST: &str = "SELECT id, subjects, bucket FROM requests WHERE connection_id = $1 AND id <= $2 ORDER BY id LIMIT $3";
/// Likewise from outcome to outcome.
const OUTCOMES: &str = "WITH RECURSIVE seen (outcome) AS ( \
     SELECT MIN(outcome) FROM requests WHERE connection_id = $1 AND outcome >= $2 AND outcome < $3 \
     UNION ALL SELECT (SELECT MIN(r.outcome) FROM requests r WHERE r.connection_id = $1 \
     AND r.outcome > seen.outcome AND r.outcome < $3) FROM seen WHERE seen.outcome IS NOT NULL) \
     SELECT outcome FROM seen WHERE outcome IS NOT NULL";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.outcome, r.subjects FROM ",
            $rest,
            " LIMIT $4"
        )
    };
}

impl Requests<'_> {
    fn statement(self) -> &'static str {
        match self {
            Self::All => select!(
                "requests r WHERE r.connection_id = $1 AND r.id > $2 AND r.id < $3 ORDER BY r.id DESC"
            ),
            // As pairs, since SQLite would take the primary key's index for what the id says alone.
            Self::With(_) => select!(
                "requests r WHERE r.connection_id = $1 AND (r.outcome, r.id) > ($5, $2) \
                 AND (r.outcome, r.id) < ($5, $3) ORDER BY r.outcome DESC, r.id DESC"
            ),
            // From bucket to bucket. The ids are few, and sorted before anything else is read of them.
            Self::About(_) => {
                "WITH RECURSIVE buckets (bucket) AS (SELECT MIN(bucket) FROM request_subjects \
                 UNION ALL SELECT (SELECT MIN(s.bucket) FROM request_subjects s WHERE s.bucket > b.bucket) \
                 FROM buckets b WHERE b.bucket IS NOT NULL), \
                 found (id) AS (SELECT s.id FROM buckets b CROSS JOIN request_subjects s WHERE s.bucket = b.bucket \
                 AND s.subject = $5 AND s.id > $2 AND s.id < $3 ORDER BY s.id DESC LIMIT $4) \
                 SELECT r.id, r.outcome, r.subjects FROM found f CROSS JOIN requests r \
                 WHERE r.connection_id = $1 AND r.id = f.id ORDER BY f.id DESC"
            }
        }
    }
}

impl Connection {
    /// Requests between two ids, both exclusive, newest first.
    pub async fn requests(
        &self,
        which: Requests<'_>,
        after: &str,
        before: &str,
        limit: i64,
    ) -> Result<Vec<RequestRow>> {
        let mut binds = binds![&*self.id, after, before, limit];
        match which {
            Requests::All => {}
            Requests::With(outcome) => binds.push(outcome.into()),
            Requests::About(subject) => binds.push(subject.into()),
        }
        let sql = which.statement();
        self.store().db().all(sql, binds).await
    }

    /// The records (JSON) of some requests, newest first.
    pub async fn records(&self, ids: &[&str]) -> Result<Vec<Vec<u8>>> {
        let values: Vec<_> = ids.iter().map(|id| (&*self.id, *id)).collect();
        let found: Vec<(Vec<u8>,)> = self
            .store()
            .db()
            .all(
                each!(
                    "SELECT r.record FROM",
                    "CROSS JOIN requests r WHERE r.connection_id = e.value->>0 AND r.id = e.value->>1 ORDER BY r.id DESC"
                ),
                rows(&values),
            )
            .await?;
        Ok(found.into_iter().map(|(record,)| record).collect())
    }

    /// The record (JSON) of one request, and its body.
    pub async fn request(&self, id: &str) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
        self.store()
            .db()
            .one(
                "SELECT record, body FROM requests WHERE connection_id = $1 AND id = $2",
                binds![&*self.id, id],
            )
            .await
    }

    /// Outcomes that requests of this connection had, of those that begin with a prefix: from one to the next in
    /// the index.
    pub async fn outcomes(&self, prefix: &str) -> Result<Vec<String>> {
        let beyond = format!("{prefix}~");
        let found: Vec<(String,)> = self
            .store()
            .db()
            .all(OUTCOMES, binds![&*self.id, prefix, beyond])
            .await?;
        Ok(found.into_iter().map(|(outcome,)| outcome).collect())
    }

    /// Gaps that overlap a stretch of time, newest first.
    pub async fn request_gaps(&self, from: i64, to: i64, limit: i64) -> Result<Vec<RequestGap>> {
        self.store()
            .db()
            .all(
                "SELECT reason, from_at, to_at, times FROM request_gaps \
                 WHERE connection_id = $1 AND to_at >= $2 AND from_at <= $3 ORDER BY from_at DESC LIMIT $4",
                binds![&*self.id, from, to, limit],
            )
            .await
    }
}

#[cfg(test)]
mod tests;
