//! A case: somebody to decide about, on which ground, and what should come of it. One JSON file.

use rolecall_mapping::Slot;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::catalogue::Catalogue;

/// What a plugin is tried with. Everything but `user` may be left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Case {
    /// What it is about, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Key of the connection's tenant; `home` if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// A SCIM User as the IdP would send it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Value>,
    /// The user's groups: names, or objects with `value`, `display` and `externalId`. Names get the ids `g1`, `g2`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<Value>>,
    /// Settings of every slot that the plugin fills.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// Slot by slot instead: which plugin, with which settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping: Option<CaseMapping>,
    /// The connection's subtree: keys, or objects with `key`, `plan` and `disabled`. Without it, every tenant is
    /// taken to be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenants: Option<Vec<CaseTenant>>,
    /// What can be granted, as `PUT /v1/catalog` takes it. Without it, every grant is taken to be in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<Catalogue>,
    /// The connection's ceiling: the only roles it may grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grantable: Option<Vec<String>>,
    /// What should come of it. Of objects the members given here are compared, lists as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
    /// The decision this case was taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Recorded>,
}

/// What fills the slots.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CaseMapping {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<CaseSlot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenants: Option<CaseSlot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<CaseSlot>,
}

impl CaseMapping {
    pub(super) fn slot(&self, slot: Slot) -> Option<&CaseSlot> {
        match slot {
            Slot::Attributes => self.attributes.as_ref(),
            Slot::Tenants => self.tenants.as_ref(),
            Slot::Roles => self.roles.as_ref(),
        }
    }
}

/// A plugin with its settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CaseSlot {
    /// Digest of a component, or `rules`; by default the plugin that is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// What this plugin's `prepare` made of these settings, base64. Recorded, since it depends on the catalogue
    /// and the tenants of that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepared: Option<String>,
}

/// A tenant of the subtree.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum CaseTenant {
    Key(String),
    Facts(TenantFacts),
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantFacts {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

/// What should come of a case, as `plugin run --json` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// `active`, `refused`, `pending` (the plugin failed) or `inactive` (no plugin is asked).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placements: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<Value>,
    /// Items that the host does not let take effect: `item`, `code`, `detail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Value>,
    /// Why there is no decision: `code`, `detail`, `path`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Value>,
}

/// Where a case comes from. `user` and `groups` are then exactly what the plugins were given.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Id of the user.
    pub user: String,
    /// Id of the connection.
    pub connection: String,
    /// Revision of the mapping; 0 is the stock mapping.
    pub revision: i64,
    /// RFC 3339.
    pub decided_at: String,
    /// The user or its groups have changed since: the case is what they are now.
    pub changed_since: bool,
    /// As in the decision: digests of input, settings and output, and fuel, slot by slot.
    pub receipt: Value,
}
