//! The SCIM request under way, and what is noted of it for the request log.
//!
//! An observation and never an input: no verb decides by it, so it travels beside the verbs, like a span, and not through
//! their parameters. What is noted may be dropped (`workers/requests.rs`); the event log stays the truth (invariant 12).

mod finish;
mod noted;
pub mod probe;
pub mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use rolecall_scim::{Secrets, Tolerances, cut};

use crate::id;
use record::{LastRequest, Touched};

pub(crate) use finish::OPERATIONS;
pub(crate) use noted::{about, committed, failed, found, in_events, looks_for};

tokio::task_local! {
    static CURRENT: Request;
}

/// Bytes kept of a path with its query, and of a User-Agent.
const MOST_PATH: usize = 2_048;
const MOST_AGENT: usize = 256;
/// Bytes kept of a body.
const MOST_BODY: usize = 8_192;

/// A SCIM request from the moment it came; cheap to clone.
#[derive(Clone)]
pub struct Request(Arc<Inner>);

struct Inner {
    /// The correlation id.
    id: String,
    /// Milliseconds since 1970.
    at: i64,
    started: Instant,
    method: String,
    /// Below the connection's base URL, with the query.
    path: String,
    user_agent: Option<String>,
    /// Nobody wants to know more than that it came.
    unobserved: AtomicBool,
    finished: AtomicBool,
    /// Those of the connection, once it is known.
    secrets: OnceLock<Secrets>,
    notes: Mutex<Notes>,
}

impl Inner {
    fn secrets(&self) -> &Secrets {
        static COMMON: LazyLock<Secrets> = LazyLock::new(Secrets::default);
        self.secrets.get().unwrap_or(&COMMON)
    }

    fn redacted_path(&self) -> String {
        match self.path.split_once('?') {
            Some((path, query)) => format!("{path}?{}", self.secrets().out_of_query(query)),
            None => self.path.clone(),
        }
    }
}

#[derive(Default)]
struct Notes {
    connection: Option<String>,
    /// Why the connection is not open to it.
    refused: Option<&'static str>,
    body: Option<String>,
    /// As it came.
    whole: Bytes,
    resources: Vec<Touched>,
    /// Those that are only counted.
    resources_more: usize,
    /// Resource type (none for ids) and folded id or name.
    subjects: BTreeSet<(&'static str, String)>,
    tolerances: Tolerances,
    events: BTreeMap<String, u32>,
    results: Option<u64>,
}

impl Request {
    /// `path` is below the connection's base URL, with the query.
    pub fn new(method: &str, path: String, user_agent: Option<&str>) -> Self {
        let id = id::new();
        Self(Arc::new(Inner {
            at: id::time(&id).unwrap_or_default(),
            id,
            started: Instant::now(),
            method: method.to_owned(),
            path: if path.len() > MOST_PATH {
                cut(&path, MOST_PATH)
            } else {
                path
            },
            user_agent: user_agent.map(|agent| cut(agent, MOST_AGENT)),
            unobserved: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            secrets: OnceLock::new(),
            notes: Mutex::default(),
        }))
    }

    /// The correlation id.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Runs what answers the request: what it notes is noted of this one.
    pub async fn watch<T>(&self, answer: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), answer).await
    }

    /// When it came, in milliseconds since 1970.
    pub(crate) fn at(&self) -> i64 {
        self.0.at
    }

    /// In short, as JSON.
    pub(crate) fn described(&self, status: u16, detail: Option<&str>) -> String {
        let last = LastRequest {
            request: self.0.id.clone(),
            method: self.0.method.clone(),
            path: self.0.redacted_path(),
            status,
            detail: detail.map(str::to_owned),
            user_agent: self.0.user_agent.clone(),
        };
        serde_json::to_string(&last).unwrap_or_else(|_| "{}".to_owned())
    }

    fn is_read(&self) -> bool {
        self.0.method == "GET"
    }

    fn is_observed(&self) -> bool {
        !self.0.unobserved.load(Ordering::Relaxed)
    }

    fn note<T>(&self, note: impl FnOnce(&mut Notes) -> T) -> T {
        note(&mut self.0.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The correlation id of the request under way; none for what a worker does.
pub fn id() -> Option<String> {
    CURRENT.try_with(|request| request.0.id.clone()).ok()
}

/// A future that another task is to run for the request under way.
pub(crate) async fn carry<T>(request: Option<Request>, work: impl Future<Output = T>) -> T {
    match request {
        Some(request) => request.watch(work).await,
        None => work.await,
    }
}

/// To hand to [`carry`].
pub(crate) fn current() -> Option<Request> {
    CURRENT.try_with(Clone::clone).ok()
}

/// What is secret where the request under way goes.
fn secrets() -> Secrets {
    let secrets = CURRENT.try_with(|request| request.0.secrets().clone());
    secrets.unwrap_or_default()
}

/// Notes something of the request under way, if anybody wants to know.
fn note(note: impl FnOnce(&mut Notes)) {
    let _ = CURRENT.try_with(|request| {
        if request.is_observed() {
            request.note(note);
        }
    });
}

/// Notes which connection a request is for, and what is secret there. Of a read nothing more is noted, unless `admit` has
/// it kept.
pub(crate) fn authenticated(connection: &str, secrets: &Secrets, admit: impl FnOnce() -> bool) {
    let _ = CURRENT.try_with(|request| {
        let _ = request.0.secrets.set(secrets.clone());
        request.note(|notes| notes.connection = Some(connection.to_owned()));
        if request.is_read() && !admit() {
            request.0.unobserved.store(true, Ordering::Relaxed);
        }
    });
}

/// Notes why the connection in the path is not open to the request.
pub(crate) fn refused(connection: &str, why: &'static str) {
    let _ = CURRENT.try_with(|request| {
        request.note(|notes| {
            notes.connection = Some(connection.to_owned());
            notes.refused = Some(why);
        });
    });
}

/// Notes the body.
pub fn body(body: &Bytes) {
    let secrets = secrets();
    note(|notes| {
        notes.whole = body.clone();
        notes.body = secrets.out_of_body(body, MOST_BODY);
    });
}

/// Notes what the client was forgiven.
pub(crate) fn forgave(tolerances: &Tolerances) {
    note(|notes| notes.tolerances.merge(tolerances));
}
