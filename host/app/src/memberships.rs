//! What somebody is in: groups, and the groups that these are in (RFC 7643 §4.1.2).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use rolecall_store::{Error as StoreError, MembershipRow};
use serde::{Deserialize, Serialize};

use crate::context::Context;

#[cfg(test)]
mod tests;

/// A group that a user is in, as decisions see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GroupRef {
    pub(crate) value: String,
    pub(crate) display: String,
    #[serde(
        rename = "externalId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) external_id: Option<String>,
    /// `indirect`, where it is: what is decided about users without nested groups keeps its bytes.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<Cow<'static, str>>,
}

/// What is known of a group by its members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) display: String,
    pub(crate) external_id: Option<String>,
}

/// Memberships of some users and groups, and of all groups above them.
#[derive(Debug, Default)]
pub(crate) struct Memberships {
    /// The groups that somebody is a member of, by member.
    groups: HashMap<String, BTreeSet<String>>,
    names: HashMap<String, Name>,
}

impl Memberships {
    pub(crate) async fn of(context: &Context, members: &[&str]) -> Result<Self, StoreError> {
        let connection = &context.connection;
        let rows = connection.memberships_above(members, i64::MAX).await?;
        Ok(Self::from_rows(rows))
    }

    /// Those of the first of the members, as many as have no more than `most` together, but of one at least; and how many
    /// these are.
    pub(crate) async fn within(
        context: &Context,
        members: &[&str],
        most: usize,
    ) -> Result<(Self, usize), StoreError> {
        let mut count = members.len();
        while count > 1 {
            let rows = context
                .connection
                .memberships_above(&members[..count], most as i64 + 1);
            let rows = rows.await?;
            if rows.len() <= most {
                return Ok((Self::from_rows(rows), count));
            }
            count /= 2;
        }
        Ok((Self::of(context, &members[..count]).await?, count))
    }

    fn from_rows(rows: Vec<MembershipRow>) -> Self {
        let mut memberships = Self::default();
        for row in rows {
            let name = Name {
                display: row.display.unwrap_or_default(),
                external_id: row.external_id,
            };
            memberships.name(&row.group_id, name);
            memberships.join(&row.member_id, &row.group_id);
        }
        memberships
    }

    pub(crate) fn join(&mut self, member: &str, group: &str) {
        let groups = self.groups.entry(member.to_owned()).or_default();
        groups.insert(group.to_owned());
    }

    pub(crate) fn leave(&mut self, member: &str, group: &str) {
        if let Some(groups) = self.groups.get_mut(member) {
            groups.remove(group);
        }
    }

    /// The group goes away.
    pub(crate) fn remove(&mut self, group: &str) {
        for groups in self.groups.values_mut() {
            groups.remove(group);
        }
    }

    pub(crate) fn name(&mut self, group: &str, name: Name) {
        self.names.insert(group.to_owned(), name);
    }

    pub(crate) fn display(&self, group: &str) -> &str {
        self.names.get(group).map_or("", |name| &name.display)
    }

    /// Every group that the member is in, once, ordered by id: same input, same bytes.
    pub(crate) fn groups(&self, member: &str) -> Vec<GroupRef> {
        let mut found: BTreeMap<&str, bool> = BTreeMap::new();
        let mut open: Vec<(&str, bool)> = self.above(member).map(|group| (group, true)).collect();
        // Direct ones first: a group that is both is direct.
        found.extend(open.iter().copied());
        while let Some((group, _)) = open.pop() {
            for above in self.above(group) {
                found.entry(above).or_insert_with(|| {
                    open.push((above, false));
                    false
                });
            }
        }
        let group_ref = |(group, is_direct): (&str, bool)| {
            let name = self.names.get(group).cloned().unwrap_or_default();
            GroupRef {
                value: group.to_owned(),
                display: name.display,
                external_id: name.external_id,
                kind: (!is_direct).then_some(Cow::Borrowed("indirect")),
            }
        };
        found.into_iter().map(group_ref).collect()
    }

    /// The shortest way up from a group to another: both, and those between them.
    pub(crate) fn way(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let mut came_from: HashMap<&str, &str> = HashMap::new();
        let mut open = VecDeque::from([from]);
        while let Some(group) = open.pop_front() {
            if group == to {
                let back = std::iter::successors(Some(to), |group| came_from.get(group).copied());
                let mut way: Vec<String> = back.map(str::to_owned).collect();
                way.reverse();
                return Some(way);
            }
            for above in self.above(group) {
                if above != from && !came_from.contains_key(above) {
                    came_from.insert(above, group);
                    open.push_back(above);
                }
            }
        }
        None
    }

    /// How many groups the longest way up from a group passes, but not more than `most`.
    pub(crate) fn height(&self, group: &str, most: usize) -> usize {
        levels(group, most, |group| self.above(group))
    }

    fn above(&self, member: &str) -> impl Iterator<Item = &str> {
        self.groups
            .get(member)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

/// How many steps the longest way from `start` has, but not more than `most`.
pub(crate) fn levels<'a, N: Iterator<Item = &'a str>>(
    start: &'a str,
    most: usize,
    next: impl Fn(&'a str) -> N,
) -> usize {
    let mut level = HashSet::from([start]);
    for steps in 0..most {
        level = level.into_iter().flat_map(&next).collect();
        if level.is_empty() {
            return steps;
        }
    }
    most
}
