//! Members of groups. They are rows of their own: a group may have 100,000, and a change of one must not cost all.

use serde_json::Value;

use crate::{Error, Filter, Object};

#[cfg(test)]
mod tests;

/// A member as the client names it (RFC 7643 §4.2). `value` is all that is needed (N19).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The id of the user or group.
    pub value: String,
    /// `User` or `Group`, where the client says so.
    pub kind: Option<String>,
    /// A name, for display only.
    pub display: Option<String>,
}

/// A change to the members of a group, to be applied to its rows.
#[derive(Clone, Debug, PartialEq)]
pub enum MemberChange {
    /// Those that aren't members yet become members (N18).
    Add(Vec<Member>),
    /// Those listed, by `value`, are no longer members; who wasn't one is no error (N8, N18).
    Remove(Vec<String>),
    /// Those whose member object (`value`, `type`, `display`) satisfies the filter are no longer members.
    RemoveWhere(Filter),
    RemoveAll,
    /// These, and nobody else, are the members (N22: possibly nobody).
    Replace(Vec<Member>),
}

impl MemberChange {
    /// How many comparisons with every member it takes.
    pub(crate) fn terms(&self) -> usize {
        match self {
            Self::RemoveWhere(filter) => filter.terms(),
            Self::Add(_) | Self::Remove(_) | Self::RemoveAll | Self::Replace(_) => 0,
        }
    }
}

/// Takes `members` out of a canonical group; without duplicates, in the client's order.
pub fn take_members(doc: &mut Object) -> Result<Vec<Member>, Error> {
    match doc.shift_remove("members") {
        None => Ok(Vec::new()),
        Some(Value::Array(values)) => from_values(values),
        Some(_) => Err(Error::invalid_value("members must be an array")),
    }
}

/// Members from the canonical values of the attribute.
pub(crate) fn from_values(values: Vec<Value>) -> Result<Vec<Member>, Error> {
    let mut seen = std::collections::HashSet::with_capacity(values.len());
    let mut members = Vec::with_capacity(values.len());
    for value in values {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let Some(id) = text("value") else {
            return Err(Error::invalid_value("members.value is required"));
        };
        if seen.insert(id.clone()) {
            members.push(Member {
                value: id,
                kind: text("type"),
                display: text("display"),
            });
        }
    }
    Ok(members)
}
