//! Keeps what plugins say while they decide, and where they fail: gathered in memory, written behind the decisions. Of a
//! flood the newest lines are kept, and the others counted; a crash loses what was gathered: an observation, not the log
//! (invariant 12). A decision without lines and without a fault comes nowhere near.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rolecall_mapping::{Failure, Fault, FaultKind, LogLine, Outcome};
use rolecall_scim::Hidden;
use rolecall_store::{Error, NewLine, NewLines};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::context::Context;
use crate::decide::{Subject, fault_problem};
use crate::manage::plugin_logs::{ERROR, rank};
use crate::{App, clock, request};

/// Of one connection: what is kept of it, and what may wait to be written.
const KEPT_BYTES: i64 = 1 << 20;
const MOST_BYTES: i64 = 64 << 10;
/// Connections that may have lines waiting.
const CONNECTIONS: usize = 512;
/// What a line counts for besides its text.
const LINE_BYTES: i64 = 100;
/// Lines per transaction: nobody's commit waits for more than these, or one connection's.
const BATCH: usize = 512;
/// Lines of this time share a transaction.
const GATHER: Duration = Duration::from_millis(200);
/// After a failure.
const PAUSE: Duration = Duration::from_secs(1);
const AGE: Duration = Duration::from_hours(7 * 24);
/// Between two looks for what has got too old.
const LOOK: Duration = Duration::from_mins(10);

#[derive(Default)]
pub(crate) struct PluginLogs {
    waiting: Mutex<BTreeMap<String, Waiting>>,
    some: Notify,
}

#[derive(Default)]
struct Waiting {
    lines: VecDeque<NewLine>,
    bytes: i64,
    dropped: i64,
    dropped_at: Option<i64>,
}

impl Waiting {
    fn add(&mut self, lines: impl IntoIterator<Item = NewLine>) {
        for line in lines {
            self.bytes += line.bytes;
            let at = line.at;
            self.lines.push_back(line);
            while self.bytes > MOST_BYTES
                && let Some(oldest) = self.lines.pop_front()
            {
                self.bytes -= oldest.bytes;
                self.drop(1, at);
            }
        }
    }

    fn drop(&mut self, lines: i64, at: i64) {
        if lines > 0 {
            self.dropped += lines;
            self.dropped_at = Some(at);
        }
    }
}

impl PluginLogs {
    fn waiting(&self) -> MutexGuard<'_, BTreeMap<String, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what was said for one decision.
    pub(crate) fn note(
        &self,
        context: &Context,
        revision: i64,
        subject: &Subject<'_>,
        outcome: &Outcome,
        at: i64,
    ) {
        let fault = match &outcome.result {
            // It was not asked.
            Err(Failure::Fault(fault)) if fault.kind == FaultKind::BreakerOpen => return,
            Err(Failure::Fault(fault)) => Some(fault),
            _ => None,
        };
        let mut runs = outcome.slots.iter();
        if fault.is_none() && runs.all(|run| run.logs.is_empty() && run.logs_dropped == 0) {
            return;
        }
        let said = Said {
            revision,
            subject,
            hidden: subject.hidden(&context.secrets),
            at,
        };
        let mut lines = Vec::new();
        for run in &outcome.slots {
            let plugin = json!(run.digest);
            let said = |line: &LogLine| {
                said.line(run.slot.as_str(), &plugin, &line.level, &line.message, None)
            };
            lines.extend(run.logs.iter().map(said));
        }
        if let Some(fault) = fault {
            let slot = fault.slot.map_or("", |slot| slot.as_str());
            let mut runs = outcome.slots.iter();
            let run = runs.find(|run| Some(run.slot) == fault.slot);
            let plugin = json!(run.map(|run| &run.digest));
            lines.push(said.line(slot, &plugin, ERROR, &fault.detail, Some(fault)));
        }
        let dropped: u64 = outcome.slots.iter().map(|run| run.logs_dropped).sum();
        self.gather(context.connection.id(), lines, dropped as i64, at);
    }

    fn gather(&self, connection: &str, lines: Vec<NewLine>, dropped: i64, at: i64) {
        let mut waiting = self.waiting();
        if !waiting.contains_key(connection) && waiting.len() >= CONNECTIONS {
            // More say more than can be written.
            metrics::counter!("rolecall_plugin_log_lines_lost_total")
                .increment(lines.len() as u64 + dropped as u64);
            return;
        }
        let waiting = waiting.entry(connection.to_owned()).or_default();
        waiting.drop(dropped, at);
        waiting.add(lines);
        self.some.notify_one();
    }

