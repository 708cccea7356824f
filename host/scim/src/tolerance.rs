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

/// Constants for the names of deviations, each with the sentence for who reads the counts.
macro_rules! quirks {
    ($($constant:ident = $name:literal, $sentence:literal;)*) => {
        /// The names under which deviations are counted; stable, since the management API shows them.
        pub mod quirk {
            $(#[doc = $sentence] pub const $constant: &str = $name;)*

            /// What was forgiven under that name, in a sentence.
            pub fn sentence(name: &str) -> Option<&'static str> {
                match name {
                    $($constant => Some($sentence),)*
                    _ => None,
                }
            }
        }
    };
}

quirks! {
    OPERATION_CASE = "operation_case", "An operation of a PATCH was not in lower case (Replace).";
    STRING_BOOLEAN = "string_boolean", "A boolean came as a string (\"True\").";
    KEY_IS_PATH = "key_is_path", "An attribute's name was a path or began with a schema URI (name.givenName).";
    CREATED_BY_FILTER = "created_by_filter", "A value path matched nothing (emails[type eq \"work\"].value) and created the value it describes.";
    SHAPE = "shape", "A value came in another shape than its attribute's: bare, or wrapped in an object or an array.";
    REMOVE_WITH_LIST = "remove_with_list", "A removal listed what to remove in its value instead of its path.";
    REMOVE_WITH_VALUE = "remove_with_value", "A removal of an attribute came with a value, which says nothing there.";
    EMPTY_STRING = "empty_string", "An empty string stood for no value.";
    SCHEMA_URI = "schema_uri", "A schema URI was unknown or outdated.";
    MISSING_SCHEMA = "missing_schema", "A resource did not list its own schema in schemas.";
    BARE_EXTENSION_ATTRIBUTE = "bare_extension_attribute", "An extension's attribute stood outside of its extension (department).";
    READ_ONLY_IN_VALUE = "read_only_in_value", "A PATCH repeated what only the server sets (meta, groups), which was ignored.";
    BARE_FILTER_VALUE = "bare_filter_value", "A filter compared with a value without quotes (userName eq ada).";
    SCALAR_TYPE = "scalar_type", "A number or boolean came for a string, or a string for a number.";
    UNKNOWN_ATTRIBUTE = "unknown_attribute", "An attribute that no schema declares, or a member that a message does not have, was dropped.";
    UNDECLARED_EXTENSION = "undeclared_extension", "An extension that nobody declared was kept, or looked at, as it came.";
    SEVERAL_PRIMARY = "several_primary", "More than one value was primary; the first stayed.";
    RETURN_BY_CREATION = "return_by_creation", "The creation of a user that existed and was inactive brought it back, under the same id.";
    MESSAGE_ENVELOPE = "message_envelope", "A PATCH had no operations, or a message did not name its schema (or its bulkId).";
}

/// What was forgiven in one request: name of the [`quirk`] → how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tolerances(BTreeMap<&'static str, u32>);

impl Tolerances {
    /// One deviation.
    pub fn one(name: &'static str) -> Self {
        Self(BTreeMap::from([(name, 1)]))
    }

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
