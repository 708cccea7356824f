//! The rule table as its author writes it: `schema.json` in Rust.
//!
//! One document serves all three slots; each reads its own part, and `refuse`. Unknown names are
//! refused by the schema, which the host applies first; texts are parsed by `prepare`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::transform::Transform;

/// JSON Schema (2020-12) of [`Settings`].
pub(crate) const SCHEMA: &str = include_str!("settings/schema.json");

/// The whole document.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) refuse: Vec<Refusal>,
    pub(crate) profile: Profile,
    pub(crate) tenants: Tenants,
    pub(crate) roles: Roles,
}

/// Whom the tenant's rules do not admit.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) when: String,
    pub(crate) message: String,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    /// Whether the standard fields are there besides `fields`.
    pub(crate) standard: bool,
    /// Each an optional [`Field`], in the author's order; `null` takes a standard field away.
    pub(crate) fields: Map<String, Value>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            standard: true,
            fields: Map::new(),
        }
    }
}

/// Where a profile field comes from. Texts are attribute paths, or templates if they have braces.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Field {
    From(OneOrMany),
    Detailed(DetailedField),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DetailedField {
    pub(crate) from: Option<OneOrMany>,
    #[serde(deserialize_with = "present")]
    pub(crate) constant: Option<Value>,
    pub(crate) all: bool,
    pub(crate) transform: Vec<Transform>,
    #[serde(deserialize_with = "present")]
    pub(crate) default: Option<Value>,
}

/// Keeps `null` apart from nothing.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tenants {
    pub(crate) rules: Vec<TenantRule>,
    /// Where users go whom no rule places; `$home` if not given.
    pub(crate) default: Option<OneOrMany>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Roles {
    pub(crate) rules: Vec<RoleRule>,
    pub(crate) conflict: Conflict,
    /// What users have in a tenant where no rule gives them a role.
    pub(crate) default_role: Option<String>,
}

/// What happens when rules give one user several roles in one tenant.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Conflict {
    /// All of them.
    #[default]
    Union,
    /// Those of the first rule that applies.
    Priority,
    /// None of them.
    FailClosed,
}

/// Places the users it applies to.
#[derive(Debug, Deserialize)]
pub(crate) struct TenantRule {
    #[serde(flatten)]
    pub(crate) applies: Applies,
    pub(crate) tenant: Option<OneOrMany>,
}

/// Gives something to the users it applies to.
#[derive(Debug, Deserialize)]
pub(crate) struct RoleRule {
    #[serde(flatten)]
    pub(crate) applies: Applies,
    pub(crate) role: Option<OneOrMany>,
    pub(crate) feature: Option<OneOrMany>,
    pub(crate) permission: Option<OneOrMany>,
    /// What the permission is on, as `type:id`.
    pub(crate) object: Option<String>,
    /// In which of the user's tenants; all if not given.
    pub(crate) tenant: Option<OneOrMany>,
}

/// To whom a rule applies: one of `group`, `pattern` and `attribute`, or everybody; and of those,
/// whom `when` matches.
#[derive(Debug, Deserialize)]
pub(crate) struct Applies {
    /// For people.
    pub(crate) name: Option<String>,
    pub(crate) group: Option<OneOrMany>,
    pub(crate) pattern: Option<String>,
    pub(crate) attribute: Option<String>,
    /// With `attribute`: from its value to a tenant or role.
    pub(crate) values: Option<BTreeMap<String, OneOrMany>>,
    /// With `pattern`: for a part, from what it takes to what it stands for.
    #[serde(default)]
    pub(crate) parts: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) when: Option<String>,
}

/// A text, or a list of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// The texts, and whether they stand in a list (and so have a place of their own).
    pub(crate) fn texts(&self) -> (&[String], bool) {
        match self {
            Self::One(text) => (std::slice::from_ref(text), false),
            Self::Many(texts) => (texts, true),
        }
    }
}
