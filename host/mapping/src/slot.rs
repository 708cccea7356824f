//! The three slots of a mapping.

use serde::{Deserialize, Serialize};

/// What a plugin is asked for, in the order of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Slot {
    /// user, groups → profile
    Attributes,
    /// user, groups, profile → placements
    Tenants,
    /// user, groups, profile, placements → grants
    Roles,
}

impl Slot {
    /// All three, in the order a decision calls them.
    pub const ALL: [Self; 3] = [Self::Attributes, Self::Tenants, Self::Roles];

    /// The name of the slot, which is that of its interface in the WIT.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::Tenants => "tenants",
            Self::Roles => "roles",
        }
    }
}

impl std::fmt::Display for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
