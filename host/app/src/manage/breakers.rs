//! Circuit breakers of a connection: which plugins it does not ask for now, and to have them tried again.

use rolecall_store::BreakerRow;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::clock;
use crate::context::parse;
use crate::error::{Problem, problem};
use crate::manage::mappings::{Activation, Progress};
use crate::manage::{Operator, Page, PageEnd, event};
use crate::mapping::{StoredSlots, stock_digest};

/// The circuit breaker of a plugin in a connection. It opens when the plugin fails for one user after the other.
#[derive(Debug, Serialize, ToSchema)]
pub struct Breaker {
    /// Digest of the component.
    pub plugin: String,
    /// `closed`: the plugin is asked. `open`: it is not, and the last good decisions stay in force, pending. `half_open`:
    /// somebody is being decided, to see whether it answers again.
    pub state: String,
    /// The revision that it failed in, or that it fills now; 0 is the stock mapping.
    pub revision: i64,
    /// Failures that opened it, and of tries since.
    pub failures: i64,
    /// Code and detail of the last failure.
    pub problem: Value,
    /// RFC 3339.
    pub opened_at: Option<String>,
    /// RFC 3339; null when it is closed, or when its revision is not active any more.
    pub next_try_at: Option<String>,
    /// RFC 3339.
    pub closed_at: Option<String>,
    /// The revision that the server went back to by itself, from `revision`.
    pub returned_to: Option<i64>,
}

impl Breaker {
    fn of(row: BreakerRow) -> Result<Self, Problem> {
        Ok(Self {
            plugin: row.digest,
            state: row.state,
            revision: row.revision,
            failures: row.failures,
            problem: parse("problem", &row.problem).map_err(problem("breaker"))?,
            opened_at: Some(clock::rfc3339(row.opened_at)),
            next_try_at: row.next_at.map(clock::rfc3339),
            closed_at: row.closed_at.map(clock::rfc3339),
            returned_to: row.returned_to,
        })
    }

    fn never_opened(plugin: String, revision: i64) -> Self {
        Self {
            plugin,
            state: "closed".to_owned(),
            revision,
            failures: 0,
            problem: Value::Null,
            opened_at: None,
            next_try_at: None,
            closed_at: None,
            returned_to: None,
        }
    }
}

impl Operator {
    /// Those of the active mapping, and those that opened in a mapping that the server went back from; by plugin.
    pub async fn breakers(&self, connection: &str) -> Result<Page<Breaker>, Problem> {
        let (handle, row) = self.handle(connection).await?;
        let rows = handle.breakers().await.map_err(problem("breaker"))?;
        let mut data = rows
            .into_iter()
            .map(Breaker::of)
            .collect::<Result<Vec<_>, _>>()?;
        let plugins = match row.active_revision {
            None => vec![stock_digest().to_string()],
            Some(revision) => {
                let stored = handle.mapping(revision).await.map_err(problem("mapping"))?;
                let slots: StoredSlots =
                    parse("mapping", &stored.slots).map_err(problem("mapping"))?;
                vec![
                    slots.attributes.plugin,
                    slots.tenants.plugin,
                    slots.roles.plugin,
                ]
            }
        };
        for plugin in plugins {
            let revision = row.active_revision.unwrap_or(0);
            // In the revision that was gone back from, it may be another matter.
            let is_it = |known: &Breaker| known.plugin == plugin && known.revision == revision;
            if !data.iter().any(is_it) {
                data.push(Breaker::never_opened(plugin, revision));
            }
        }
        data.sort_by(|a, b| a.plugin.cmp(&b.plugin));
        Ok(Page {
            data,
            page: PageEnd { next: None },
        })
    }

    /// Closes the breakers. The revision that the server went back from becomes the active one again; if there is none,
    /// everybody whose decision is pending is decided again. In the background. Where signatures are required, the revision
    /// needs them as if it were activated.
    pub async fn retry(&self, connection: &str) -> Result<Activation, Problem> {
        let (handle, row) = self.handle(connection).await?;
        let breakers = handle.breakers().await.map_err(problem("breaker"))?;
        for left in breakers {
            let is_left = left.returned_to.is_some() && left.returned_to == row.active_revision;
            if left.state != "closed" && is_left {
                let stored = handle.mapping(left.revision).await;
                let stored = stored.map_err(problem("mapping"))?;
                let slots: StoredSlots =
                    parse("mapping", &stored.slots).map_err(problem("mapping"))?;
                self.expect_signed(&slots.plugins()).await?;
            }
        }
        let events = |back: Option<i64>| {
            let of_connection = |kind, data: &Value| {
                event(
                    kind,
                    Some(connection),
                    Some(&row.tenant),
                    Some(connection),
                    data,
                )
            };
            let revision = back.or(row.active_revision).unwrap_or(0);
            let retried = of_connection("breaker.retried", &json!({ "revision": revision }));
            let activated = back.map(|back| {
                let data = json!({ "revision": back, "before": row.active_revision });
                of_connection("mapping.activated", &data)
            });
            std::iter::once(retried).chain(activated).collect()
        };
        let retried = handle.retry(clock::now(), events).await;
        let (revision, total) = retried.map_err(problem("connection"))?;
        Ok(Activation {
            revision,
            active: true,
            progress: Progress::of(&handle, total).await?,
        })
    }
}
