//! The one writer: commits what is waiting as one group, each request's own failure staying its own.
//!
//! A commit costs an fsync, whoever shares it. On SQLite there is only one writer anyway; on PostgreSQL
//! the same grouping saves round trips, and hosts beside each other are kept apart by row locks.

use std::collections::{HashSet, VecDeque};

use tokio::sync::{mpsc, oneshot};

use crate::change::Change;
use crate::commit;
use crate::db::Db;
use crate::signals::Signals;
use crate::{Connection, Error, Result};

/// Changes in one transaction: enough to share the fsync, few enough that nobody waits long for it.
const GROUP: usize = 128;
/// Requests that may wait; beyond it callers wait to get into the queue.
const QUEUE: usize = 1024;

pub(crate) struct Job {
    pub(crate) environment: String,
    pub(crate) connection: String,
    pub(crate) change: Change,
}

type Reply = oneshot::Sender<Result<()>>;

pub(crate) struct Writer(mpsc::Sender<(Job, Reply)>);

impl Writer {
    pub(crate) fn start(db: Db, signals: Signals) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(run(db, signals, receiver));
        Self(sender)
    }

    pub(crate) async fn commit(&self, connection: &Connection, change: Change) -> Result<()> {
        let job = Job {
            environment: connection.environment().id().to_owned(),
            connection: connection.id().to_owned(),
            change,
        };
        let (reply, answer) = oneshot::channel();
        let gone = || Error::Unavailable("the writer has stopped".to_owned());
        self.0.send((job, reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn run(db: Db, signals: Signals, mut queue: mpsc::Receiver<(Job, Reply)>) {
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            let Some(next) = queue.recv().await else {
                return;
            };
            waiting.push_back(next);
        }
        while waiting.len() < GROUP {
            let Ok(next) = queue.try_recv() else { break };
            waiting.push_back(next);
        }
        let (jobs, replies): (Vec<Job>, Vec<Reply>) = take_group(&mut waiting).into_iter().unzip();
        for (reply, result) in replies.into_iter().zip(settle(&db, &jobs).await) {
            // A caller that went away doesn't wait for the answer; its change stands.
            let _ = reply.send(result);
        }
        Signals::raise(signals.written());
        if jobs.iter().any(|job| !job.change.group_effects.is_empty()) {
            Signals::raise(signals.due());
        }
    }
}

/// The longest prefix of the queue that can share a transaction, plus whatever behind it can, too. A
/// change that names what an earlier one names waits for the next group, and sees what that one wrote.
fn take_group(waiting: &mut VecDeque<(Job, Reply)>) -> Vec<(Job, Reply)> {
    let mut taken = Vec::new();
    let mut left = VecDeque::new();
    let mut claimed: HashSet<(String, String, String)> = HashSet::new();
    let mut closed = false;
    while let Some((job, reply)) = waiting.pop_front() {
        let wide = job.change.is_wide();
        let claims: Vec<_> = job
            .change
            .claims(&job.connection)
            .into_iter()
            .map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()))
            .collect();
        let free = !closed
            && (taken.is_empty() || !wide)
            && claims.iter().all(|claim| !claimed.contains(claim));
        // What waits keeps its place before later changes of the same things.
        claimed.extend(claims);
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
async fn settle(db: &Db, jobs: &[Job]) -> Vec<Result<()>> {
    let all: Vec<&Job> = jobs.iter().collect();
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
