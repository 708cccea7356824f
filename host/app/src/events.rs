//! The event feed: a cursor into the log, with a long poll.

use std::time::Duration;

use rolecall_store::EventRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::context::parse;
use crate::error::{Problem, problem};
use crate::manage::Operator;
use crate::{App, clock};

/// One line of the environment's log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    /// Its place in the environment's order, from 1, without gaps.
    pub seq: i64,
    /// `user.created`, `access.changed`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// RFC 3339, in milliseconds.
    pub at: String,
    pub connection: Option<String>,
    pub tenant: Option<String>,
    pub subject: Option<String>,
    pub data: Value,
    /// Hash of the event before it; empty for the first.
    pub prev: String,
    pub hash: String,
}

/// The next events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feed {
    pub data: Vec<Event>,
    pub page: FeedEnd,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FeedEnd {
    /// Pass as `after` for what comes next.
    pub next: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeedQuery {
    pub after: Option<i64>,
    pub limit: Option<i64>,
    /// Seconds to wait for an event when there is none yet, at most 60.
    pub wait: Option<u64>,
}

const DEFAULT_LIMIT: i64 = 100;
const MOST_LIMIT: i64 = 1000;
const MOST_WAIT: u64 = 60;

impl App {
    pub async fn events(&self, operator: &Operator, query: &FeedQuery) -> Result<Feed, Problem> {
        let after = query.after.unwrap_or(0).max(0);
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MOST_LIMIT);
        let wait = Duration::from_secs(query.wait.unwrap_or(0).min(MOST_WAIT));
        let mut sealed = self.store.signals().sealed().subscribe();
        let waited = async {
            loop {
                let rows = operator.environment.events(after, limit).await;
                match rows {
                    Ok(rows) if rows.is_empty() => {
                        if sealed.changed().await.is_err() {
                            return Ok(rows);
                        }
                    }
                    rows => return rows,
                }
            }
        };
        let rows = match tokio::time::timeout(wait, waited).await {
            Ok(rows) => rows,
            // With no time to wait, the first look may not even have been taken.
            Err(_) => operator.environment.events(after, limit).await,
        };
        let rows = rows.map_err(problem("event"))?;
        let mut prev = operator
            .environment
            .event_hash(after)
            .await
            .map_err(problem("event"))?;
        let next = rows.last().map_or(after, |row| row.seq);
        let mut data = Vec::with_capacity(rows.len());
        for row in rows {
            let hash = row.hash.clone();
            data.push(view(row, std::mem::replace(&mut prev, hash))?);
        }
        Ok(Feed {
            data,
            page: FeedEnd { next },
        })
    }
}

fn view(row: EventRow, prev: String) -> Result<Event, Problem> {
    Ok(Event {
        seq: row.seq,
        kind: row.kind,
        at: clock::rfc3339(row.at),
        connection: row.connection_id,
        tenant: row.tenant,
        subject: row.subject,
        data: parse("event", &row.data).map_err(problem("event"))?,
        prev,
        hash: row.hash,
    })
}
