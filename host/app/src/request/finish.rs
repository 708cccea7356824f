//! The end of a request: counted, and kept if there is room.

use std::sync::atomic::Ordering;

use rolecall_scim::{Error as ScimError, ResourceType};
use rolecall_store::{NewRequest, subject};

use super::noted::named;
use super::probe::Probe;
use super::record::{Record, Touched};
use super::{Notes, Request};
use crate::workers::{Seen, Standing, gap};
use crate::{App, clock};

/// A kind of call that is counted, when it went well and when it failed.
pub(crate) struct Operation {
    pub(crate) resource: Option<&'static str>,
    pub(crate) name: &'static str,
    pub(crate) done: &'static str,
    pub(crate) failed: &'static str,
}

macro_rules! operations {
    ($($resource:expr, $name:literal => $counted:literal;)*) => {
        [$(Operation {
            resource: $resource,
            name: $name,
            done: $counted,
            failed: concat!($counted, ".failed"),
        }),*]
    };
}

/// Bytes of a record's resources: a page holds hundreds of records.
const MOST_RESOURCE_BYTES: usize = 64 << 10;

const USER: Option<&str> = Some("User");
const GROUP: Option<&str> = Some("Group");

/// What IdPs may use; what one never used counts 0.
pub(crate) const OPERATIONS: [Operation; 15] = operations! {
    USER, "create" => "user.create";
    USER, "update" => "user.update";
    USER, "deactivate" => "user.deactivate";
    USER, "reactivate" => "user.reactivate";
    USER, "delete" => "user.delete";
    USER, "read" => "user.read";
    USER, "search" => "user.search";
    GROUP, "create" => "group.create";
    GROUP, "update" => "group.update";
    GROUP, "delete" => "group.delete";
    GROUP, "read" => "group.read";
    GROUP, "search" => "group.search";
    None, "search" => "search";
    None, "bulk" => "bulk";
    None, "discovery" => "discovery";
};

fn operation(resource: Option<&str>, name: &str) -> Option<&'static Operation> {
    let mut all = OPERATIONS.iter();
    all.find(|it| it.resource == resource && it.name == name)
}

/// A path below the base URL, without its query.
struct Target<'a> {
    kind: Option<ResourceType>,
    endpoint: &'a str,
    id: Option<&'a str>,
}

impl<'a> Target<'a> {
    fn of(path: &'a str) -> Self {
        let path = path.split('?').next().unwrap_or_default();
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let endpoint = segments.next().unwrap_or_default();
        Self {
            kind: ResourceType::at(endpoint),
            endpoint,
            id: segments.next(),
        }
    }

    /// What a request to it asks for, whatever came of it.
    fn operation(&self, method: &str) -> Option<&'static Operation> {
        let kind = self.kind.map(ResourceType::name);
        let search = ".search";
        match (method, kind, self.id) {
            ("POST", Some(_), Some(id)) if id == search => operation(kind, "search"),
            ("POST", None, None) if self.endpoint == search => operation(None, "search"),
            ("POST", None, None) if self.endpoint == "Bulk" => operation(None, "bulk"),
            ("GET", None, _) => match self.endpoint {
                "ServiceProviderConfig" | "ResourceTypes" | "Schemas" => {
                    operation(None, "discovery")
                }
                _ => None,
            },
            ("GET", Some(_), None) => operation(kind, "search"),
            ("GET", Some(_), Some(_)) => operation(kind, "read"),
            ("POST", Some(_), None) => operation(kind, "create"),
            ("PUT" | "PATCH", Some(_), Some(_)) => operation(kind, "update"),
            ("DELETE", Some(_), Some(_)) => operation(kind, "delete"),
            _ => None,
        }
    }
}

