//! A guest's answers, read with suspicion.

#[cfg(test)]
mod tests;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::abi::v1;
use crate::fault::Fault;
use crate::{Failure, FaultKind, Grant, Limits, Placement, Problem, Slot};

/// A profile as the guest wrote it, and read.
pub(super) struct Profile {
    pub(super) text: String,
    pub(super) value: Value,
}

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

pub(super) fn profile(text: String, _: &Limits) -> Result<Profile, String> {
    let value: Value =
        serde_json::from_str(&text).map_err(|error| format!("the profile is not JSON: {error}"))?;
    if !value.is_object() {
        return Err("the profile is not a JSON object".to_owned());
    }
    Ok(Profile { text, value })
}

pub(super) fn placements(
    placements: Vec<v1::Placement>,
    limits: &Limits,
) -> Result<Vec<Placement>, String> {
    within("placements", placements.len(), limits.placements)?;
    Ok(placements.into_iter().map(Placement::from).collect())
}

pub(super) fn grants(grants: Vec<v1::Grant>, limits: &Limits) -> Result<Vec<Grant>, String> {
    within("grants", grants.len(), limits.grants)?;
    Ok(grants.into_iter().map(Grant::from).collect())
}

/// The guest's own failure.
pub(super) fn failure(slot: Slot, failure: v1::Failure) -> Failure {
    match failure {
        v1::Failure::Refuse(problem) => Failure::Refused {
            slot,
            problem: problem.into(),
        },
        v1::Failure::Internal(problem) => Failure::Fault(Fault {
            slot: Some(slot),
            kind: FaultKind::Internal,
            detail: Problem::from(problem).to_string(),
            trace: Vec::new(),
        }),
    }
}

/// Whether every database stores a JSON text: PostgreSQL's text cannot hold U+0000.
pub(super) fn storable(json: &str) -> bool {
    json.match_indices(r"\u0000").all(|(at, _)| {
        let before = json[..at]
            .bytes()
            .rev()
            .take_while(|&byte| byte == b'\\')
            .count();
        before % 2 == 1 // an escaped backslash, and then the letters u0000
    })
}

fn within(what: &str, found: usize, most: usize) -> Result<(), String> {
    if found <= most {
        return Ok(());
    }
    Err(format!("it gave {found} {what}; at most {most} are taken"))
}

impl From<v1::Placement> for Placement {
    fn from(placement: v1::Placement) -> Self {
        let v1::Placement {
            tenant,
            reason,
            groups,
            extras,
        } = placement;
        Self {
            tenant,
            reason,
            groups,
            extras,
        }
    }
}

impl From<v1::Grant> for Grant {
    fn from(grant: v1::Grant) -> Self {
        let v1::Grant {
            tenant,
            kind,
            name,
            object,
            reason,
            groups,
            extras,
        } = grant;
        Self {
            tenant,
            kind,
            name,
            object,
            reason,
            groups,
            extras,
        }
    }
}

impl<'a> From<&'a Placement> for v1::PlacementIn<'a> {
    fn from(placement: &'a Placement) -> Self {
        let Placement {
            tenant,
            reason,
            groups,
            extras,
        } = placement;
        Self {
            tenant,
            reason,
            groups,
            extras,
        }
    }
}
