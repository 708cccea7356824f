//! What plugins said, connection by connection. Written behind the decisions, in batches; the newest are kept.

use sqlx::FromRow;

use crate::db::{Tx, binds, each, locking, rows};
use crate::{Connection, Error, Result, Store};

/// What came of one connection since it was last written.
#[derive(Debug, Default)]
pub struct NewLines {
    pub connection: String,
    /// Oldest first.
    pub lines: Vec<NewLine>,
    /// Lines that were too many to be in here, and when the last of them was.
    pub dropped: i64,
    pub dropped_at: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct NewLine {
    pub at: i64,
    pub user: String,
    /// Empty for what belongs to none.
    pub slot: String,
    /// 0 (debug) to 4 (panic).
    pub level: i64,
    /// What it counts for.
    pub bytes: i64,
    /// JSON.
    pub record: String,
}

#[derive(Debug, Clone, FromRow)]
pub struct LineRow {
    pub seq: i64,
    pub at: i64,
    pub user_id: String,
    pub slot: String,
    pub level: i64,
    /// JSON.
    pub record: String,
}

#[derive(Debug, Clone, Copy, Default, FromRow)]
pub struct LinesEnd {
    /// How many there were, which is the last one's number.
    pub lines: i64,
    pub dropped: i64,
    pub dropped_at: Option<i64>,
}

/// Which lines to read; all conditions hold.
#[derive(Debug, Clone, Default)]
pub struct LinesQuery {
    /// Exclusive bounds of the numbers.
    pub after: i64,
    pub before: i64,
    pub level: i64,
    pub slot: Option<String>,
    pub user: Option<String>,
    pub limit: i64,
}

impl Store {
    /// Adds lines, in one transaction; those of connections that are gone are dropped. A connection that thereby has a
    /// tenth more bytes than `most` loses its oldest lines.
    pub async fn keep_plugin_logs(&self, new: &[NewLines], most: i64) -> Result<()> {
        let mut tx = self.db().begin().await?;
        for new in new {
            keep(&mut tx, new, most).await?;
        }
        tx.commit().await
    }

