//! The catalogue: what an environment's product can grant, declared ahead of time.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{FieldError, Problem};

/// The whole document, as `PUT /v1/catalog` takes it. Keys are unique within their list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Catalogue {
    pub roles: Vec<Role>,
    pub permissions: Vec<Entry>,
    pub features: Vec<Entry>,
    pub plans: Vec<Plan>,
    pub object_types: Vec<ObjectType>,
}

/// A role carries permissions.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// A permission or a feature.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What a tenant subscribed to: grants of other features are refused there.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default)]
    pub features: Vec<String>,
}

/// A kind of object that permissions can be granted on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectType {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default)]
    pub actions: Vec<String>,
}

/// A key of the catalogue or of a tenant: what programs write.
pub(crate) fn is_key(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/');
    (1..=128).contains(&text.len()) && text.chars().all(allowed)
}

pub(crate) const KEY_RULE: &str =
    "A key is 1 to 128 letters, digits or any of - _ . : / without spaces.";

impl Catalogue {
    /// Checks keys and references; every mistake with its pointer.
    pub fn validate(&self) -> Result<(), Problem> {
        let mut errors = Vec::new();
        let mut error = |pointer: String, code: &str, detail: String| {
            errors.push(FieldError {
                pointer,
                code: code.to_owned(),
                detail,
            });
        };
        let lists: [(&str, Vec<&str>); 5] = [
            (
                "roles",
                self.roles.iter().map(|entry| &*entry.key).collect(),
            ),
            (
                "permissions",
                self.permissions.iter().map(|entry| &*entry.key).collect(),
            ),
            (
                "features",
                self.features.iter().map(|entry| &*entry.key).collect(),
            ),
            (
                "plans",
                self.plans.iter().map(|entry| &*entry.key).collect(),
            ),
            (
                "object_types",
                self.object_types.iter().map(|entry| &*entry.key).collect(),
            ),
        ];
        for (list, keys) in lists {
            let mut seen = HashSet::new();
            for (index, key) in keys.into_iter().enumerate() {
                let pointer = format!("/{list}/{index}/key");
                if !is_key(key) {
                    error(
                        pointer,
                        "invalid_key",
                        format!("{key:?} is no key. {KEY_RULE}"),
                    );
                } else if !seen.insert(key) {
                    error(
                        pointer,
                        "duplicate_key",
                        format!("{key:?} stands twice in {list}."),
                    );
                }
            }
        }
        let permissions: HashSet<&str> = self.permissions.iter().map(|entry| &*entry.key).collect();
        for (index, role) in self.roles.iter().enumerate() {
            for (at, permission) in role.permissions.iter().enumerate() {
                if !permissions.contains(&**permission) {
                    error(
                        format!("/roles/{index}/permissions/{at}"),
                        "unknown_permission",
                        format!("{permission:?} is not declared under permissions."),
                    );
                }
            }
        }
        let features: HashSet<&str> = self.features.iter().map(|entry| &*entry.key).collect();
        for (index, plan) in self.plans.iter().enumerate() {
            for (at, feature) in plan.features.iter().enumerate() {
                if !features.contains(&**feature) {
                    error(
                        format!("/plans/{index}/features/{at}"),
                        "unknown_feature",
                        format!("{feature:?} is not declared under features."),
                    );
                }
            }
        }
        if errors.is_empty() {
            return Ok(());
        }
        let detail = format!(
            "The catalogue has {} mistake(s); nothing was changed.",
            errors.len()
        );
        Err(Problem::refused("invalid_catalogue", detail).with(errors))
    }

    pub(crate) fn index(&self) -> Index {
        Index {
            roles: self
                .roles
                .iter()
                .map(|role| (role.key.clone(), role.permissions.iter().cloned().collect()))
                .collect(),
            permissions: self
                .permissions
                .iter()
                .map(|entry| entry.key.clone())
                .collect(),
            features: self
                .features
                .iter()
                .map(|entry| entry.key.clone())
                .collect(),
            plans: self
                .plans
                .iter()
                .map(|plan| (plan.key.clone(), plan.features.iter().cloned().collect()))
                .collect(),
            object_types: self
                .object_types
                .iter()
                .map(|object| (object.key.clone(), object.actions.iter().cloned().collect()))
                .collect(),
        }
    }
}

/// The catalogue by key.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Role → permissions.
    pub(crate) roles: HashMap<String, HashSet<String>>,
    pub(crate) permissions: HashSet<String>,
    pub(crate) features: HashSet<String>,
    /// Plan → features.
    pub(crate) plans: HashMap<String, HashSet<String>>,
    /// Object type → actions.
    pub(crate) object_types: HashMap<String, HashSet<String>>,
}
