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
/// Connections that nobody has proved to be there, counted at a time: anybody can name any.
const MOST_STRANGE: usize = 10_000;

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

/// Whether somebody was let in at a connection: then it exists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Known,
    Strange,
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
    standing: Standing,
    counts: BTreeMap<&'static str, Count>,
    gaps: BTreeMap<&'static str, Gap>,
    /// Requests that may be kept at `filled_at`.
    room: f64,
    filled_at: i64,
}

impl Tally {
    fn new(standing: Standing) -> Self {
        Self {
            standing,
            counts: BTreeMap::new(),
            gaps: BTreeMap::new(),
            room: BURST,
            filled_at: 0,
        }
    }

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
    /// How many of them are of strange connections, at most.
    strange: usize,
    /// On their way to the database, and not known to be there.
    counts: BTreeMap<(String, &'static str), Count>,
    /// Connection, reason, beginning → end, number.
    gaps: BTreeMap<(String, &'static str, i64), (i64, i64)>,
}

impl State {
    fn tally(&mut self, connection: &str, standing: Standing) -> Option<&mut Tally> {
        if !self.tallies.contains_key(connection) {
            if standing == Standing::Strange {
                if self.strange >= MOST_STRANGE || connection.len() > 64 {
                    return None;
                }
                self.strange += 1;
            }
            self.tallies
                .insert(connection.to_owned(), Tally::new(standing));
        }
        let tally = self.tallies.get_mut(connection)?;
        if standing == Standing::Known {
            tally.standing = standing;
        }
        Some(tally)
    }
}

impl Activity {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(
        &self,
        connection: &str,
        standing: Standing,
        name: &'static str,
        seen: Seen,
    ) {
        if let Some(tally) = self.state().tally(connection, standing) {
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
        let Some(tally) = state.tally(connection, Standing::Known) else {
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
        let Some(tally) = state.tally(connection, Standing::Known) else {
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
                // While the database doesn't answer, strangers don't pile up.
                if tally.standing == Standing::Strange && state.counts.len() >= MOST_STRANGE {
                    continue;
                }
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
        let strange = state
            .tallies
            .values()
            .filter(|it| it.standing == Standing::Strange);
        state.strange = strange.count();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_take_nothing_from_those_who_are_known() {
        let activity = Activity::default();
        let request = Request::new("GET", "/Users".to_owned(), None);
        let seen = || Seen::new(&request, 401, None);
        for number in 0..=MOST_STRANGE {
            let name = format!("stranger-{number}");
            activity.count(&name, Standing::Strange, "refused", seen());
        }
        assert!(activity.admits("known", 1));
        activity.count("known", Standing::Known, "request", seen());
        activity.skipped("known", gap::RATE, 1);
        let (counts, gaps) = activity.to_write(2);
        let has = |counts: &Of<ActivityRow>, name| counts.iter().any(|(it, _)| it == name);
        assert!(has(&counts, "known") && counts.len() <= MOST_STRANGE + 1);
        assert_eq!(gaps.len(), 1);
        // The database doesn't answer, and new strangers come.
        for number in 0..MOST_STRANGE {
            let name = format!("another-{number}");
            activity.count(&name, Standing::Strange, "refused", seen());
        }
        activity.count("late", Standing::Known, "request", seen());
        let (counts, _) = activity.to_write(3);
        assert!(has(&counts, "known") && has(&counts, "late"));
        assert!(counts.len() <= MOST_STRANGE + 2, "{}", counts.len());
    }
}
