//! The circuit breaker of a plugin in one connection: one that fails for one user after the other is not asked for a while.
//!
//! Failures are counted in memory, since a good decision must not cost a write for it. An open breaker is part of the
//! configuration that decisions rest on, so it holds on every host and after a restart. A mapping that was activated
//! lately gives way to the last one that worked.

mod tries;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rolecall_mapping::{Digest, Failure, Fault, FaultKind, Outcome};
use rolecall_store::{BreakerRow, Connection, Error as StoreError, NewEvent, Opening};
use serde_json::json;

use crate::App;
use crate::context::Context;
use crate::decide::{Subject, fault_problem};
use crate::mapping::Active;
use crate::resources::Failed;

use tries::{Tries, Verdict};

/// What is pending is tried again after so long, then after twice that, up to the last.
pub(crate) const FIRST_WAIT_MS: i64 = 2_000;
pub(crate) const LAST_WAIT_MS: i64 = 300_000;

/// A mapping gives way to the one before within a day. Later its predecessor has become the past: to go back to it
/// would be a surprise, and the last good decisions are better than that.
const FRESH_MS: i64 = 24 * 3_600_000;

/// After a breaker was closed for so long, its wait starts anew.
const RESTED_MS: i64 = 3_600_000;

/// Connections tried at a time.
const TAKE: usize = 8;

/// Connections in trouble on one host; beyond it counting starts over.
const MOST: usize = 10_000;

/// Connections for which a plugin failed of late.
#[derive(Default)]
pub(crate) struct Breakers(Mutex<HashMap<String, Trouble>>);

struct Trouble {
    connection: Connection,
    /// Of the mapping.
    revision: i64,
    plugins: HashMap<Digest, Tries>,
    again_at: i64,
    wait: i64,
}

/// A plugin that failed, and how it has done of late.
struct Seen {
    verdict: Verdict,
    failures: i64,
    /// How often with this input.
    times: u32,
}

impl Breakers {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answered(
        &self,
        connection: &str,
        revision: i64,
        plugins: &[&Digest],
        input: impl Fn() -> u64,
        at: i64,
    ) {
        let mut all = self.all();
        let Some(trouble) = all.get_mut(connection) else {
            return;
        };
        if trouble.revision != revision {
            all.remove(connection);
            return;
        }
        for plugin in plugins {
            if let Some(tries) = trouble.plugins.get_mut(*plugin) {
                tries.note(input(), false, at);
            }
        }
        trouble.plugins.retain(|_, tries| !tries.all_went_well());
        if trouble.plugins.is_empty() {
            all.remove(connection);
        }
    }

    fn failed(
        &self,
        connection: &Connection,
        revision: i64,
        plugin: &Digest,
        input: u64,
        at: i64,
    ) -> Seen {
        let mut all = self.all();
        if all.len() >= MOST {
            all.clear();
        }
        let fresh = || Trouble {
            connection: connection.clone(),
            revision,
            plugins: HashMap::new(),
            again_at: at + FIRST_WAIT_MS,
            wait: FIRST_WAIT_MS,
        };
        let trouble = all
            .entry(connection.id().to_owned())
            .and_modify(|known| {
                if known.revision != revision {
                    *known = fresh();
                }
            })
            .or_insert_with(fresh);
        let tries = trouble.plugins.entry(plugin.clone()).or_default();
        tries.note(input, true, at);
        Seen {
            verdict: tries.verdict(),
            failures: tries.failures(),
            times: tries.failures_with(input),
        }
    }

    /// Connections with failures for which it is time to try again; the next time is twice as far away.
    pub(crate) fn take_due(&self, now: i64) -> Vec<Connection> {
        let mut all = self.all();
        let due = all.values_mut().filter(|trouble| trouble.again_at <= now);
        due.take(TAKE)
            .map(|trouble| {
                trouble.wait = longer(trouble.wait);
                trouble.again_at = now + trouble.wait;
                trouble.connection.clone()
            })
            .collect()
    }

    pub(crate) fn forget(&self, connection: &str) {
        self.all().remove(connection);
    }
}

pub(crate) fn longer(wait: i64) -> i64 {
    (wait * 2).min(LAST_WAIT_MS)
}

/// A breaker of the active mapping that is not closed.
pub(crate) struct OpenBreaker {
    row: BreakerRow,
}

impl OpenBreaker {
    /// Of this revision of the connection's mapping.
    pub(crate) async fn of(
        connection: &Connection,
        revision: i64,
    ) -> Result<Option<Self>, StoreError> {
        let rows = connection.breakers().await?.into_iter();
        let mut open = rows.filter(|row| row.revision == revision && row.state != "closed");
        Ok(open.next().map(|row| Self { row }))
    }

    /// No plugin is asked: the last good decision stays (invariant 5).
    /// Its failures are not told here: they are words about other users.
    pub(crate) fn outcome(&self) -> Outcome {
        let detail = format!(
            "The plugin {} failed too often for this connection and is not asked for now; it is tried again by itself. \
             The connection's breakers say more.",
            self.row.digest,
        );
        Outcome {
            slots: vec![],
            result: Err(Failure::Fault(Fault {
                slot: None,
                kind: FaultKind::BreakerOpen,
                detail,
                trace: vec![],
            })),
        }
    }
}