impl App {
    /// What came of a request. Only the first call counts.
    pub fn finish(&self, request: &Request, status: u16, error: Option<&ScimError>) {
        if request.0.finished.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut notes = request.note(std::mem::take);
        let Some(connection) = notes.connection.take() else {
            return;
        };
        let secrets = request.0.secrets();
        let detail = || error.map(|error| secrets.out_of_sentence(&error.detail));
        let standing = match notes.refused {
            Some(_) => Standing::Strange,
            None => Standing::Known,
        };
        let count = |name| {
            let seen = Seen::new(request, status, detail());
            self.activity.count(&connection, standing, name, seen);
        };
        let path = request.0.path.as_str();
        if request.is_read()
            && let Some(probe) = Probe::recognise(path)
        {
            count(probe.counted_as());
        }
        if let Some(reason) = notes.refused {
            return count(reason);
        }
        let target = Target::of(path);
        count("request");
        for counted in counted(&notes, &target, &request.0.method, status) {
            count(counted);
        }
        if !self.requests.keeps_any() {
            return;
        }
        // What changes something is always kept; of the rest, what an IdP in its right mind sends.
        let room = request.is_observed()
            && (request.is_read()
                || !notes.events.is_empty()
                || self.activity.admits(&connection, clock::now()));
        if !room {
            return self.activity.skipped(&connection, gap::RATE, request.0.at);
        }
        let new = kept(request, connection.clone(), notes, &target, status, error);
        if !self.requests.offer(new) {
            self.activity.skipped(&connection, gap::BUSY, request.0.at);
        }
    }
}

/// Under which names a request counts.
fn counted(notes: &Notes, target: &Target<'_>, method: &str, status: u16) -> Vec<&'static str> {
    let asked = target.operation(method);
    if status >= 400 {
        return asked.map(|it| it.failed).into_iter().collect();
    }
    let done = notes.resources.iter().filter_map(|resource| {
        let name = resource.operation.as_deref()?;
        operation(Some(&resource.kind), name).map(|it| it.done)
    });
    let mut done: Vec<_> = done.collect();
    // What changed nothing was used all the same; a bulk request is one besides what it holds.
    if done.is_empty() || target.kind.is_none() {
        done.extend(asked.map(|it| it.done));
    }
    done
}

fn kept(
    request: &Request,
    connection: String,
    mut notes: Notes,
    target: &Target<'_>,
    status: u16,
    error: Option<&ScimError>,
) -> NewRequest {
    let Request(inner) = request;
    if notes.resources.is_empty()
        && let Some(kind) = target.kind
        && target.id.is_none_or(|id| id != ".search")
        && (inner.method != "GET" || target.id.is_some())
    {
        // Nothing was read or written; the request says what it meant.
        let doc = Some(&*notes.whole).filter(|_| inner.method != "PATCH");
        let resource: Touched = named(kind, target.id, doc.unwrap_or_default());
        notes.touch(resource);
    }
    let tolerances = notes.tolerances.iter();
    let (resources, resources_more) = bounded(notes.resources, notes.resources_more);
    let record = Record {
        id: inner.id.clone(),
        at: clock::rfc3339(inner.at),
        method: inner.method.clone(),
        path: inner.redacted_path(),
        status,
        duration_ms: inner.started.elapsed().as_micros() as f64 / 1_000.0,
        scim_type: error.and_then(|error| Some(error.scim_type?.as_str().to_owned())),
        detail: error.map(|error| inner.secrets().out_of_sentence(&error.detail)),
        tolerances: tolerances
            .map(|(name, times)| (name.to_owned(), times))
            .collect(),
        resources,
        resources_more,
        results: notes.results,
        events: notes.events,
        user_agent: inner.user_agent.clone(),
        body_bytes: notes.whole.len(),
    };
    let subjects = notes.subjects.iter();
    NewRequest {
        outcome: format!("{status} {}", record.method),
        subjects: subjects
            .map(|(kind, value)| subject(&connection, kind, value))
            .collect(),
        connection,
        id: inner.id.clone(),
        record: serde_json::to_string(&record).unwrap_or_else(|_| "{}".to_owned()),
        body: notes.body,
    }
}

/// The first of the resources whose JSON texts fit, and how many others there are.
fn bounded(resources: Vec<Touched>, others: usize) -> (Vec<Touched>, usize) {
    let count = resources.len();
    let mut room = MOST_RESOURCE_BYTES;
    let mut fitting = Vec::new();
    for resource in resources {
        let text = serde_json::to_string(&resource).unwrap_or_default();
        match room.checked_sub(text.len()) {
            Some(left) => room = left,
            None => break,
        }
        fitting.push(resource);
    }
    let others = others + count - fitting.len();
    (fitting, others)
}
