//! Whom a decision is about, as rules look at people.

use std::borrow::Cow;
use std::cell::OnceCell;

use rolecall_plugin_sdk::{Failure, Group, Subject};
use rolecall_scim::Object;

use crate::names::{fold_tidy, tidy};

/// A user and its groups.
pub(crate) struct Person<'s> {
    /// The SCIM User, without its groups.
    pub(crate) user: &'s Object,
    subject: &'s Subject,
    memberships: OnceCell<Vec<Membership<'s>>>,
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

    /// The user's groups as the host sent them: the same, in the same order.
    pub(crate) fn groups(&self) -> &[Group] {
        &self.subject.groups
    }
}

#[cfg(test)]
mod tests;
