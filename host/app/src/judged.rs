//! A mapping's outcome judged by the guard, in the form people read: for decisions that nobody stores.

use std::collections::HashSet;

use rolecall_mapping::{Failure, Outcome};
use rolecall_store::Error as StoreError;
use serde_json::{Value, json};

use crate::decide::fault_problem;
use crate::explain::{Explained, explain};
use crate::guard::{self, Ground};
use crate::manage::users::{Grant, Placement, split};

pub(crate) struct Judged {
    /// `active`, `pending` or `refused`.
    pub(crate) state: &'static str,
    pub(crate) profile: Value,
    pub(crate) placements: Vec<Placement>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) explained: Explained,
}

impl Judged {
    /// Of a user that is a member of these groups.
    pub(crate) fn of(
        outcome: &Outcome,
        ground: &Ground,
        member_of: &HashSet<&str>,
        revision: i64,
    ) -> Result<Self, StoreError> {
        let (state, profile, access, explained) = match &outcome.result {
            Ok(proposal) => {
                let (access, refused) = guard::dispose(proposal, ground, member_of);
                let explained = explain(outcome, &refused, None);
                ("active", proposal.profile.clone(), access, explained)
            }
            Err(failure) => {
                let (state, problem) = match failure {
                    Failure::Refused { problem, .. } => ("refused", problem.clone()),
                    Failure::Fault(fault) => ("pending", fault_problem(fault)),
                };
                let explained = explain(outcome, &[], Some(&problem));
                (state, json!({}), vec![], explained)
            }
        };
        let (placements, grants) = split(access);
        Ok(Self {
            state,
            profile,
            placements,
            grants,
            explained: Explained::read(&explained, Some(revision))?,
        })
    }
}
