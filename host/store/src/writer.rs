//! The one writer: commits what is waiting as one group, each request's own failure staying its own.
//!
//! A commit costs an fsync, whoever shares it. On SQLite there is only one writer anyway; on PostgreSQL
//! the same grouping saves round trips, and hosts beside each other are kept apart by row locks.
//!
//! The writer has a thread of its own. Between two of its statements everybody waits, so it must not
//! queue for a worker behind requests that decide and render.

use std::collections::{HashSet, VecDeque};
use std::thread;

use tokio::runtime;
use tokio::sync::{mpsc, oneshot};
use tracing::Span;

use crate::change::Change;
use crate::db::Db;
use crate::seal::{self, Seals};
use crate::signals::Signals;
use crate::{Connection, Error, Result, commit};

/// Changes in one transaction: enough to share the fsync, few enough that nobody waits long for it.
const GROUP: usize = 128;
/// Requests that may wait; beyond it callers wait to get into the queue.
const QUEUE: usize = 1024;

pub(crate) struct Job {
    pub(crate) environment: String,
    pub(crate) connection: String,
    pub(crate) change: Change,
    claims: Vec<u64>,
    /// Of who waits for it.
    pub(crate) span: Span,
}

enum Work {
    Commit(Box<Job>, Reply<()>),
    Seal(Seals, Reply<()>),
    /// The end: nothing is taken any more.
    Close(Reply<()>),
}

type Reply<T> = oneshot::Sender<Result<T>>;

pub(crate) struct Writer(mpsc::Sender<Work>);

impl Writer {
    pub(crate) fn start(db: Db, signals: Signals) -> Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let cannot = |error| Error::Internal(format!("the writer cannot start: {error}"));
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(cannot)?;
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || runtime.block_on(run(db, signals, receiver)))
            .map_err(cannot)?;
        Ok(Self(sender))
    }

    #[tracing::instrument(level = "debug", skip_all)]
    pub(crate) async fn commit(&self, connection: &Connection, change: Change) -> Result<()> {
        let job = Box::new(Job {
            environment: connection.environment().id().to_owned(),
            connection: connection.id().to_owned(),
            claims: change.claims(connection.id()),
            change,
            span: Span::current(),
        });
        self.ask(|reply| Work::Commit(job, reply)).await
    }

    pub(crate) async fn seal(&self, seals: Seals) -> Result<()> {
        self.ask(|reply| Work::Seal(seals, reply)).await
    }

    /// Returns when everything taken so far is committed.
    pub(crate) async fn close(&self) -> Result<()> {
        self.ask(Work::Close).await
    }

    async fn ask<T>(&self, work: impl FnOnce(Reply<T>) -> Work) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let gone = || Error::Unavailable("the writer has stopped".to_owned());
        self.0.send(work(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn run(db: Db, signals: Signals, mut queue: mpsc::Receiver<Work>) {
    let db = db.of_the_writer();
    let mut waiting = VecDeque::new();
    let mut seals = Vec::new();
    let mut closing = None;
    loop {
        if waiting.is_empty() && closing.is_none() {
            match queue.recv().await {
                Some(work) => sort(work, &mut waiting, &mut seals, &mut closing),
                None => return,
            }
        }
        while waiting.len() < GROUP && closing.is_none() {
            let Ok(work) = queue.try_recv() else { break };
            sort(work, &mut waiting, &mut seals, &mut closing);
        }
        for (seals, reply) in seals.drain(..) {
            let _ = reply.send(seal::write(&db, &signals, &seals).await);
        }
        if !waiting.is_empty() {
            commit(&db, &signals, take_group(&mut waiting)).await;
        } else if let Some(reply) = closing {
            db.close().await;
            let _ = reply.send(Ok(()));
            return;
        }
    }
}

fn sort(
    work: Work,
    waiting: &mut VecDeque<(Box<Job>, Reply<()>)>,
    seals: &mut Vec<(Seals, Reply<()>)>,
    closing: &mut Option<Reply<()>>,
) {
    match work {
        Work::Commit(job, reply) => waiting.push_back((job, reply)),
        Work::Seal(batch, reply) => seals.push((batch, reply)),
        Work::Close(reply) => *closing = Some(reply),
    }
}

async fn commit(db: &Db, signals: &Signals, group: Vec<(Box<Job>, Reply<()>)>) {
    let (mut jobs, replies): (Vec<Box<Job>>, Vec<Reply<()>>) = group.into_iter().unzip();
    let results = settle(db, &jobs).await;
    for job in &mut jobs {
        // It ends with the wait.
        job.span = Span::none();
    }
    for (reply, result) in replies.into_iter().zip(results) {
        // A caller that went away doesn't wait for the answer; its change stands.
        let _ = reply.send(result);
    }
    Signals::raise(signals.written());
    if jobs.iter().any(|job| !job.change.group_effects.is_empty()) {
        Signals::raise(signals.due());
    }
}

/// The longest prefix of the queue that can share a transaction, plus whatever behind it can, too. A
/// change that names what an earlier one names waits for the next group, and sees what that one wrote.
fn take_group(waiting: &mut VecDeque<(Box<Job>, Reply<()>)>) -> Vec<(Box<Job>, Reply<()>)> {
    let mut taken = Vec::new();
    let mut left = VecDeque::new();
    let mut claimed: HashSet<u64> = HashSet::new();
    let mut closed = false;
    while let Some((job, reply)) = waiting.pop_front() {
        let wide = job.change.is_wide();
        let free = !closed
            && (taken.is_empty() || !wide)
            && job.claims.iter().all(|claim| !claimed.contains(claim));
        // What waits keeps its place before later changes of the same things.
        claimed.extend(&job.claims);
        if free {
            taken.push((job, reply));
        } else {
            left.push_back((job, reply));
        }
        closed |= wide;
    }
    *waiting = left;
    taken
}

/// Commits a group; when the database refuses it as a whole, each change by itself.
async fn settle(db: &Db, jobs: &[Box<Job>]) -> Vec<Result<()>> {
    let all: Vec<&Job> = jobs.iter().map(|job| &**job).collect();
    match commit::group(db, &all).await {
        Ok(results) => results,
        Err(Error::Unavailable(why)) => jobs
            .iter()
            .map(|_| Err(Error::Unavailable(why.clone())))
            .collect(),
        Err(error) if jobs.len() == 1 => vec![Err(error)],
        Err(_) => {
            let mut results = Vec::with_capacity(jobs.len());
            for job in jobs {
                let alone = commit::group(db, &[job]).await;
                results.push(alone.and_then(|mut results| results.pop().unwrap_or(Ok(()))));
            }
            results
        }
    }
}
