//! Whose decision inputs an edit of a group changes: who joins or leaves, and with a group everybody below it; and
//! everybody below the group itself when they see another name of it, or it goes away.

use std::collections::{BTreeMap, HashMap, HashSet};

use rolecall_store::{Body, Change, Error as StoreError, NestedRow, Touch};

use crate::context::Context;
use crate::groups::commit::Edit;
use crate::groups::joining::Joining;
use crate::groups::roster::Difference;
use crate::memberships::levels;

/// Users that an edit may reach and still decide them before it commits.
const SMALL: usize = 100;

pub(super) struct Reach {
    /// Everybody below the group is reached.
    pub(super) everybody: bool,
    /// In id order; none: more than are decided before the commit.
    pub(super) users: Option<Vec<String>>,
    /// The groups through which they are reached, at the version at which their members were read; of a large edit
    /// those that join.
    groups: BTreeMap<String, i64>,
    /// Groups in groups, below the edit.
    nested: HashMap<String, Vec<NestedRow>>,
}

impl Reach {
    pub(super) async fn of(
        context: &Context,
        edit: &Edit<'_>,
        body: Option<&Body>,
        joining: &Joining,
    ) -> Result<Self, StoreError> {
        let everybody = edit.before.is_some_and(|row| {
            body.is_none_or(|body| {
                body.display != row.display || body.external_id != row.external_id
            })
        });
        let Difference { add, remove } = &edit.members;
        let joining: BTreeMap<String, i64> = joining
            .groups()
            .map(|group| (group.id.clone(), group.version))
            .collect();
        let own = (everybody || !remove.is_empty()).then_some(edit.id);
        let tops: Vec<&str> = joining.keys().map(String::as_str).chain(own).collect();
        let mut nested: HashMap<String, Vec<NestedRow>> = HashMap::new();
        for row in context.connection.nested_below(&tops).await? {
            nested.entry(row.group_id.clone()).or_default().push(row);
        }
        let mut reach = Self {
            everybody,
            users: None,
            groups: BTreeMap::new(),
            nested,
        };
        let named: HashSet<&str> = remove.iter().map(String::as_str).collect();
        let own = reach.nested.get(edit.id).into_iter().flatten();
        let leaving: BTreeMap<String, i64> = own
            .filter(|row| everybody || named.contains(&*row.member_id))
            .map(|row| (row.member_id.clone(), row.version))
            .collect();
        reach.descend(edit.id, joining.into_iter());
        let joined = reach.groups.clone();
        reach.descend(edit.id, leaving.into_iter());
        let named = add.iter().map(|member| &member.value).chain(remove);
        let users: Vec<&String> = named.filter(|id| !reach.groups.contains_key(*id)).collect();
        if users.len() <= SMALL {
            let mut within: Vec<&str> = reach.groups.keys().map(String::as_str).collect();
            within.extend(everybody.then_some(edit.id));
            let mut all = context.connection.users_in(&within, SMALL).await?;
            all.extend(users.into_iter().cloned());
            all.sort_unstable();
            all.dedup();
            reach.users = (all.len() <= SMALL).then_some(all);
        }
        if reach.users.is_none() {
            // The effect finds in the transaction whom it reaches: it must not wait for quiet in every group below.
            reach.groups = joined;
        }
        Ok(reach)
    }

    /// Down to the innermost groups, from the given ones. In a circle of former days the group itself is among them.
    fn descend(&mut self, itself: &str, from: impl Iterator<Item = (String, i64)>) {
        let mut open: Vec<(String, i64)> = from.collect();
        while let Some((id, version)) = open.pop() {
            if id == itself || self.groups.contains_key(&id) {
                continue;
            }
            let below = self.nested.get(&id).into_iter().flatten();
            open.extend(below.map(|row| (row.member_id.clone(), row.version)));
            self.groups.insert(id, version);
        }
    }

    /// How many groups the longest way down from a group passes, itself included, but not more than `most`.
    pub(super) fn depth(&self, group: &str, most: usize) -> usize {
        let below = |group: &str| {
            let rows = self.nested.get(group).into_iter().flatten();
            rows.map(|row| row.member_id.as_str())
        };
        1 + levels(group, most, below)
    }

    /// The groups must still have the members that were read, or who joined meanwhile would be missed, and a circle
    /// that was closed. What is decided in those groups meanwhile must see the edit: it rests on their inputs.
    pub(super) fn rest_on_groups(&self, change: &mut Change) {
        let touches = self.groups.iter().map(|(id, version)| Touch {
            id: id.clone(),
            version: Some(*version),
            inputs: None,
            // A large change counts them itself.
            bump: self.users.is_some(),
        });
        change.touches.extend(touches);
    }
}
