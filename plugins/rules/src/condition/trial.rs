//! Asking a filter about a user as if it were in some of its groups only.

use rolecall_plugin_sdk::Group;
use rolecall_scim::{Filter, Object};
use serde_json::Value;

use crate::person::Person;

/// A filter, and of the user what it may look at.
pub(super) struct Trial<'f> {
    filter: &'f Filter,
    user: Object,
    /// In the order of the user's groups; those being asked about are with the user meanwhile.
    groups: Vec<Value>,
}

const GROUPS: &str = "groups";

impl<'f> Trial<'f> {
    pub(super) fn new(filter: &'f Filter, person: &Person<'_>) -> Self {
        // A filter says which attributes it mentions, but not of which extension.
        let seen = |name: &str| name.starts_with("urn:") || filter.mentions(name);
        let members = person.user.iter().filter(|(name, _)| seen(name));
        let mut user: Object = members
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        user.insert(GROUPS.to_owned(), Value::Array(Vec::new()));
        Self {
            filter,
            user,
            groups: person.groups().iter().map(group).collect(),
        }
    }

    /// Whether the user would match in the groups at these positions.
    pub(super) fn holds(&mut self, among: impl Iterator<Item = usize>) -> bool {
        let among: Vec<usize> = among.collect();
        let shown = among.iter().map(|at| self.groups[*at].take()).collect();
        self.show(shown);
        let holds = self.filter.matches(&self.user);
        for (at, group) in among.into_iter().zip(self.show(Vec::new())) {
            self.groups[at] = group;
        }
        holds
    }

    /// Puts the user into groups; returns those it was in.
    fn show(&mut self, groups: Vec<Value>) -> Vec<Value> {
        match self.user.get_mut(GROUPS) {
            Some(Value::Array(shown)) => std::mem::replace(shown, groups),
            _ => Vec::new(),
        }
    }
}

fn group(group: &Group) -> Value {
    let member = |name: &str, text: &str| (name.to_owned(), Value::from(text));
    Value::Object(Object::from_iter([
        member("value", &group.id),
        member("display", &group.display),
    ]))
}
