//! What comes of a decision.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{Digest, Fault, Problem, Slot};

/// One decision, and how it came about.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The slots that were run, in order; after one that failed none is.
    pub slots: Vec<SlotRun>,
    /// What the plugins propose, or why they don't.
    pub result: Result<Proposal, Failure>,
}

/// What the plugins propose. Nothing of it is in force: placements may lie outside the subtree,
/// grants outside the catalogue, the ceiling, or the placements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// A JSON object.
    pub profile: Value,
    /// Tenants the user belongs to.
    pub placements: Vec<Placement>,
    /// What the user is given there.
    pub grants: Vec<Grant>,
}

/// One tenant the user belongs to (`placement` in the WIT).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Key of the tenant.
    pub tenant: String,
    /// Why, for an administrator.
    pub reason: String,
    /// Ids of the groups it came from: it ends when the user leaves one of them.
    pub groups: Vec<String>,
    /// What a later contract may add, by name, each JSON text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<(String, String)>,
}

/// One thing the user is given in one tenant (`grant` in the WIT).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Key of the tenant.
    pub tenant: String,
    /// `role`, `feature`, `permission`, or something this host doesn't know.
    pub kind: String,
    /// Key in the catalogue.
    pub name: String,
    /// For a permission on one object: `type:id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Why, for an administrator.
    pub reason: String,
    /// Ids of the groups it came from: it ends when the user leaves one of them.
    pub groups: Vec<String>,
    /// What a later contract may add, by name, each JSON text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<(String, String)>,
}

/// Why there is no proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The tenant's own rules don't admit the user.
    #[error("refused: {problem}")]
    Refused {
        /// The slot whose plugin refused.
        slot: Slot,
        /// Its words.
        problem: Problem,
    },
    /// A plugin failed.
    #[error("fault: {0}")]
    Fault(Fault),
}

/// The name of the outcome of a slot that answered.
pub const ANSWERED: &str = "answered";

impl Failure {
    /// The name of the outcome of the slot that failed: `refused`, or the kind of fault.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Fault(fault) => fault.kind.as_str(),
        }
    }
}

/// How one slot was run: with the inputs at hand, enough to run it again and compare.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SlotRun {
    /// The slot.
    pub slot: Slot,
    /// The component.
    pub digest: Digest,
    /// Of the user, the groups, the home tenant, and the answers of the slots before.
    pub input_digest: Digest,
    /// Of the settings and what `prepare` made of them.
    pub settings_digest: Digest,
    /// The profile, the placements or the grants as compact JSON text, if the slot answered.
    pub output: Option<Box<RawValue>>,
    /// What the plugin logged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogLine>,
    /// Log lines that were cut short or left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub logs_dropped: u64,
    /// Fuel used, the same on every run.
    pub fuel: u64,
    /// Linear memory of the instance at the end, which is the most it had.
    pub memory_bytes: usize,
    /// Wall-clock time in microseconds; of the first slot of a component, with its instantiation.
    pub micros: u64,
}

impl SlotRun {
    /// Of the text of the output.
    pub fn output_digest(&self) -> Option<Digest> {
        let output = self.output.as_ref()?;
        Some(Digest::of(output.get().as_bytes()))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A line that a plugin logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// `debug`, `info`, `warn`, `error` or `panic`.
    pub level: Cow<'static, str>,
    /// The text.
    pub message: String,
}
