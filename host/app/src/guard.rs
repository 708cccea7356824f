//! Plugins propose, the host disposes (invariant 3): what of a proposal takes effect, and why the rest
//! does not.

use std::collections::{HashMap, HashSet};

use rolecall_mapping::{Grant, Placement, Proposal};
use rolecall_store::AccessItem;
use serde::Serialize;

use crate::catalogue::Index;

/// The kind of an item of access that is a placement.
const PLACEMENT: &str = "tenant";

/// What a connection's decisions may reach.
#[derive(Debug, Default)]
pub(crate) struct Ground {
    /// The connection's subtree: key → facts.
    pub(crate) tenants: HashMap<String, Tenant>,
    pub(crate) catalogue: Index,
    /// The ceiling: the only roles this connection may grant.
    pub(crate) grantable: Option<HashSet<String>>,
}

#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) disabled: bool,
    pub(crate) plan: Option<String>,
}

/// An item that does not take effect.
#[derive(Debug, Serialize)]
pub(crate) struct RefusedItem {
    item: AccessItem,
    code: &'static str,
    detail: String,
}

type Refusal = (&'static str, String);

/// Splits a proposal into the access it gives and the items refused.
pub(crate) fn dispose(
    proposal: &Proposal,
    ground: &Ground,
    member_of: &HashSet<&str>,
) -> (Vec<AccessItem>, Vec<RefusedItem>) {
    let mut access: Vec<AccessItem> = Vec::new();
    let mut refused = Vec::new();
    let mut placed = HashSet::new();
    // There may be thousands, and each may be said twice.
    let mut known = HashSet::new();
    for placement in &proposal.placements {
        let item = placement_item(placement);
        let (placed_in, reason, groups) =
            (&*placement.tenant, &*placement.reason, &placement.groups);
        let verdict =
            came_from(&item, member_of).and_then(|()| may_place(ground, &placement.tenant));
        match verdict {
            Ok(()) => {
                placed.insert(placement.tenant.as_str());
                if known.insert((PLACEMENT, placed_in, placed_in, None, reason, &**groups)) {
                    access.push(item);
                }
            }
            Err((code, detail)) => refused.push(RefusedItem { item, code, detail }),
        }
    }
    for grant in &proposal.grants {
        let item = grant_item(grant);
        let verdict = came_from(&item, member_of).and_then(|()| may_grant(ground, &placed, grant));
        match verdict {
            Ok(()) => {
                let (tenant, kind, name) = (&*grant.tenant, &*grant.kind, &*grant.name);
                let object = grant.object.as_deref();
                if known.insert((kind, tenant, name, object, &*grant.reason, &*grant.groups)) {
                    access.push(item);
                }
            }
            Err((code, detail)) => refused.push(RefusedItem { item, code, detail }),
        }
    }
    (access, refused)
}

fn placement_item(placement: &Placement) -> AccessItem {
    AccessItem {
        tenant: placement.tenant.clone(),
        kind: PLACEMENT.to_owned(),
        name: placement.tenant.clone(),
        object: None,
        reason: placement.reason.clone(),
        groups: placement.groups.clone(),
    }
}

fn grant_item(grant: &Grant) -> AccessItem {
    AccessItem {
        tenant: grant.tenant.clone(),
        kind: grant.kind.clone(),
        name: grant.name.clone(),
        object: grant.object.clone(),
        reason: grant.reason.clone(),
        groups: grant.groups.clone(),
    }
}

/// An item can only come from groups the user is in: they are what ends it. And its texts are shown to
/// people and stored in databases.
fn came_from(item: &AccessItem, member_of: &HashSet<&str>) -> Result<(), Refusal> {
    let texts = [&item.tenant, &item.kind, &item.name, &item.reason];
    if texts
        .into_iter()
        .chain(&item.object)
        .any(|text| text.contains(char::is_control))
    {
        return Err(("invalid_text", "It contains control characters.".to_owned()));
    }
    match item
        .groups
        .iter()
        .find(|group| !member_of.contains(group.as_str()))
    {
        None => Ok(()),
        Some(group) => Err((
            "not_a_member",
            format!("It names the group {group:?}, which the user is not a member of."),
        )),
    }
}

fn may_place(ground: &Ground, tenant: &str) -> Result<(), Refusal> {
    match ground.tenants.get(tenant) {
        None => Err((
            "tenant_out_of_scope",
            format!("The tenant {tenant:?} is not in the connection's subtree."),
        )),
        Some(Tenant { disabled: true, .. }) => Err((
            "tenant_disabled",
            format!("The tenant {tenant:?} is disabled."),
        )),
        Some(_) => Ok(()),
    }
}

fn may_grant(ground: &Ground, placed: &HashSet<&str>, grant: &Grant) -> Result<(), Refusal> {
    let Grant {
        tenant,
        kind,
        name,
        object,
        ..
    } = grant;
    if !placed.contains(tenant.as_str()) {
        return Err((
            "not_placed",
            format!("The user has no place in the tenant {tenant:?}."),
        ));
    }
    match (kind.as_str(), object) {
        ("role", None) => may_grant_role(ground, name),
        ("feature", None) => may_grant_feature(ground, tenant, name),
        ("permission", None) => may_grant_permission(ground, name),
        ("permission", Some(object)) => may_grant_on_object(ground, name, object),
        ("role" | "feature", Some(_)) => Err((
            "object_not_allowed",
            format!("A {kind} is granted in a tenant, not on an object."),
        )),
        _ => Err((
            "unknown_kind",
            format!("{kind:?} is no kind of grant; use role, feature or permission."),
        )),
    }
}

fn may_grant_role(ground: &Ground, role: &str) -> Result<(), Refusal> {
    if !ground.catalogue.roles.contains_key(role) {
        return Err((
            "unknown_role",
            format!("The catalogue has no role {role:?}."),
        ));
    }
    if ground
        .grantable
        .as_ref()
        .is_some_and(|grantable| !grantable.contains(role))
    {
        return Err((
            "above_ceiling",
            format!("The connection may not grant the role {role:?} (see its grantable roles)."),
        ));
    }
    Ok(())
}

/// A tenant's plan bounds the features granted in it; without a plan there is no bound.
fn may_grant_feature(ground: &Ground, tenant: &str, feature: &str) -> Result<(), Refusal> {
    if !ground.catalogue.features.contains(feature) {
        return Err((
            "unknown_feature",
            format!("The catalogue has no feature {feature:?}."),
        ));
    }
    let plan = ground
        .tenants
        .get(tenant)
        .and_then(|tenant| tenant.plan.as_deref());
    let includes = |plan: &str| {
        ground
            .catalogue
            .plans
            .get(plan)
            .is_some_and(|features| features.contains(feature))
    };
    match plan {
        Some(plan) if !includes(plan) => Err((
            "plan",
            format!("The plan {plan:?} of the tenant {tenant:?} does not include {feature:?}."),
        )),
        _ => Ok(()),
    }
}

/// Under a ceiling, a permission may only be granted that a grantable role carries.
fn may_grant_permission(ground: &Ground, permission: &str) -> Result<(), Refusal> {
    if !ground.catalogue.permissions.contains(permission) {
        return Err((
            "unknown_permission",
            format!("The catalogue has no permission {permission:?}."),
        ));
    }
    let carried = |role: &String| {
        ground
            .catalogue
            .roles
            .get(role)
            .is_some_and(|carries| carries.contains(permission))
    };
    match &ground.grantable {
        Some(grantable) if !grantable.iter().any(carried) => Err((
            "above_ceiling",
            format!("No role that the connection may grant carries {permission:?}."),
        )),
        _ => Ok(()),
    }
}

fn may_grant_on_object(ground: &Ground, action: &str, object: &str) -> Result<(), Refusal> {
    let Some((object_type, id)) = object.split_once(':').filter(|(_, id)| !id.is_empty()) else {
        return Err((
            "invalid_object",
            format!("{object:?} is no object; write TYPE:ID."),
        ));
    };
    match ground.catalogue.object_types.get(object_type) {
        None => Err((
            "unknown_object_type",
            format!("The catalogue has no object type {object_type:?} (object {id:?})."),
        )),
        Some(actions) if !actions.contains(action) => Err((
            "unknown_action",
            format!("The object type {object_type:?} has no action {action:?}."),
        )),
        // A ceiling names roles; what lies outside all roles lies above it.
        Some(_) if ground.grantable.is_some() => Err((
            "above_ceiling",
            "The connection may grant nothing but the roles of its ceiling.".to_owned(),
        )),
        Some(_) => Ok(()),
    }
}
