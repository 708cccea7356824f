//! The way of a case through its plugins.

use std::collections::HashSet;

use rolecall_mapping::{Failure, FaultKind, Input, Mapping, Outcome, Refusal, Runtime};
use rolecall_scim::{ResourceType, SchemaSet, Strictness, read};
use serde_json::{Value, json};

use super::case::Case;
use super::ground::{ground, unchecked};
use super::{Report, Workbench, replay, usage};
use crate::context::parse;
use crate::decide::{Before, Subject};
use crate::error::{Problem, problem};
use crate::judged::Judged;
use crate::memberships::GroupRef;
use crate::resources::text;

/// The tenant of a connection that a case says nothing about.
const HOME: &str = "home";

/// A case made ready to be decided.
pub(super) struct Ready {
    pub(super) home: String,
    pub(super) user: String,
    pub(super) groups: String,
    member_of: Vec<String>,
    pub(super) active: bool,
    pub(super) mapping: Mapping,
}

impl Ready {
    pub(super) fn input(&self) -> Input<'_> {
        Input {
            user: &self.user,
            groups: &self.groups,
            home: &self.home,
        }
    }
}

impl Workbench {
    /// What becomes of a case. What is wrong with the case or its settings is said as a server says it to
    /// whoever makes the mapping.
    pub fn decide(&self, case: &Case) -> Result<Report, Problem> {
        let ready = self.ready(case)?;
        if !ready.active {
            return Ok(inactive(case));
        }
        let outcome = run(&self.runtime, &ready)?;
        let judged = judge(case, &ready, &outcome)?;
        let roomy = if is_cut_short(&outcome) {
            self.roomy().map(|roomy| run(roomy, &ready)).transpose()?
        } else {
            None
        };
        let whole = roomy.as_ref().unwrap_or(&outcome);
        let explained = judged.explained;
        let replay = replay::of(case, &ready, &explained.receipt);
        Ok(Report {
            state: judged.state,
            profile: judged.profile,
            placements: judged.placements,
            grants: judged.grants,
            refused: explained.refused,
            problem: explained.problem,
            unchecked: unchecked(case),
            logs: whole
                .slots
                .iter()
                .flat_map(|run| run.logs.clone())
                .collect(),
            limits: usage::of(self.runtime.limits(), &outcome, whole),
            slots: explained.slots,
            receipt: explained.receipt,
            replay,
        })
    }

    pub(super) fn ready(&self, case: &Case) -> Result<Ready, Problem> {
        let home = case.home.clone().unwrap_or_else(|| HOME.to_owned());
        let user = case.user.as_ref().ok_or_else(|| {
            Problem::field(
                "/user",
                "missing_user",
                "A case needs a `user`: whom to decide about.",
            )
        })?;
        let groups = groups(case)?;
        let member_of = groups.iter().filter_map(|group| group["value"].as_str());
        let member_of = member_of.map(str::to_owned).collect();
        let user = if case.recorded.is_some() {
            user.to_string()
        } else {
            canonical(user)?
        };
        // What IdPs send for a boolean is one by now.
        let whole: Value = parse("user", &user).map_err(problem("user"))?;
        let active = whole["active"] != false;
        Ok(Ready {
            user,
            groups: json!(groups).to_string(),
            member_of,
            active,
            mapping: self.mapping(case, &home)?,
            home,
        })
    }
}

/// The user as a tolerant connection stores it.
fn canonical(user: &Value) -> Result<String, Problem> {
    let invalid = |error: crate::scim::Error| Problem::field("/user", "invalid_user", error.detail);
    let body = user.to_string();
    let schemas = SchemaSet::standard();
    let read = read(
        schemas,
        ResourceType::User,
        Strictness::Tolerant,
        body.as_bytes(),
    );
    let doc = text(&read.map_err(invalid)?.resource).map_err(invalid)?;
    let subject = Subject {
        id: user["id"].as_str().unwrap_or("user"),
        doc: &doc,
        active: true,
        groups: &[],
        before: Before::Nothing,
    };
    Ok(subject.as_plugins_see_it().0)
}

/// The groups as plugins see them, in the order of their ids.
fn groups(case: &Case) -> Result<Vec<Value>, Problem> {
    let given = case.groups.as_deref().unwrap_or_default();
    if case.recorded.is_some() {
        return Ok(given.to_vec());
    }
    let mut groups = Vec::with_capacity(given.len());
    for (at, group) in given.iter().enumerate() {
        let group = match group {
            Value::String(display) => GroupRef {
                value: format!("g{}", at + 1),
                display: display.clone(),
                external_id: None,
                kind: None,
            },
            group => serde_json::from_value(group.clone()).map_err(|error| {
                let detail = format!("A group is a name, or {{\"value\", \"display\"}}: {error}.");
                Problem::field(format!("/groups/{at}"), "invalid_group", detail)
            })?,
        };
        groups.push(group);
    }
    groups.sort_by(|a: &GroupRef, b| a.value.cmp(&b.value));
    Ok(groups.iter().map(|group| json!(group)).collect())
}

pub(super) fn run(runtime: &Runtime, ready: &Ready) -> Result<Outcome, Problem> {
    let outcome = runtime.decide(&ready.mapping, &ready.input());
    outcome.map_err(|missing| Problem::unavailable(missing.to_string()))
}

fn judge(case: &Case, ready: &Ready, outcome: &Outcome) -> Result<Judged, Problem> {
    let ground = ground(case, &ready.home, outcome.result.as_ref().ok());
    let member_of: HashSet<&str> = ready.member_of.iter().map(String::as_str).collect();
    let revision = case
        .recorded
        .as_ref()
        .map_or(0, |recorded| recorded.revision);
    Judged::of(outcome, &ground, &member_of, revision).map_err(problem("decision"))
}

/// Whether a limit kept something back that its author wants to know.
fn is_cut_short(outcome: &Outcome) -> bool {
    let reached = match &outcome.result {
        Err(Failure::Fault(fault)) => matches!(
            fault.kind,
            FaultKind::Fuel | FaultKind::Deadline | FaultKind::Memory | FaultKind::Output
        ),
        _ => false,
    };
    reached || outcome.slots.iter().any(|run| run.logs_dropped > 0)
}

/// An inactive user has no access, whatever a plugin would say.
fn inactive(case: &Case) -> Report {
    Report {
        state: "inactive",
        profile: json!({}),
        placements: vec![],
        grants: vec![],
        refused: json!([]),
        problem: Value::Null,
        unchecked: unchecked(case),
        logs: vec![],
        limits: vec![],
        slots: vec![],
        receipt: Value::Null,
        replay: None,
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code, refusal.detail)
    }
}