    /// What waits, or a part of it: whole connections.
    fn take(&self) -> Vec<NewLines> {
        let mut waiting = self.waiting();
        let mut taken = Vec::new();
        let mut lines = 0;
        while lines < BATCH
            && let Some((connection, waiting)) = waiting.pop_first()
        {
            lines += waiting.lines.len();
            taken.push(NewLines {
                connection,
                lines: waiting.lines.into(),
                dropped: waiting.dropped,
                dropped_at: waiting.dropped_at,
            });
        }
        taken
    }

    /// Puts back what was not written, before what came since.
    fn put_back(&self, taken: Vec<NewLines>) {
        let mut waiting = self.waiting();
        for old in taken {
            let mut before = Waiting::default();
            before.add(old.lines);
            before.dropped += old.dropped;
            before.dropped_at = old.dropped_at.or(before.dropped_at);
            if let Some(since) = waiting.remove(&old.connection) {
                before.add(since.lines);
                before.dropped += since.dropped;
                before.dropped_at = since.dropped_at.or(before.dropped_at);
            }
            waiting.insert(old.connection, before);
        }
    }
}

/// What the lines of one decision have in common.
struct Said<'a> {
    revision: i64,
    subject: &'a Subject<'a>,
    /// What of it the plugins saw, and nobody else may see.
    hidden: Hidden,
    at: i64,
}

impl Said<'_> {
    fn line(
        &self,
        slot: &str,
        plugin: &Value,
        level: &str,
        message: &str,
        fault: Option<&Fault>,
    ) -> NewLine {
        let record = json!({
            "request": request::id(),
            "revision": self.revision,
            "plugin": plugin,
            "message": self.hidden.out_of_words(message),
            "fault": fault.map(|fault| json!({
                "code": fault_problem(fault).code,
                "trace": fault.trace,
            })),
        });
        let record = record.to_string();
        NewLine {
            at: self.at,
            user: self.subject.id.to_owned(),
            slot: slot.to_owned(),
            level: rank(level),
            bytes: record.len() as i64 + LINE_BYTES,
            record,
        }
    }
}

pub(super) async fn run(app: Arc<App>) {
    loop {
        app.plugin_logs.some.notified().await;
        tokio::time::sleep(GATHER).await;
        while let Err(error) = write(&app).await {
            tracing::warn!(%error, "what plugins said was not written; trying again");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn write(app: &App) -> Result<(), Error> {
    loop {
        let taken = app.plugin_logs.take();
        if taken.is_empty() {
            return Ok(());
        }
        match app.store.keep_plugin_logs(&taken, KEPT_BYTES).await {
            Ok(()) => {}
            Err(error @ Error::Unavailable(_)) => {
                app.plugin_logs.put_back(taken);
                return Err(error);
            }
            // One of them: the others needn't go with it.
            Err(_) => {
                for one in &taken {
                    let one = std::slice::from_ref(one);
                    if let Err(error) = app.store.keep_plugin_logs(one, KEPT_BYTES).await {
                        let connection = &one[0].connection;
                        tracing::error!(%error, connection, "what plugins said was not kept");
                    }
                }
            }
        }
    }
}

/// Writes all that waits.
pub(super) async fn flush(app: &App) {
    if let Err(error) = write(app).await {
        tracing::warn!(%error, "the last that plugins said is lost");
    }
}

/// Deletes what is too old.
pub(super) async fn expire(app: Arc<App>) {
    loop {
        let oldest = clock::now() - AGE.as_millis() as i64;
        if let Err(error) = app.store.expire_plugin_logs(oldest).await {
            tracing::warn!(%error, "old lines of plugins were not deleted; trying again");
        }
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: i64) -> NewLine {
        NewLine {
            at: number,
            user: String::new(),
            slot: String::new(),
            level: 0,
            bytes: MOST_BYTES / 4,
            record: String::new(),
        }
    }

    #[test]
    fn of_a_flood_the_newest_wait_and_the_others_are_counted() {
        let mut waiting = Waiting::default();
        waiting.add((0..10).map(line));
        let at: Vec<_> = waiting.lines.iter().map(|line| line.at).collect();
        assert_eq!(at, [6, 7, 8, 9]);
        assert_eq!((waiting.dropped, waiting.dropped_at), (6, Some(9)));
    }

    #[test]
    fn what_was_not_written_stands_before_what_came_since() {
        let logs = PluginLogs::default();
        let connection = || "c".to_owned();
        logs.waiting()
            .entry(connection())
            .or_default()
            .add([line(1)]);
        let taken = logs.take();
        assert!(logs.take().is_empty());
        logs.waiting()
            .entry(connection())
            .or_default()
            .add([line(2)]);
        logs.put_back(taken);
        let taken = logs.take();
        let at: Vec<_> = taken[0].lines.iter().map(|line| line.at).collect();
        assert_eq!(at, [1, 2]);
    }
}
