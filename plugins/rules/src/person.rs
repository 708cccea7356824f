//! Whom a decision is about, as rules look at people.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use rolecall_plugin_sdk::{Failure, Subject};
use rolecall_scim::Filter;
use rolecall_scim::Object;
use serde_json::Value;

use crate::names::{fold_tidy, tidy};

/// A user and its groups.
pub(crate) struct Person<'s> {
    /// The SCIM User, without its groups.
    pub(crate) user: &'s Object,
    subject: &'s Subject,
    memberships: OnceCell<Vec<Membership<'s>>>,
    /// The user with some of its groups, for filters that ask for them.
    with_groups: RefCell<Option<Object>>,
}

/// One of the user's groups.
pub(crate) struct Membership<'s> {
    pub(crate) id: &'s str,
    /// As the identity provider wrote it.
    pub(crate) display: &'s str,
    pub(crate) tidied: Cow<'s, str>,
    pub(crate) folded: String,
}

impl<'s> Person<'s> {
    /// Looks at a subject.
    pub(crate) fn of(subject: &'s Subject) -> Result<Self, Failure> {
        let user = subject.user.json().as_object();
        Ok(Self {
            user: user.ok_or_else(|| Failure::internal("malformed_input", "user: no object"))?,
            subject,
            memberships: OnceCell::new(),
            with_groups: RefCell::new(None),
        })
    }

    /// The user's groups, in the host's order.
    pub(crate) fn memberships(&self) -> &[Membership<'s>] {
        self.memberships.get_or_init(|| {
            let groups = self.subject.groups.iter();
            groups
                .map(|group| {
                    let tidied = tidy(&group.display);
                    let folded = fold_tidy(&tidied);
                    Membership {
                        id: &group.id,
                        display: &group.display,
                        tidied,
                        folded,
                    }
                })
                .collect()
        })
    }

    /// Whether the filter matches the user, were it a member of these of its groups only.
    pub(crate) fn satisfies(&self, filter: &Filter, among: impl Iterator<Item = usize>) -> bool {
        let mut with_groups = self.with_groups.borrow_mut();
        let user = with_groups.get_or_insert_with(|| self.user.clone());
        let groups = among
            .filter_map(|at| self.subject.groups.get(at))
            .map(|group| {
                let mut member = Object::new();
                member.insert("value".to_owned(), Value::from(group.id.as_str()));
                member.insert("display".to_owned(), Value::from(group.display.as_str()));
                Value::Object(member)
            });
        user.insert("groups".to_owned(), Value::Array(groups.collect()));
        filter.matches(user)
    }
}

#[cfg(test)]
mod tests;
