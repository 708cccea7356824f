//! Keeps SCIM requests: a bounded queue behind them, written in small batches, so that no commit waits long for one;
//! and pruned, in small batches too. What does not fit is counted (`request_gaps`), and a crash loses what is queued:
//! an observation, not the log (invariant 12).

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use rolecall_store::{Error, NewRequest};
use tokio::sync::{Mutex, Notify, mpsc};

use super::activity::gap;
use crate::{App, clock, id};

/// Requests, and bytes of them, that wait to be written.
const QUEUE: usize = 8_192;
const MOST_BYTES: usize = 32 << 20;
/// Requests per transaction, and keys of them unless one has more: nobody's commit waits for more than these.
const BATCH: usize = 512;
const KEYS: usize = 5_000;
/// Requests per bucket of keys (see [`Store::keep_requests`](rolecall_store::Store::keep_requests)).
const BUCKET: usize = 4_096;
/// Requests of this time share a batch.
const GATHER: Duration = Duration::from_millis(100);
/// After a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two looks for what has got too old.
const LOOK: Duration = Duration::from_mins(1);
/// Between two transactions that delete as much.
const BREATH: Duration = Duration::from_millis(20);
/// Behind every id.
const END: &str = "~";

/// How much of a connection's requests is kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Per connection; 0 keeps none.
    pub rows: u32,
    pub age: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            rows: 100_000,
            age: Duration::from_hours(30 * 24),
        }
    }
}

pub(crate) struct Requests {
    retention: Retention,
    queue: mpsc::Sender<NewRequest>,
    queued_bytes: AtomicUsize,
    hand: Mutex<Hand>,
    /// What was written of a connection since it was last looked after.
    written: std::sync::Mutex<HashMap<String, u32>>,
    /// A connection has more than it may.
    full: Notify,
}

/// What the worker has taken from the queue.
struct Hand {
    queue: mpsc::Receiver<NewRequest>,
    batch: Vec<NewRequest>,
    /// How many of the batch a transaction was begun for. It may have been committed without our knowing: until we do,
    /// it is tried with these, in this bucket.
    begun: usize,
    bucket: i64,
    /// Requests that fit into it.
    room: usize,
}

impl Hand {
    fn begin(&mut self) {
        if self.begun > 0 {
            return;
        }
        self.begun = within(KEYS, self.batch.iter().map(|new| new.subjects.len()));
        if self.room < self.begun {
            self.bucket = clock::now();
            self.room = BUCKET;
        }
        self.room -= self.begun;
    }
}

/// How many of the first add up to no more than `most`; one at least.
fn within(most: usize, sizes: impl Iterator<Item = usize>) -> usize {
    let mut sum = 0;
    let fitting = sizes.take_while(|size| {
        sum += size;
        sum <= most
    });
    fitting.count().max(1)
}

