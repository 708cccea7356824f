//! Asking a filter about a user as if it were in some of its groups only.

use std::cell::RefMut;
use std::ops::Range;

use rolecall_scim::{Filter, Object};
use serde_json::Value;

use crate::person::Person;

/// A filter, and of the user what it may look at.
pub(super) struct Trial<'t> {
    filter: &'t Filter,
    user: Object,
    /// In the order of the user's groups; those being asked about are with the user meanwhile.
    groups: RefMut<'t, Vec<Value>>,
}

const GROUPS: &str = "groups";

impl<'t> Trial<'t> {
    pub(super) fn new(filter: &'t Filter, person: &'t Person<'_>) -> Self {
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
            groups: person.group_values(),
        }
    }

    /// Positions of all groups.
    pub(super) fn all(&self) -> Range<usize> {
        0..self.groups.len()
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