/// The same in words without what is never returned of this user: whoever reads of a breaker need not know it.
pub(crate) fn for_others(fault: &Fault, context: &Context, subject: &Subject<'_>) -> Fault {
    let hidden = subject.hidden(&context.secrets);
    Fault {
        detail: hidden.out_of_words(&fault.detail),
        ..fault.clone()
    }
}

impl App {
    /// Counts how the plugins did; returns how often this input has failed of late. Stale: a breaker was opened.
    pub(crate) async fn count_tries(
        &self,
        context: &Arc<Context>,
        active: &Active,
        subject: &Subject<'_>,
        outcome: &Outcome,
        at: i64,
    ) -> Result<u32, Failed> {
        let connection = &context.connection;
        let input = || {
            let mut hasher = DefaultHasher::new();
            subject.as_plugins_see_it().hash(&mut hasher);
            hasher.finish()
        };
        let fault = match &outcome.result {
            Err(Failure::Fault(fault)) if fault.kind == FaultKind::BreakerOpen => {
                self.breakers.forget(connection.id());
                return Ok(0);
            }
            Err(Failure::Fault(fault)) if !fault.kind.is_the_plugins() => return Ok(0),
            Err(Failure::Fault(fault)) => Some(fault),
            Ok(_) | Err(Failure::Refused { .. }) => None,
        };
        // After a slot that failed none is run.
        let failed = fault.zip(outcome.slots.last().map(|run| &run.digest));
        let ran = outcome.slots.iter().map(|run| &run.digest);
        let answered = ran.filter(|ran| failed.is_none_or(|(_, failed)| *ran != failed));
        let answered: Vec<&Digest> = answered.collect();
        self.breakers
            .answered(connection.id(), active.revision, &answered, input, at);
        let Some((fault, plugin)) = failed else {
            return Ok(0);
        };
        let seen = self
            .breakers
            .failed(connection, active.revision, plugin, input(), at);
        let is_broken = match seen.verdict {
            Verdict::Fine => false,
            Verdict::Broken => true,
            // The same few users again and again: that proves something where it works for nobody else.
            Verdict::Suspect => !connection.works_for_anybody(active.revision).await?,
        };
        if !is_broken {
            return Ok(seen.times);
        }
        let fault = for_others(fault, context, subject);
        self.open(
            connection,
            active.revision,
            plugin,
            &fault,
            seen.failures,
            at,
        )
        .await?;
        Err(Failed::Stale)
    }

    async fn open(
        &self,
        connection: &Connection,
        revision: i64,
        plugin: &Digest,
        fault: &Fault,
        failures: i64,
        at: i64,
    ) -> Result<(), StoreError> {
        let known = connection.breakers().await?;
        let before = known.iter().find(|row| {
            let is_it = row.digest == plugin.as_str() && row.revision == revision;
            is_it && row.closed_at.is_none_or(|closed| at - closed < RESTED_MS)
        });
        let problem = fault_problem(fault);
        let new = Opening {
            digest: plugin.to_string(),
            revision,
            failures,
            problem: json!(problem).to_string(),
            wait: before.map_or(FIRST_WAIT_MS, |row| longer(row.wait)),
            at,
            fresh_since: match fault.kind {
                // A machine that is too busy is no reason to leave a mapping.
                FaultKind::Deadline => i64::MAX,
                _ => at - FRESH_MS,
            },
        };
        let id = connection.id();
        let event = |kind, data: serde_json::Value| NewEvent {
            at,
            kind,
            connection: Some(id.to_owned()),
            tenant: None,
            subject: Some(id.to_owned()),
            data: data.to_string(),
        };
        let events = |back: Option<i64>| {
            let then = match back {
                Some(back) => format!(
                    "The server went back to revision {back} by itself; everybody is decided by it in the background."
                ),
                None => "It is not asked for now: the last good decisions stay in force, pending, and it is tried \
                         again by itself."
                    .to_owned(),
            };
            let detail = format!(
                "The plugin {plugin} failed {failures} times in revision {revision} of the mapping. Its last failure: {}. \
                 {then} Activate a revision that works, or have this one tried again: \
                 POST /v1/connections/{id}/breakers/retry.",
                problem.detail.trim_end_matches('.'),
            );
            tracing::warn!(connection = id, %plugin, revision, code = problem.code, "a circuit breaker opened");
            let opened = event(
                "breaker.opened",
                json!({
                    "plugin": plugin, "revision": revision, "failures": failures, "problem": problem,
                    "returned_to": back, "detail": detail,
                }),
            );
            let activated = back.map(|back| {
                let data = json!({ "revision": back, "before": revision, "returned": true });
                event("mapping.activated", data)
            });
            std::iter::once(opened).chain(activated).collect()
        };
        connection.open_breaker(new, events).await?;
        self.breakers.forget(id);
        Ok(())
    }
}
