//! Bulk requests (RFC 7644 §3.7): the verbs of single requests, many in one. Each operation is decided, checked and
//! committed on its own, as if it had come alone.
//!
//! New users don't wait for each other: their commits share transactions, and their decisions the processors. Every
//! other operation runs when all before it are done, and sees what they did.

mod perform;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rolecall_scim::{
    BulkMethod, BulkOperation, BulkRequest, BulkVerb, Error as ScimError, ResourceType,
    bulk_response,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tracing::Instrument;

use perform::{Done, Failed, perform};

use crate::context::Context;
use crate::resources::location;
use crate::{App, request};

/// Operations under way: as many as the writer commits at once.
const AT_ONCE: usize = 128;

impl App {
    pub async fn bulk(
        self: &Arc<Self>,
        context: &Arc<Context>,
        body: &[u8],
    ) -> Result<Value, ScimError> {
        let request = BulkRequest::read(context.strictness, body)?;
        self.forgave(context, &request.tolerances);
        let mut job = Job {
            app: self,
            context,
            answers: vec![None; request.operations.len()],
            operations: request.operations,
            errors_left: request.fail_on_errors.unwrap_or(usize::MAX),
            created: HashMap::new(),
            running: JoinSet::new(),
            claimed: HashSet::new(),
        };
        for index in request.order {
            job.begin(index).await;
        }
        job.wait_for_all().await;
        Ok(bulk_response(job.answers.into_iter().flatten().collect()))
    }
}

struct Job<'a> {
    app: &'a Arc<App>,
    context: &'a Arc<Context>,
    operations: Vec<BulkOperation>,
    /// In the client's order; none for what was not performed.
    answers: Vec<Option<Value>>,
    /// How many operations may still fail: none, and nothing more begins.
    errors_left: usize,
    /// Ids by bulkId.
    created: HashMap<String, String>,
    running: JoinSet<(usize, Result<Done, Failed>)>,
    /// The names and bulkIds of what is under way.
    claimed: HashSet<String>,
}

impl Job<'_> {
    async fn begin(&mut self, index: usize) {
        let operation = &self.operations[index];
        let claims = claims(operation);
        let needs = needs(operation);
        let is_new_user = is_new_user(operation);
        let mut shared = claims.iter().chain(&needs);
        if !is_new_user || shared.any(|claim| self.claimed.contains(claim)) {
            self.wait_for_all().await;
        }
        // All that are under way may fail: no more of them than may.
        while !self.running.is_empty() && self.running.len() >= AT_ONCE.min(self.errors_left) {
            self.wait_for_one().await;
        }
        if self.errors_left == 0 {
            return;
        }
        match self.verb(index) {
            Err(failed) => self.settle(index, Err(failed)),
            Ok(verb) => {
                self.claimed.extend(claims);
                let (app, context) = (self.app.clone(), self.context.clone());
                let task = async move { (index, perform(&app, &context, verb).await) };
                let task = request::carry(request::current(), task);
                self.running.spawn(task.in_current_span());
            }
        }
        if !is_new_user {
            self.wait_for_all().await;
        }
    }

    /// The operation with ids in the place of references.
    fn verb(&self, index: usize) -> Result<BulkVerb, Failed> {
        let operation = &self.operations[index];
        let failed = |error| {
            let resource = operation.resource(&self.created);
            let location = resource.map(|(kind, id)| location(self.context, kind, &id));
            Failed { location, error }
        };
        let mut verb = operation.verb.clone().map_err(failed)?;
        verb.resolve(&self.created).map_err(failed)?;
        Ok(verb)
    }

    async fn wait_for_all(&mut self) {
        while !self.running.is_empty() {
            self.wait_for_one().await;
        }
        self.claimed.clear();
    }

    async fn wait_for_one(&mut self) {
        match self.running.join_next().await {
            Some(Ok((index, result))) => self.settle(index, result),
            // Ours is this request's panic.
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => {}
        }
    }

    fn settle(&mut self, index: usize, result: Result<Done, Failed>) {
        let operation = &self.operations[index];
        let is_new = |verb: &BulkVerb| verb.method == BulkMethod::Post;
        let mut answer = json!({ "method": operation.method });
        if let Some(bulk_id) = &operation.bulk_id {
            answer["bulkId"] = json!(bulk_id);
        }
        let location = match result {
            Ok(done) => {
                let id = done.location.as_ref().and_then(|it| it.rsplit('/').next());
                if let (Some(bulk_id), Some(id), true) = (
                    &operation.bulk_id,
                    id,
                    operation.verb.as_ref().is_ok_and(is_new),
                ) {
                    self.created.insert(bulk_id.clone(), id.to_owned());
                }
                if let Some(version) = done.version {
                    answer["version"] = json!(version);
                }
                answer["status"] = json!(done.status.to_string());
                done.location
            }
            Err(Failed { location, error }) => {
                self.errors_left = self.errors_left.saturating_sub(1);
                if let Ok(verb) = &operation.verb {
                    request::failed(verb.kind, &verb.id, &verb.data, &error);
                }
                answer["status"] = json!(error.status.to_string());
                answer["response"] = error.body();
                location
            }
        };
        if let Some(location) = location {
            answer["location"] = json!(location);
        }
        self.answers[index] = Some(answer);
    }
}

fn is_new_user(operation: &BulkOperation) -> bool {
    let verb = operation.verb.as_ref();
    verb.is_ok_and(|verb| verb.method == BulkMethod::Post && verb.kind == ResourceType::User)
}

/// What only one operation can have: its bulkId, and the name of a new user.
fn claims(operation: &BulkOperation) -> Vec<String> {
    let Ok(verb) = &operation.verb else {
        return vec![];
    };
    let own = operation.bulk_id.as_deref().map(bulk_id);
    own.into_iter().chain(verb.claims()).collect()
}

/// The claims of the operations that it refers to.
fn needs(operation: &BulkOperation) -> Vec<String> {
    let Ok(verb) = &operation.verb else {
        return vec![];
    };
    verb.references().into_iter().map(bulk_id).collect()
}

fn bulk_id(id: &str) -> String {
    format!("bulkId {id}")
}
