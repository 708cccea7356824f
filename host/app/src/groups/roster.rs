//! What a request does to a group's members: the difference between before and after, however the
//! operations put it. Adding a member twice or removing a stranger changes nothing.

use std::collections::{HashMap, HashSet};

use rolecall_scim::{Member, MemberChange, Object};
use rolecall_store::{MemberRow, Membership};
use serde_json::json;

use crate::context::Context;

/// Members to add and to remove.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) add: Vec<Member>,
    pub(super) remove: Vec<String>,
}

impl Difference {
    pub(super) fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// Reads no more of the group than the changes name, unless they name everybody.
pub(super) async fn difference(
    context: &Context,
    group: &str,
    changes: &[MemberChange],
) -> Result<Difference, rolecall_store::Error> {
    if changes.is_empty() {
        return Ok(Difference::default());
    }
    let before: HashMap<String, Member> = if let Some(ids) = named(changes) {
        let present = context.connection.members_among(group, &ids).await?;
        let member = |id: String| {
            (
                id.clone(),
                Member {
                    value: id,
                    kind: None,
                    display: None,
                },
            )
        };
        present.into_iter().map(member).collect()
    } else {
        let rows = context.connection.members(group).await?;
        rows.into_iter()
            .map(|row| (row.member_id.clone(), member(row)))
            .collect()
    };
    Ok(apply(&before, changes))
}

fn member(row: MemberRow) -> Member {
    Member {
        value: row.member_id,
        kind: Some(row.kind),
        display: row.display,
    }
}

/// The ids that changes name; none when they concern members they don't name.
fn named(changes: &[MemberChange]) -> Option<Vec<&str>> {
    let mut ids = Vec::new();
    for change in changes {
        match change {
            MemberChange::Add(members) => ids.extend(members.iter().map(|m| m.value.as_str())),
            MemberChange::Remove(members) => ids.extend(members.iter().map(String::as_str)),
            MemberChange::RemoveWhere(_) | MemberChange::RemoveAll | MemberChange::Replace(_) => {
                return None;
            }
        }
    }
    Some(ids)
}

fn apply(before: &HashMap<String, Member>, changes: &[MemberChange]) -> Difference {
    let mut after = before.clone();
    // In the order of arrival, for the log.
    let mut arrived: Vec<String> = Vec::new();
    let mut add = |after: &mut HashMap<String, Member>, member: &Member| {
        if !after.contains_key(&member.value) {
            after.insert(member.value.clone(), member.clone());
            arrived.push(member.value.clone());
        }
    };
    for change in changes {
        match change {
            MemberChange::Add(members) => members.iter().for_each(|member| add(&mut after, member)),
            MemberChange::Remove(ids) => ids.iter().for_each(|id| {
                after.remove(id);
            }),
            MemberChange::RemoveWhere(filter) => {
                after.retain(|_, member| !filter.matches(&object(member)));
            }
            MemberChange::RemoveAll => after.clear(),
            MemberChange::Replace(members) => {
                let named: HashSet<&str> = members.iter().map(|m| m.value.as_str()).collect();
                after.retain(|id, _| named.contains(id.as_str()));
                for member in members {
                    add(&mut after, member);
                }
            }
        }
    }
    let mut seen = HashSet::new();
    let add = arrived
        .into_iter()
        .filter(|id| !before.contains_key(id) && seen.insert(id.clone()))
        .filter_map(|id| after.get(&id).cloned())
        .collect();
    let mut remove: Vec<String> = before
        .keys()
        .filter(|id| !after.contains_key(*id))
        .cloned()
        .collect();
    remove.sort_unstable();
    Difference { add, remove }
}

/// The member object that value filters look at (RFC 7643 §4.2).
fn object(member: &Member) -> Object {
    let mut object = Object::new();
    object.insert("value".to_owned(), json!(member.value));
    if let Some(kind) = &member.kind {
        object.insert("type".to_owned(), json!(kind));
    }
    if let Some(display) = &member.display {
        object.insert("display".to_owned(), json!(display));
    }
    object
}

/// Rows for members whose resource type is known.
pub(super) fn rows(add: &[Member], kinds: &HashMap<&str, &str>) -> Vec<Membership> {
    add.iter()
        .map(|member| Membership {
            member: member.value.clone(),
            kind: kinds
                .get(&*member.value)
                .copied()
                .unwrap_or_default()
                .to_owned(),
            display: member.display.clone(),
        })
        .collect()
}
