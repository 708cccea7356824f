//! What plugins said while they decided about a connection's users, and where they failed.

use rolecall_mapping::Slot;
use rolecall_store::{LineRow, LinesQuery};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock;
use crate::context::parse;
use crate::error::{Problem, problem};
use crate::manage::{Cursor, Operator};

/// From the least to the most urgent.
const LEVELS: [&str; 5] = ["debug", "info", "warn", ERROR, "panic"];
/// The level of a failure.
pub(crate) const ERROR: &str = "error";

pub(crate) fn rank(level: &str) -> i64 {
    let rank = LEVELS.iter().position(|known| *known == level);
    rank.unwrap_or(1) as i64
}

/// A line that a plugin logged, or its failure. Without values that are never returned (RFC 7643 §7); else it holds
/// whatever the plugin's author had it say, personal data perhaps.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginLog {
    /// Its number in the connection, from 1.
    pub seq: i64,
    /// RFC 3339.
    pub at: String,
    /// `debug`, `info`, `warn`, `error` or `panic`. A failure is an `error`, after what the plugin said about it (the SDKs'
    /// message of a panic).
    pub level: String,
    pub message: String,
    /// `attributes`, `tenants` or `roles`; null for a failure of none of them.
    pub slot: Option<String>,
    /// Digest of the plugin; null where it could not be asked.
    pub plugin: Option<String>,
    /// Of the mapping; 0 for the stock mapping.
    pub revision: i64,
    /// Id of the user that was decided about.
    pub user: String,
    /// Correlation id of the SCIM request; null for decisions in the background.
    pub request: Option<String>,
    /// Of a failure.
    pub fault: Option<PluginFault>,
}

/// How a plugin failed. Its last good decision stays in force.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PluginFault {
    /// `trap`, `fuel`, `memory`, `table`, `stack`, `deadline`, `output`, `malformed`, `internal`, `busy` or `not_loaded`.
    pub code: String,
    /// Where it was, innermost first: at most 16 functions.
    pub trace: Vec<TraceFrame>,
}

/// A function on the stack of a plugin that failed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TraceFrame {
    /// Its name, or its index where the component has no names.
    pub function: String,
    /// Bytes from the start of the core module; null where it is not known.
    pub offset: Option<usize>,
}

/// Lines, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginLogs {
    pub data: Vec<PluginLog>,
    /// What was too much: a connection's newest lines are kept, up to 1 MiB of them, and for 7 days.
    pub dropped: DroppedLogs,
    pub page: PluginLogsEnd,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DroppedLogs {
    /// Lines of this connection, ever: beyond what one call may log, what could be written, or what is kept.
    pub count: i64,
    /// RFC 3339, of the last one; null if there was none.
    pub last_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PluginLogsEnd {
    /// Pass as `after` for what comes next.
    pub next: i64,
    /// Pass as `before` for what was earlier; null if there is nothing.
    pub previous: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginLogFilter {
    /// Lines after this one, the first ones of them.
    pub after: Option<i64>,
    /// Lines before this one, the last ones of them.
    pub before: Option<i64>,
    pub limit: Option<i64>,
    /// This one or more urgent ones.
    pub level: Option<String>,
    pub slot: Option<String>,
    /// Id of a user.
    pub user: Option<String>,
}

#[derive(Deserialize)]
struct Stored {
    request: Option<String>,
    revision: i64,
    plugin: Option<String>,
    message: String,
    fault: Option<PluginFault>,
}

fn view(row: LineRow) -> Result<PluginLog, Problem> {
    let stored: Stored = parse("line of a plugin", &row.record).map_err(problem("line"))?;
    let level = usize::try_from(row.level).ok();
    let level = level.and_then(|rank| LEVELS.get(rank)).unwrap_or(&ERROR);
    Ok(PluginLog {
        seq: row.seq,
        at: clock::rfc3339(row.at),
        level: (*level).to_owned(),
        message: stored.message,
        slot: Some(row.slot).filter(|slot| !slot.is_empty()),
        plugin: stored.plugin,
        revision: stored.revision,
        user: row.user_id,
        request: stored.request,
        fault: stored.fault,
    })
}

fn one_of(name: &str, value: Option<&str>, known: &[&str]) -> Result<(), Problem> {
    match value {
        Some(value) if !known.contains(&value) => Err(Problem::bad_request(
            "invalid_query",
            format!("`{name}` is one of {}.", known.join(", ")),
        )),
        _ => Ok(()),
    }
}

impl Operator {
    /// Without a bound the newest.
    pub async fn plugin_logs(
        &self,
        connection: &str,
        filter: PluginLogFilter,
    ) -> Result<PluginLogs, Problem> {
        let (handle, _) = self.handle(connection).await?;
        one_of("level", filter.level.as_deref(), &LEVELS)?;
        let slots = Slot::ALL.map(Slot::as_str);
        one_of("slot", filter.slot.as_deref(), &slots)?;
        if filter.after.is_some() && filter.before.is_some() {
            let detail = "`after` goes on, `before` goes back: pass one of them.";
            return Err(Problem::bad_request("invalid_query", detail));
        }
        let limit = Cursor {
            after: None,
            limit: filter.limit,
        }
        .limit();
        let newest = filter.after.is_none();
        let query = LinesQuery {
            after: filter.after.unwrap_or(0),
            before: filter.before.unwrap_or(i64::MAX),
            level: filter.level.as_deref().map_or(0, rank),
            slot: filter.slot,
            user: filter.user,
            limit: limit + 1,
        };
        // Before the lines: what comes in between is seen with the next page.
        let end = handle.plugin_logs_end().await.map_err(problem("line"))?;
        let rows = handle.plugin_logs(&query, newest).await;
        let mut rows = rows.map_err(problem("line"))?;
        let more = rows.len() > limit as usize;
        let previous = if newest {
            rows.drain(..rows.len().saturating_sub(limit as usize));
            rows.first().filter(|_| more).map(|row| row.seq)
        } else {
            rows.truncate(limit as usize);
            rows.first().map(|row| row.seq)
        };
        let behind = if newest { end.lines } else { query.after };
        let next = rows.last().map_or(behind, |row| row.seq);
        Ok(PluginLogs {
            data: rows.into_iter().map(view).collect::<Result<_, _>>()?,
            dropped: DroppedLogs {
                count: end.dropped,
                last_at: end.dropped_at.map(clock::rfc3339),
            },
            page: PluginLogsEnd { next, previous },
        })
    }
}
