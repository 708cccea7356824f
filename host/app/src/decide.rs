//! A decision about one user: run the mapping, let the guard dispose, say what to store.
//!
//! Runs before the transaction, never inside it. A plugin's fault is not the IdP's: the last good
//! decision stays in force, less what leaving a group took away (invariants 4 and 5).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rolecall_mapping::{
    self as mapping, Failure, Fault, FaultKind, Input, Mapping, Outcome, Problem,
};
use rolecall_scim::{Hidden, Secrets};
use rolecall_store::{
    AccessItem, DecisionWrite, Error as StoreError, NewEvent, access_changed, difference, remaining,
};
use serde_json::json;
use tracing::Span;

use crate::breaker::for_others;
use crate::context::Context;
use crate::error::scim_error;
use crate::explain::{Explained, explain};
use crate::guard;
use crate::loading::NotLoaded;
use crate::mapping::Active;
use crate::memberships::{GroupRef, Memberships};
use crate::resources::Failed;
use crate::{App, scim};

/// A decision that took too long, or for which the host was too busy, is tried again after this long.
const AGAIN_MS: i64 = 1000;

/// A mapping has at most three components, and each may have to be loaded once.
const LOADS: usize = 4;

/// Whom to decide about, as it will be after the commit.
pub(crate) struct Subject<'a> {
    pub(crate) id: &'a str,
    /// The canonical document's JSON text, without id and meta.
    pub(crate) doc: &'a str,
    pub(crate) active: bool,
    pub(crate) groups: &'a [GroupRef],
    /// What is in force now; nothing for a new user.
    pub(crate) before: Before<'a>,
}

impl Subject<'_> {
    /// User and groups as JSON texts.
    pub(crate) fn as_plugins_see_it(&self) -> (String, String) {
        // The stored document with its id in front: no need to parse it for that.
        let rest = self.doc.strip_prefix('{').unwrap_or(self.doc);
        let comma = if rest == "}" { "" } else { "," };
        let user = format!("{{\"id\":\"{}\"{comma}{rest}", self.id);
        let groups = serde_json::to_string(self.groups).unwrap_or_else(|_| "[]".to_owned());
        (user, groups)
    }

    /// What of it plugins see, and nobody else may.
    pub(crate) fn hidden(&self, secrets: &Secrets) -> Hidden {
        if !secrets.named_in(self.doc) {
            return Hidden::default();
        }
        let document = serde_json::from_str(self.doc).unwrap_or_default();
        secrets.hidden_in(&document)
    }
}

/// What is in force for a user, and the groups it rests on.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    pub(crate) groups: Vec<GroupRef>,
    access: Vec<AccessItem>,
    profile: Option<String>,
}

impl Standing {
    /// Of some users of a connection, by id.
    pub(crate) async fn of(
        context: &Context,
        users: &[&str],
    ) -> Result<HashMap<String, Self>, StoreError> {
        let memberships = Memberships::of(context, users).await?;
        Self::within(context, users, &memberships).await
    }

    /// The same with memberships as they will be.
    pub(crate) async fn within(
        context: &Context,
        users: &[&str],
        memberships: &Memberships,
    ) -> Result<HashMap<String, Self>, StoreError> {
        let standing = |id: &&str| {
            let groups = memberships.groups(id);
            let standing = Self {
                groups,
                ..Self::default()
            };
            ((*id).to_owned(), standing)
        };
        let mut standings: HashMap<String, Self> = users.iter().map(standing).collect();
        for stored in context.connection.access_of(users).await? {
            standings
                .entry(stored.user_id)
                .or_default()
                .access
                .push(stored.item);
        }
        for (user, profile) in context.connection.profiles_of(users).await? {
            standings.entry(user).or_default().profile = Some(profile);
        }
        Ok(standings)
    }

    /// The user as it will be: this document, in these groups.
    pub(crate) fn subject<'a>(
        &'a self,
        id: &'a str,
        doc: &'a str,
        active: bool,
        groups: &'a [GroupRef],
    ) -> Subject<'a> {
        let before = Before::Known {
            access: &self.access,
            profile: self.profile.as_deref(),
        };
        Subject {
            id,
            doc,
            active,
            groups,
            before,
        }
    }
}

pub(crate) enum Before<'a> {
    /// The user is new with this request.
    Nothing,
    Known {
        access: &'a [AccessItem],
        profile: Option<&'a str>,
    },
}

