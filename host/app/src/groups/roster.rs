//! What a request does to a group's members: the difference between before and after, however the
//! operations put it. Adding a member twice or removing a stranger changes nothing.

use std::collections::{HashMap, HashSet};

use rolecall_scim::limits::MAX_MEMBER_STEPS;
use rolecall_scim::{Error as ScimError, Filter, Member, MemberChange, Object};
use rolecall_store::{MemberRow, Membership};
use serde_json::json;

use crate::context::Context;
use crate::resources::Failed;

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

/// Members read at a time.
const BATCH: usize = 5_000;

/// Reads no more of the group than the changes name; where they concern members they don't name, the group passes by,
/// a batch at a time.
pub(super) async fn difference(
    context: &Context,
    group: &str,
    changes: &[MemberChange],
) -> Result<Difference, Failed> {
    // What comes before a change of the whole list makes no difference.
    let is_whole = |change: &MemberChange| {
        matches!(change, MemberChange::RemoveAll | MemberChange::Replace(_))
    };
    let last_whole = changes.iter().rposition(is_whole);
    let changes = &changes[last_whole.unwrap_or(0)..];
    let (named, filters) = concerned(changes);
    let among: Vec<&str> = named.iter().copied().collect();
    let present = context.connection.members_among(group, &among).await?;
    let before = present
        .into_iter()
        .map(|row| (row.member_id.clone(), member(row)));
    let mut difference = apply(&before.collect(), changes);
    if last_whole.is_some() || !filters.is_empty() {
        let filters = last_whole.is_none().then_some(&*filters);
        let others = others(context, group, &named, filters).await?;
        difference.remove.extend(others);
        difference.remove.sort_unstable();
    }
    Ok(difference)
}

/// The members that changes name; and the filters that ask for others, too.
fn concerned(changes: &[MemberChange]) -> (HashSet<&str>, Vec<&Filter>) {
    let (mut named, mut filters) = (HashSet::new(), Vec::new());
    for change in changes {
        match change {
            MemberChange::Add(members) | MemberChange::Replace(members) => {
                named.extend(members.iter().map(|member| member.value.as_str()));
            }
            MemberChange::Remove(ids) => named.extend(ids.iter().map(String::as_str)),
            MemberChange::RemoveWhere(filter) => match filter.values_named() {
                Some(ids) => named.extend(ids),
                None => filters.push(filter),
            },
            MemberChange::RemoveAll => {}
        }
    }
    (named, filters)
}

/// Who leaves of those whom no change names: who satisfies one of the filters; without filters, all.
async fn others(
    context: &Context,
    group: &str,
    named: &HashSet<&str>,
    filters: Option<&[&Filter]>,
) -> Result<Vec<String>, Failed> {
    let terms: usize = filters.into_iter().flatten().map(|it| it.terms()).sum();
    let (mut leaving, mut steps, mut after) = (Vec::new(), 0, String::new());
    loop {
        let connection = &context.connection;
        let batch = connection.members_after(group, &after, BATCH as i64);
        let batch = batch.await?;
        let ended = batch.len() < BATCH;
        if let Some(last) = batch.last() {
            after.clone_from(&last.member_id);
        }
        steps += batch.len() * terms;
        if steps > MAX_MEMBER_STEPS {
            return Err(ScimError::too_many("the operations compare too many members").into());
        }
        let others = batch
            .into_iter()
            .filter(|row| !named.contains(&*row.member_id))
            .map(member);
        let leave = others.filter(|member| match filters {
            None => true,
            Some(filters) => {
                let member = object(member);
                filters.iter().any(|filter| filter.matches(&member))
            }
        });
        leaving.extend(leave.map(|member| member.value));
        if ended {
            return Ok(leaving);
        }
    }
}

fn member(row: MemberRow) -> Member {
    Member {
        value: row.member_id,
        kind: Some(row.kind),
        display: row.display,
    }
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
