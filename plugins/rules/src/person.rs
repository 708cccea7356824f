//! Whom a decision is about, as rules look at people.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell, RefMut};

use rolecall_plugin_sdk::{Failure, Group, Subject};
use rolecall_scim::Object;
use serde_json::Value;

use crate::names::{fold_tidy, tidy};

/// A user and its groups.
pub(crate) struct Person<'s> {
    /// The SCIM User, without its groups.
    pub(crate) user: &'s Object,
    subject: &'s Subject,
    memberships: OnceCell<Vec<Membership<'s>>>,
    values: OnceCell<RefCell<Vec<Value>>>,
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
            values: OnceCell::new(),
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

    /// The same groups, in the same order, as filters see them. Lent to one filter at a time, which
    /// may move them about but puts them back.
    pub(crate) fn group_values(&self) -> RefMut<'_, Vec<Value>> {
        let values = || RefCell::new(self.subject.groups.iter().map(group_value).collect());
        self.values.get_or_init(values).borrow_mut()
    }
}

/// A value of `groups` (RFC 7643 §4.1.2).
fn group_value(group: &Group) -> Value {
    let member = |name: &str, text: &str| (name.to_owned(), Value::from(text));
    let members = [
        member("value", &group.id),
        member("display", &group.display),
    ];
    Value::Object(members.into_iter().collect())
}

#[cfg(test)]
mod tests;