    /// Deletes lines from before a time, of one connection after the other.
    pub async fn expire_plugin_logs(&self, before: i64) -> Result<()> {
        loop {
            let old: Option<(String,)> = self
                .db()
                .optional(
                    "SELECT connection_id FROM plugin_logs WHERE at < $1 ORDER BY at LIMIT 1",
                    binds![before],
                )
                .await?;
            let Some((connection,)) = old else {
                return Ok(());
            };
            let mut tx = self.db().begin().await?;
            if hold(&mut tx, &connection).await? {
                tx.run(
                    "UPDATE plugin_log_ends SET lines = lines WHERE connection_id = $1",
                    binds![&connection],
                )
                .await?;
                tx.run(
                    "DELETE FROM plugin_logs WHERE connection_id = $1 AND at < $2",
                    binds![&connection, before],
                )
                .await?;
                tx.run(COUNT_BYTES, binds![&connection]).await?;
            }
            tx.commit().await?;
        }
    }
}

/// Whether the connection is there: then it stays until the end of the transaction. Before anything else, so that nobody
/// waits for its deletion with locks that the deletion waits for.
async fn hold(tx: &mut Tx, connection: &str) -> Result<bool> {
    let found: Option<(String,)> = tx
        .optional(
            locking!("SELECT id FROM connections WHERE id = $1", "FOR KEY SHARE"),
            binds![connection],
        )
        .await?;
    Ok(found.is_some())
}

/// For whoever has written the connection's end, and so has it for itself.
const COUNT_BYTES: &str = "UPDATE plugin_log_ends SET bytes = CAST((SELECT COALESCE(SUM(l.bytes), 0) \
     FROM plugin_logs l WHERE l.connection_id = $1) AS BIGINT) WHERE connection_id = $1";

/// The connection's end is written first: hosts that write at the same time number their lines one after the other.
async fn keep(tx: &mut Tx, new: &NewLines, most: i64) -> Result<()> {
    if !hold(tx, &new.connection).await? {
        return Ok(());
    }
    let count = new.lines.len() as i64;
    let bytes: i64 = new.lines.iter().map(|line| line.bytes).sum();
    let end: Option<(i64, i64)> = tx
        .optional(
            "INSERT INTO plugin_log_ends (connection_id, lines, bytes, dropped, dropped_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (connection_id) DO UPDATE SET \
             lines = plugin_log_ends.lines + excluded.lines, bytes = plugin_log_ends.bytes + excluded.bytes, \
             dropped = plugin_log_ends.dropped + excluded.dropped, \
             dropped_at = COALESCE(excluded.dropped_at, plugin_log_ends.dropped_at) RETURNING lines, bytes",
            binds![&new.connection, count, bytes, new.dropped, new.dropped_at],
        )
        .await?;
    let (last, kept) = end.ok_or(Error::NotFound)?;
    let values: Vec<_> = (last - count + 1..)
        .zip(&new.lines)
        .map(|(seq, it)| {
            let connection = &new.connection;
            (
                connection, seq, it.at, &it.user, &it.slot, it.level, it.bytes, &it.record,
            )
        })
        .collect();
    tx.run(
        each!(
            "INSERT INTO plugin_logs (connection_id, seq, at, user_id, slot, level, bytes, record) \
             SELECT e.value->>0, CAST(e.value->>1 AS BIGINT), CAST(e.value->>2 AS BIGINT), e.value->>3, e.value->>4, \
             CAST(e.value->>5 AS BIGINT), CAST(e.value->>6 AS BIGINT), e.value->>7 FROM"
        ),
        rows(&values),
    )
    .await?;
    if kept <= most + most / 10 {
        return Ok(());
    }
    // The newest line that doesn't fit any more, with those after it.
    let cut: Option<(i64,)> = tx
        .optional(
            "SELECT seq FROM (SELECT seq, SUM(bytes) OVER (ORDER BY seq DESC) AS newer FROM plugin_logs \
             WHERE connection_id = $1) AS sums WHERE newer > $2 ORDER BY seq DESC LIMIT 1",
            binds![&new.connection, most],
        )
        .await?;
    let Some((cut,)) = cut else {
        return Ok(());
    };
    let dropped = tx
        .run(
            "DELETE FROM plugin_logs WHERE connection_id = $1 AND seq <= $2",
            binds![&new.connection, cut],
        )
        .await?;
    let at = new.lines.last().map(|line| line.at);
    tx.run(
        "UPDATE plugin_log_ends SET dropped = dropped + $2, dropped_at = $3 WHERE connection_id = $1",
        binds![&new.connection, dropped as i64, at],
    )
    .await?;
    tx.run(COUNT_BYTES, binds![&new.connection]).await?;
    Ok(())
}

const LINES: &str = "SELECT seq, at, user_id, slot, level, record FROM plugin_logs WHERE connection_id = $1 \
     AND seq > $2 AND seq < $3 AND level >= $4 AND ($5 = '' OR slot = $5) AND ($6 = '' OR user_id = $6) ORDER BY seq \
     LIMIT $7";
const NEWEST_LINES: &str = "SELECT seq, at, user_id, slot, level, record FROM plugin_logs WHERE connection_id = $1 \
     AND seq > $2 AND seq < $3 AND level >= $4 AND ($5 = '' OR slot = $5) AND ($6 = '' OR user_id = $6) \
     ORDER BY seq DESC LIMIT $7";

impl Connection {
    /// Oldest first: the first ones after `after`, or, with `newest`, the last ones before `before`.
    pub async fn plugin_logs(&self, query: &LinesQuery, newest: bool) -> Result<Vec<LineRow>> {
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        let binds = binds![
            &*self.id,
            query.after,
            query.before,
            query.level,
            text(&query.slot),
            text(&query.user),
            query.limit
        ];
        let sql = if newest { NEWEST_LINES } else { LINES };
        let mut rows: Vec<LineRow> = self.store().db().all(sql, binds).await?;
        if newest {
            rows.reverse();
        }
        Ok(rows)
    }

    pub async fn plugin_logs_end(&self) -> Result<LinesEnd> {
        let end = self
            .store()
            .db()
            .optional(
                "SELECT lines, dropped, dropped_at FROM plugin_log_ends WHERE connection_id = $1",
                binds![&*self.id],
            )
            .await?;
        Ok(end.unwrap_or_default())
    }
}
