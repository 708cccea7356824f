//! What settings may refer to: the tenants of the subtree and the catalogue.

use rolecall_plugin_sdk::{Problem, Setup};
use serde_json::Value;

use super::report::{Pointer, Report};
use crate::tenants::HOME;

/// Names that exist.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) tenants: Known,
    pub(super) roles: Known,
    pub(super) features: Known,
    pub(super) permissions: Known,
}

/// The names of one kind.
#[derive(Debug)]
pub(super) struct Known {
    what: &'static str,
    /// Where they are declared, for details.
    whence: &'static str,
    keys: Vec<String>,
}

impl Scope {
    /// Reads what the host says exists.
    pub(super) fn read(setup: &Setup) -> Result<Self, Problem> {
        let malformed = |what: &str, error: &serde_json::Error| {
            Problem::new("malformed_setup", format!("{what}: {error}"))
        };
        let catalogue: Value = serde_json::from_str(&setup.catalogue)
            .map_err(|error| malformed("catalogue", &error))?;
        let mut tenants: Vec<String> =
            serde_json::from_str(&setup.tenants).map_err(|error| malformed("tenants", &error))?;
        tenants.extend([setup.home.clone(), HOME.to_owned()]);
        let mut permissions = keys(&catalogue["permissions"]);
        for role in catalogue["roles"].as_array().into_iter().flatten() {
            permissions.extend(keys(&role["permissions"]));
        }
        let known = |what, keys| Known {
            what,
            whence: "the catalogue",
            keys,
        };
        Ok(Self {
            tenants: Known {
                what: "tenant",
                whence: "the connection's subtree",
                keys: tenants,
            },
            roles: known("role", keys(&catalogue["roles"])),
            features: known("feature", keys(&catalogue["features"])),
            permissions: known("permission", permissions),
        })
    }
}

impl Known {
    /// Reports a name that does not exist.
    pub(super) fn check(&self, name: &str, at: &Pointer, report: &mut Report) {
        if self.keys.iter().any(|key| key == name) {
            return;
        }
        let Self { what, whence, .. } = self;
        let hint = match self.nearest(name) {
            Some(near) => format!("did you mean {near:?}?"),
            None => match self.keys.as_slice() {
                [] => format!("it has no {what} at all; add one there first"),
                keys if keys.len() <= 10 => format!("there are {}", keys.join(", ")),
                _ => format!("add the {what} there first"),
            },
        };
        let detail = format!("{whence} has no {what} {name:?}; {hint}");
        report.add(at, &format!("unknown_{what}"), detail);
    }

    /// The name that is one slip of the keyboard away, or differs in case only.
    fn nearest(&self, name: &str) -> Option<&str> {
        let name = name.to_lowercase();
        let slips = |key: &&String| (distance(&name, &key.to_lowercase()), key.len());
        let nearest = self.keys.iter().min_by_key(slips)?;
        (distance(&name, &nearest.to_lowercase()) <= name.len().div_ceil(4)).then_some(nearest)
    }
}

/// Keys of a list of `{"key": …}`, or of texts.
fn keys(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items
        .filter_map(|item| item.as_str().or_else(|| item.get("key")?.as_str()))
        .map(str::to_owned)
        .collect()
}

/// How many characters to insert, delete or replace to make one of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (i, c) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, d) in other.chars().enumerate() {
            let replaced = diagonal + usize::from(c != d);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
