//! Strict or tolerant, per connection; and what was forgiven, so that the tenant can see it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// How far a connection's IdP may leave the RFCs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// Known habits of identity providers are normalised, and counted in [`Tolerances`].
    #[default]
    Tolerant,
    /// What the RFCs don't allow is refused.
    Strict,
}

/// The names under which deviations are counted: those of the normalisation table, and a few of our own.
pub mod quirk {
    /// `"op": "Replace"`.
    pub const OP_CASE: &str = "N1";
    /// `"True"` for `true`, in bodies and PATCH values.
    pub const STRING_BOOLEAN: &str = "N2";
    /// A value without path whose keys are paths.
    pub const KEY_IS_PATH: &str = "N3";
    /// A value path that matches nothing and creates what it describes.
    pub const CREATED_BY_FILTER: &str = "N5";
    /// A value in another shape than its attribute: bare, wrapped in an object or an array.
    pub const SHAPE: &str = "N7";
    /// `remove` with a list of what to remove.
    pub const REMOVE_WITH_LIST: &str = "N8";
    /// `remove` of an attribute with a value that says nothing.
    pub const REMOVE_WITH_VALUE: &str = "N9";
    /// `""` for no value.
    pub const EMPTY_STRING: &str = "N10";
    /// An unknown or outdated schema URI.
    pub const SCHEMA_URI: &str = "N12";
    /// An extension's attribute outside of the extension.
    pub const BARE_EXTENSION_ATTRIBUTE: &str = "N13";
    /// `id`, `meta`, `groups` or `password` in a PATCH value.
    pub const READ_ONLY_IN_VALUE: &str = "N14";
    /// A number or boolean for a string, or a string for a number.
    pub const SCALAR_TYPE: &str = "type";
    /// An attribute that no schema declares, dropped.
    pub const UNKNOWN_ATTRIBUTE: &str = "unknown";
    /// An attribute of an extension that nobody declared, kept as it came.
    pub const UNDECLARED_EXTENSION: &str = "undeclared";
    /// More than one primary value; the first stays.
    pub const PRIMARY: &str = "primary";
    /// A PATCH without operations, or without its schema.
    pub const PATCH_ENVELOPE: &str = "envelope";
}

/// What was forgiven in one request: name of the [`quirk`] → how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tolerances(BTreeMap<&'static str, u32>);

impl Tolerances {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names with their counts, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u32)> + '_ {
        self.0.iter().map(|(name, count)| (*name, *count))
    }

    /// Adds the counts of another request, or of another part of this one.
    pub fn merge(&mut self, other: &Self) {
        for (name, count) in other.iter() {
            let sum = self.0.entry(name).or_default();
            *sum = sum.saturating_add(count);
        }
    }

    pub(crate) fn note(&mut self, name: &'static str) {
        let count = self.0.entry(name).or_default();
        *count = count.saturating_add(1);
    }
}