impl Requests {
    pub(crate) fn new(retention: Retention) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self {
            retention,
            queue: sender,
            queued_bytes: AtomicUsize::new(0),
            hand: Mutex::new(Hand {
                queue: receiver,
                batch: Vec::with_capacity(BATCH),
                begun: 0,
                bucket: 0,
                room: 0,
            }),
            written: std::sync::Mutex::default(),
            full: Notify::new(),
        }
    }

    pub(crate) fn keeps_any(&self) -> bool {
        self.retention.rows > 0
    }

    /// Takes a request to be written; false when too many wait.
    pub(crate) fn offer(&self, new: NewRequest) -> bool {
        let bytes = bytes(&new);
        let queued = self.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        let taken = queued + bytes <= MOST_BYTES && self.queue.try_send(new).is_ok();
        if !taken {
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        taken
    }

    fn written(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rows beyond the limit that a connection may have for a while.
    fn slack(&self) -> u32 {
        self.retention.rows / 10
    }
}

fn bytes(new: &NewRequest) -> usize {
    new.record.len() + new.body.as_ref().map_or(0, String::len) + 20 * new.subjects.len()
}

pub(super) async fn run(app: Arc<App>) {
    loop {
        let mut hand = app.requests.hand.lock().await;
        let Hand { queue, batch, .. } = &mut *hand;
        if batch.is_empty() && queue.recv_many(batch, BATCH).await == 0 {
            return;
        }
        if batch.len() < BATCH {
            tokio::time::sleep(GATHER).await;
        }
        if let Err(error) = write(&app, &mut hand).await {
            tracing::warn!(%error, "the request log was not written; trying again");
            drop(hand);
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Writes all that waits.
pub(super) async fn flush(app: &App) {
    let mut hand = app.requests.hand.lock().await;
    while !hand.batch.is_empty() || !hand.queue.is_empty() {
        if let Err(error) = write(app, &mut hand).await {
            let lost = hand.batch.len() + hand.queue.len();
            return tracing::warn!(%error, lost, "the request log is not complete");
        }
    }
}

/// Writes the first of what is in hand, filled up from the queue.
async fn write(app: &App, hand: &mut Hand) -> Result<(), Error> {
    while hand.batch.len() < BATCH
        && let Ok(new) = hand.queue.try_recv()
    {
        hand.batch.push(new);
    }
    hand.begin();
    let begun = &hand.batch[..hand.begun];
    match app.store.keep_requests(begun, hand.bucket).await {
        Ok(()) => {}
        Err(error @ Error::Unavailable(_)) => return Err(error),
        // One of them, or somebody who wrote the same at once.
        Err(_) => {
            for new in begun {
                let one = std::slice::from_ref(new);
                if let Err(error) = app.store.keep_requests(one, hand.bucket).await {
                    tracing::error!(%error, request = new.id, "a request was not recorded");
                    let at = id::time(&new.id).unwrap_or_default();
                    app.activity.skipped(&new.connection, gap::FAILED, at);
                }
            }
        }
    }
    let mut written = app.requests.written();
    for new in hand.batch.drain(..std::mem::take(&mut hand.begun)) {
        app.requests
            .queued_bytes
            .fetch_sub(bytes(&new), Ordering::Relaxed);
        let written = written.entry(new.connection).or_default();
        *written += 1;
        if *written > app.requests.slack() {
            app.requests.full.notify_one();
        }
    }
    Ok(())
}

/// Deletes what is too old, too much, or of a connection that is gone.
pub(super) async fn prune(app: Arc<App>) {
    let mut configuration = app.store.signals().configuration().subscribe();
    // Less may be kept than before this start.
    let mut all = true;
    loop {
        if let Err(error) = round(&app, all).await {
            tracing::warn!(%error, "the request log was not pruned; trying again");
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        all = false;
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = app.requests.full.notified() => {}
            // A connection may have gone.
            changed = configuration.changed() => if changed.is_err() { return },
        }
    }
}

/// Deletes what is too old, and what is too much: of all connections, or of those that have got more than their slack
/// since that was last looked at.
async fn round(app: &App, all: bool) -> Result<(), Error> {
    let Retention { rows, age } = app.requests.retention;
    let oldest = clock::now() - i64::try_from(age.as_millis()).unwrap_or(i64::MAX / 2);
    for (connection, is_there) in app.store.recorded_connections().await? {
        if !is_there {
            app.requests.written().remove(&connection);
            prune_up_to(app, &connection, END).await?;
            continue;
        }
        let mut up_to = id::floor(oldest);
        let written = app.requests.written().get(&connection).copied();
        let written = written.unwrap_or_default();
        let is_looked_at = all || written > app.requests.slack();
        if is_looked_at {
            let beyond = app.store.request_beyond(&connection, i64::from(rows)).await;
            up_to = up_to.max(beyond?.unwrap_or_default());
        }
        if prune_up_to(app, &connection, &up_to).await? {
            let until = id::time(&up_to).unwrap_or(oldest);
            app.store.prune_gaps(&connection, until).await?;
        }
        // Others have come meanwhile.
        if is_looked_at && let Some(since) = app.requests.written().get_mut(&connection) {
            *since -= written;
        }
    }
    Ok(())
}

/// Deletes the requests of a connection up to an id; says whether there were any.
async fn prune_up_to(app: &App, connection: &str, up_to: &str) -> Result<bool, Error> {
    let mut pruned = false;
    loop {
        let old = app
            .store
            .oldest_requests(connection, up_to, BATCH as i64)
            .await?;
        if old.is_empty() {
            return Ok(pruned);
        }
        pruned = true;
        let mut left = old.as_slice();
        while !left.is_empty() {
            let some = within(KEYS, left.iter().map(|it| it.subjects.len()));
            let (some, rest) = left.split_at(some);
            app.store.prune_requests(connection, some).await?;
            left = rest;
            tokio::time::sleep(BREATH).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn a_transaction_takes_as_much_as_fits_and_one_at_least() {
        let within = |sizes: &[usize]| within(10, sizes.iter().copied());
        assert_eq!(within(&[3, 3, 4, 1]), 3);
        assert_eq!(within(&[11, 1]), 1);
        assert_eq!(within(&[0; 5]), 5);
        assert_eq!(within(&[9, 2, 1]), 1);
    }
}
