//! Schemas as data (RFC 7643 §7): what attributes there are and how they behave.

mod check;
mod model;
mod set;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use check::Mistake;
pub use model::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};
pub use set::SchemaSet;
pub(crate) use set::has_urn_prefix;

/// The core schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of users (RFC 7643 §4.3).
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A kind of resource (RFC 7643 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ResourceType {
    User,
    Group,
}

impl ResourceType {
    pub const ALL: [Self; 2] = [Self::User, Self::Group];

    /// `User`: `meta.resourceType`, and the id of the resource type.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// `/Users`: relative to the SCIM base URL.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }

    /// The one at that endpoint: `Users`, with or without its slash.
    pub fn at(endpoint: &str) -> Option<Self> {
        let named = |kind: &Self| {
            kind.endpoint().strip_prefix('/') == Some(endpoint) || kind.endpoint() == endpoint
        };
        Self::ALL.into_iter().find(named)
    }

    /// The URN of the core schema.
    pub fn schema(self) -> &'static str {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
        }
    }
}