/// What an open breaker means to a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// The plugin is not asked.
    Respected,
    /// It is asked, to see whether it answers.
    Tried,
}

/// What to write for the user.
pub(crate) struct Decided {
    /// None: nothing is decided for this connection, and nothing was in force.
    pub(crate) write: Option<DecisionWrite>,
    pub(crate) events: Vec<NewEvent>,
    /// The tenant's own rule says no, in the plugin's words.
    pub(crate) refusal: Option<Problem>,
    /// Whether the plugins answered; nothing if there was nothing to ask them.
    pub(crate) asked: Option<Result<(), Fault>>,
}

impl App {
    pub(crate) async fn decide(
        &self,
        context: &Arc<Context>,
        subject: Subject<'_>,
        at: i64,
    ) -> Result<Decided, Failed> {
        self.decide_by(context, subject, at, Breaker::Respected)
            .await
    }

    #[tracing::instrument(
        level = "debug",
        name = "decision",
        skip_all,
        fields(connection = context.connection.id(), user = subject.id, state)
    )]
    pub(crate) async fn decide_by(
        &self,
        context: &Arc<Context>,
        subject: Subject<'_>,
        at: i64,
        breaker: Breaker,
    ) -> Result<Decided, Failed> {
        let (before, old_profile, fresh) = match &subject.before {
            Before::Nothing => (&[][..], None, true),
            Before::Known { access, profile } => (*access, *profile, false),
        };
        let profile = old_profile.unwrap_or("{}").to_owned();
        let write = |state: &'static str, access, profile: String, explained: String, revision| {
            Span::current().record("state", state);
            DecisionWrite {
                user: subject.id.to_owned(),
                state,
                revision,
                profile,
                explained,
                access,
                fresh,
                again_at: None,
            }
        };
        let connection = context.connection.id();
        let changed = |access: &[AccessItem]| {
            let (gained, lost) = difference(before, access);
            let changed = !gained.is_empty() || !lost.is_empty();
            changed.then(|| access_changed(at, connection, subject.id, &gained, &lost))
        };
        if !subject.active {
            let write = write("inactive", vec![], profile, "{}".to_owned(), None);
            let events = changed(&[]).into_iter().collect();
            return Ok(Decided {
                write: Some(write),
                events,
                refusal: None,
                asked: None,
            });
        }
        let member_of: HashSet<&str> = subject
            .groups
            .iter()
            .map(|group| group.value.as_str())
            .collect();
        let Some(active) = &context.mapping else {
            let left = remaining(before, &member_of);
            let events = changed(&left).into_iter().collect();
            let write = (!fresh).then(|| write("undecided", left, profile, "{}".to_owned(), None));
            return Ok(Decided {
                write,
                events,
                refusal: None,
                asked: None,
            });
        };
        let outcome = match (&context.open_breaker, breaker) {
            (Some(open), Breaker::Respected) => open.outcome(),
            _ => self.run(context, active, &subject).await?,
        };
        self.meters.count(&outcome);
        self.plugin_logs
            .note(context, active.revision, &subject, &outcome, at);
        let times = match breaker {
            Breaker::Respected => {
                self.count_tries(context, active, &subject, &outcome, at)
                    .await?
            }
            Breaker::Tried => 0,
        };
        let revision = Some(active.revision);
        let mut events = Vec::new();
        let mut event = |kind, problem: &Problem| {
            events.push(NewEvent {
                at,
                kind,
                connection: Some(connection.to_owned()),
                tenant: None,
                subject: Some(subject.id.to_owned()),
                data: json!({ "revision": active.revision, "problem": problem }).to_string(),
            });
        };
        let mut again_at = None;
        let mut refusal = None;
        let mut write = match &outcome.result {
            Ok(proposal) => {
                let (access, refused) = guard::dispose(proposal, &context.ground, &member_of);
                let explained = explain(&outcome, &refused, None);
                write(
                    "active",
                    access,
                    proposal.profile.to_string(),
                    explained,
                    revision,
                )
            }
            Err(failure) => {
                let (state, problem) = match failure {
                    Failure::Refused { problem, .. } => {
                        refusal = Some(problem.clone());
                        ("refused", problem.clone())
                    }
                    Failure::Fault(fault) => {
                        again_at = match fault.kind {
                            FaultKind::NotLoaded => {
                                Some(self.loading.again_at(active.plugins(), at))
                            }
                            // Twice as late each time that it failed for this user.
                            kind => kind
                                .is_transient()
                                .then_some(at + (AGAIN_MS << times.saturating_sub(1).min(8))),
                        };
                        ("pending", fault_problem(fault))
                    }
                };
                if refusal.is_some() {
                    event("decision.refused", &problem);
                } else if fresh || !is_known(context, subject.id, revision, &problem).await? {
                    event("decision.pending", &problem);
                }
                let explained = explain(&outcome, &[], Some(&problem));
                write(
                    state,
                    remaining(before, &member_of),
                    profile,
                    explained,
                    revision,
                )
            }
        };
        write.again_at = again_at;
        metrics::counter!("rolecall_decisions_total", "state" => write.state).increment(1);
        events.extend(changed(&write.access));
        Ok(Decided {
            write: Some(write),
            events,
            refusal,
            asked: Some(match outcome.result {
                Err(Failure::Fault(fault)) => Err(for_others(&fault, context, &subject)),
                Ok(_) | Err(Failure::Refused { .. }) => Ok(()),
            }),
        })
    }

    /// Inline on this worker, bounded by the epoch; slow guests on a thread that may block.
    pub(crate) async fn run(
        &self,
        context: &Arc<Context>,
        active: &Active,
        subject: &Subject<'_>,
    ) -> Result<Outcome, scim::Error> {
        match self.load_and_run(context, active, subject).await {
            Ok(outcome) => Ok(outcome),
            Err(NotLoaded::Store(error)) => Err(scim_error(error)),
            Err(NotLoaded::Damaged(why) | NotLoaded::Failed(why)) => Ok(not_loaded(why)),
        }
    }

    async fn load_and_run(
        &self,
        context: &Arc<Context>,
        active: &Active,
        subject: &Subject<'_>,
    ) -> Result<Outcome, NotLoaded> {
        let (user, groups) = subject.as_plugins_see_it();
        let mapping = self.mapping(context, active).await?;
        // What was loaded may have made room for others since: then load it again, a few times at most.
        for _ in 0..LOADS {
            match self.run_loaded(context, mapping, &user, &groups).await? {
                Ok(outcome) => return Ok(outcome),
                Err(mapping::NotLoaded(missing)) => self.load_soon(&missing).await?,
            }
        }
        let why = "Too many different plugins are in use at once on this host.";
        Err(NotLoaded::Failed(why.to_owned()))
    }

    async fn run_loaded(
        &self,
        context: &Context,
        mapping: &Mapping,
        user: &str,
        groups: &str,
    ) -> Result<Result<Outcome, mapping::NotLoaded>, StoreError> {
        let home = &context.row.tenant;
        if !self.is_slow(mapping) {
            return Ok(self.runtime.decide(mapping, &Input { user, groups, home }));
        }
        let (runtime, mapping) = (self.runtime.clone(), mapping.clone());
        let (user, groups, home) = (user.to_owned(), groups.to_owned(), home.clone());
        let span = Span::current();
        let task = move || {
            let _within = span.entered();
            runtime.decide(
                &mapping,
                &Input {
                    user: &user,
                    groups: &groups,
                    home: &home,
                },
            )
        };
        tokio::task::spawn_blocking(task)
            .await
            .map_err(|error| StoreError::Internal(format!("a decision: {error}")))
    }
}

/// Whether the log says already that this decision is pending, and why: it is tried again and again, and says so once.
async fn is_known(
    context: &Context,
    user: &str,
    revision: Option<i64>,
    problem: &Problem,
) -> Result<bool, scim::Error> {
    let row = match context.connection.environment().decision(user).await {
        Err(StoreError::NotFound) => return Ok(false),
        row => row.map_err(scim_error)?,
    };
    let known = Explained::read(&row.explained, row.revision).map_err(scim_error)?;
    let same = row.revision == revision && known.problem == json!(problem);
    Ok(row.state == "pending" && same)
}

/// No plugin was asked: invariant 5 holds for what can't even be loaded.
fn not_loaded(detail: String) -> Outcome {
    Outcome {
        slots: vec![],
        result: Err(Failure::Fault(Fault {
            slot: None,
            kind: FaultKind::NotLoaded,
            detail,
            trace: vec![],
        })),
    }
}

/// A plugin's fault in the words of a problem.
pub(crate) fn fault_problem(fault: &Fault) -> Problem {
    Problem {
        code: fault.kind.as_str().to_owned(),
        detail: fault.detail.clone(),
        path: None,
    }
}
