//! What IdPs do, per connection: counted in memory by each request, written now and then.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rolecall_store::{ActivityRow, RequestGap};

use crate::request::Request;
use crate::{App, clock};

const EVERY: Duration = Duration::from_secs(2);

/// Requests of a connection that change nothing and are kept all the same: so many per second, after a burst. The
/// busiest IdP sends 25.
const KEPT_PER_SECOND: f64 = 100.0;
const BURST: f64 = 1_000.0;
/// A gap that lasts longer goes on as another one, so that gaps say when.
const LONGEST_GAP_MS: i64 = 60_000;
/// Connections counted at a time. Anybody can name connections that don't exist.
const MOST: usize = 10_000;

/// Why requests were counted and not kept.
pub(crate) mod gap {
    /// The connection sends more than is kept of what changes nothing.
    pub(crate) const RATE: &str = "rate";
    /// Requests came faster than they could be written.
    pub(crate) const BUSY: &str = "busy";
    /// The database refused them.
    pub(crate) const FAILED: &str = "failed";
}

/// The last request of its kind.
#[derive(Clone)]
pub(crate) struct Seen {
    request: Request,
    status: u16,
    detail: Option<String>,
}

impl Seen {
    pub(crate) fn new(request: &Request, status: u16, detail: Option<String>) -> Self {
        Self {
            request: request.clone(),
            status,
            detail,
        }
    }
}

#[derive(Clone)]
struct Count {
    times: i64,
    first_at: i64,
    last: Seen,
}

/// A stretch of time in which requests were not kept.
#[derive(Clone, Copy)]
struct Gap {
    from_at: i64,
    to_at: i64,
    /// Not noted yet.
    times: i64,
}

struct Tally {
    counts: BTreeMap<&'static str, Count>,
    gaps: BTreeMap<&'static str, Gap>,
    /// Requests that may be kept at `filled_at`.
    room: f64,
    filled_at: i64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            counts: BTreeMap::new(),
            gaps: BTreeMap::new(),
            room: BURST,
            filled_at: 0,
        }
    }
}

impl Tally {
    fn fill(&mut self, now: i64) {
        let passed = (now - self.filled_at).max(0) as f64 / 1_000.0;
        self.room = (self.room + passed * KEPT_PER_SECOND).min(BURST);
        self.filled_at = now;
    }
}

/// Rows by connection.
type Of<T> = Vec<(String, T)>;

#[derive(Default)]
pub(crate) struct Activity(Mutex<State>);

#[derive(Default)]
struct State {
    tallies: HashMap<String, Tally>,
    /// On their way to the database, and not known to be there.
    counts: BTreeMap<(String, &'static str), Count>,
    /// Connection, reason, beginning → end, number.
    gaps: BTreeMap<(String, &'static str, i64), (i64, i64)>,
}

impl State {
    fn tally(&mut self, connection: &str) -> Option<&mut Tally> {
        if !self.tallies.contains_key(connection) {
            if self.tallies.len() >= MOST || connection.len() > 64 {
                return None;
            }
            self.tallies.insert(connection.to_owned(), Tally::default());
        }
        self.tallies.get_mut(connection)
    }
}

impl Activity {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, connection: &str, name: &'static str, seen: Seen) {
        if let Some(tally) = self.state().tally(connection) {
            if let Some(count) = tally.counts.get_mut(name) {
                count.times += 1;
                count.last = seen;
            } else {
                let count = Count {
                    times: 1,
                    first_at: seen.request.at(),
                    last: seen,
                };
                tally.counts.insert(name, count);
            }
        }
    }

    /// Whether one more request that changes nothing is kept.
    pub(crate) fn admits(&self, connection: &str, now: i64) -> bool {
        let mut state = self.state();
        let Some(tally) = state.tally(connection) else {
            return false;
        };
        tally.fill(now);
        let admits = tally.room >= 1.0;
        if admits {
            tally.room -= 1.0;
        }
        admits
    }

    /// Counts a request that was not kept.
    pub(crate) fn skipped(&self, connection: &str, reason: &'static str, at: i64) {
        metrics::counter!("rolecall_scim_requests_unrecorded_total", "reason" => reason)
            .increment(1);
        let mut state = self.state();
        let Some(tally) = state.tally(connection) else {
            return;
        };
        let fresh = Gap {
            from_at: at,
            to_at: at,
            times: 0,
        };
        let gap = tally.gaps.entry(reason).or_insert(fresh);
        // A long one that is noted ends here.
        if gap.times == 0 && at - gap.from_at > LONGEST_GAP_MS {
            *gap = fresh;
        }
        gap.to_at = gap.to_at.max(at);
        gap.times += 1;
    }

    /// All that is to be written.
    fn to_write(&self, now: i64) -> (Of<ActivityRow>, Of<RequestGap>) {
        let state = &mut *self.state();
        for (connection, tally) in &mut state.tallies {
            for (name, count) in std::mem::take(&mut tally.counts) {
                let waiting = state.counts.entry((connection.clone(), name));
                waiting
                    .and_modify(|sum| {
                        sum.times += count.times;
                        sum.last = count.last.clone();
                    })
                    .or_insert(count);
            }
            for (reason, gap) in &mut tally.gaps {
                if gap.times > 0 {
                    let key = (connection.clone(), *reason, gap.from_at);
                    let waiting = state.gaps.entry(key).or_default();
                    *waiting = (gap.to_at, waiting.1 + std::mem::take(&mut gap.times));
                }
            }
            tally.fill(now);
        }
        // Who is at rest need not be remembered.
        state.tallies.retain(|_, tally| {
            let old = |gap: &Gap| now - gap.to_at > LONGEST_GAP_MS;
            tally.room < BURST || !tally.gaps.values().all(old)
        });
        let counts = state.counts.iter();
        let counts = counts.map(|((connection, name), count)| {
            let row = ActivityRow {
                name: (*name).to_owned(),
                times: count.times,
                first_at: count.first_at,
                last_at: count.last.request.at(),
                last: count
                    .last
                    .request
                    .described(count.last.status, count.last.detail.as_deref()),
            };
            (connection.clone(), row)
        });
        let gaps = state.gaps.iter();
        let gaps = gaps.map(|((connection, reason, from_at), (to_at, times))| {
            let gap = RequestGap {
                reason: (*reason).to_owned(),
                from_at: *from_at,
                to_at: *to_at,
                times: *times,
            };
            (connection.clone(), gap)
        });
        (counts.collect(), gaps.collect())
    }
}

pub(super) async fn run(app: Arc<App>) {
    loop {
        tokio::time::sleep(EVERY).await;
        flush(&app).await;
    }
}

pub(super) async fn flush(app: &App) {
    let (counts, gaps) = app.activity.to_write(clock::now());
    match app.store.note_activity(&counts).await {
        Ok(()) => app.activity.state().counts.clear(),
        Err(error) => tracing::warn!(%error, "what IdPs do was not noted; trying again"),
    }
    match app.store.note_gaps(&gaps).await {
        Ok(()) => app.activity.state().gaps.clear(),
        Err(error) => {
            tracing::warn!(%error, "gaps of the request log were not noted; trying again");
        }
    }
}
