//! `when`: a SCIM filter (RFC 7644 §3.4.2.2) over the user and its groups.
//!
//! An answer that came from groups says from which, because it ends with them. A filter does not
//! tell what made it true, so its groups are found by asking again with fewer of them.

mod trial;

use std::ops::Range;

use rolecall_scim::Filter;
use serde::{Deserialize, Serialize};

use crate::person::Person;
use trial::Trial;

/// A parsed filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Condition {
    filter: Filter,
    about_groups: bool,
    /// As it was written, for reasons.
    text: String,
}

/// What made a condition true: positions of groups, none if it was the user alone.
pub(crate) type Support = Vec<usize>;

/// How much of a filter a reason quotes, in characters.
const QUOTED: usize = 120;

impl Condition {
    /// A filter and its text.
    pub(crate) fn new(filter: Filter, text: &str) -> Self {
        let mut quoted: String = text.chars().take(QUOTED).collect();
        if quoted.len() < text.len() {
            quoted.push('…');
        }
        Self {
            about_groups: filter.mentions("groups"),
            filter,
            text: quoted,
        }
    }

    /// Its text, shortened.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is true of the person.
    pub(crate) fn holds(&self, person: &Person<'_>) -> bool {
        if self.about_groups {
            let mut trial = Trial::new(&self.filter, person);
            trial.holds(trial.all())
        } else {
            self.filter.matches(person.user)
        }
    }

    /// Everything that by itself makes it true; nothing if it is not.
    ///
    /// These are single groups, or one smallest set if no single group suffices.
    pub(crate) fn supports(&self, person: &Person<'_>) -> Vec<Support> {
        if !self.about_groups {
            return if self.filter.matches(person.user) {
                vec![Vec::new()]
            } else {
                Vec::new()
            };
        }
        let mut trial = Trial::new(&self.filter, person);
        let groups = trial.all();
        if !trial.holds(groups.clone()) {
            return Vec::new();
        }
        if trial.holds(std::iter::empty()) {
            return vec![Vec::new()];
        }
        let mut singles = Vec::new();
        add_singles(&mut trial, groups, &mut singles);
        if singles.is_empty() {
            vec![smallest(&mut trial, Vec::new())]
        } else {
            singles
        }
    }

    /// What makes it true together with the group at `base`, this one included; `None` if it is
    /// not.
    pub(crate) fn support_with(&self, person: &Person<'_>, base: usize) -> Option<Support> {
        if !self.about_groups {
            return self.filter.matches(person.user).then(|| vec![base]);
        }
        let mut trial = Trial::new(&self.filter, person);
        let groups = trial.all();
        trial
            .holds(groups.clone())
            .then(|| smallest(&mut trial, vec![base]))
    }
}

/// Adds those of the groups that suffice by themselves. Where some together do not, none of them is
/// asked about: a filter seldom gets falser with more groups, and then [`smallest`] finds one.
fn add_singles(trial: &mut Trial<'_>, among: Range<usize>, singles: &mut Vec<Support>) {
    if among.is_empty() || !trial.holds(among.clone()) {
        return;
    }
    if among.len() == 1 {
        return singles.push(vec![among.start]);
    }
    let middle = usize::midpoint(among.start, among.end);
    add_singles(trial, among.start..middle, singles);
    add_singles(trial, middle..among.end, singles);
}

/// Adds to `kept` the fewest of the groups that make a true condition true: the last one of the
/// shortest prefix that suffices, again and again, each prefix within the one before.
fn smallest(trial: &mut Trial<'_>, mut kept: Support) -> Support {
    let all = trial.all();
    let mut suffices = |kept: &Support, prefix: usize| {
        let prefix = (0..prefix).filter(|at| !kept.contains(at));
        trial.holds(kept.iter().copied().chain(prefix))
    };
    let mut prefix = all.end;
    while !suffices(&kept, 0) {
        let (mut too_few, mut enough) = (0, prefix);
        while enough - too_few > 1 {
            let middle = usize::midpoint(too_few, enough);
            if suffices(&kept, middle) {
                enough = middle;
            } else {
                too_few = middle;
            }
        }
        if enough == 0 {
            // A condition on groups that are absent: no small set stands for it.
            return all.collect();
        }
        prefix = enough - 1;
        if !kept.contains(&prefix) {
            kept.push(prefix);
        }
    }
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests;
