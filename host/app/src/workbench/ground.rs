//! The ground of a case, for the same guard that stands in the server.

use rolecall_mapping::Proposal;

use super::case::{Case, CaseTenant, TenantFacts};
use crate::catalogue::{Catalogue, Entry, ObjectType, Role};
use crate::guard::{Ground, Tenant};

/// What a case does not say, and so nothing was checked against.
pub(super) fn unchecked(case: &Case) -> Vec<&'static str> {
    let missing = [
        ("tenants", case.tenants.is_none()),
        ("catalogue", case.catalogue.is_none()),
    ];
    let missing = missing.into_iter().filter(|(_, missing)| *missing);
    missing.map(|(name, _)| name).collect()
}

/// As the case has it. Where it says nothing, whatever is proposed is taken to be there.
pub(super) fn ground(case: &Case, home: &str, proposal: Option<&Proposal>) -> Ground {
    let mut tenants: Vec<TenantFacts> = if let Some(tenants) = &case.tenants {
        tenants.iter().map(facts).collect()
    } else {
        let proposed = proposal.map_or(&[][..], |proposal| &proposal.placements);
        let proposed = proposed.iter();
        proposed.map(|placement| plain(&placement.tenant)).collect()
    };
    if tenants.iter().all(|tenant| tenant.key != home) {
        tenants.push(plain(home));
    }
    let catalogue = match (&case.catalogue, proposal) {
        (Some(catalogue), _) => catalogue.clone(),
        (None, Some(proposal)) => assumed(proposal),
        (None, None) => Catalogue::default(),
    };
    let tenants = tenants.into_iter().map(|tenant| {
        let TenantFacts {
            key,
            plan,
            disabled,
        } = tenant;
        (key, Tenant { disabled, plan })
    });
    Ground {
        tenants: tenants.collect(),
        catalogue: catalogue.index(),
        grantable: case
            .grantable
            .clone()
            .map(|roles| roles.into_iter().collect()),
    }
}

fn facts(tenant: &CaseTenant) -> TenantFacts {
    match tenant {
        CaseTenant::Key(key) => plain(key),
        CaseTenant::Facts(facts) => facts.clone(),
    }
}

fn plain(key: &str) -> TenantFacts {
    TenantFacts {
        key: key.to_owned(),
        plan: None,
        disabled: false,
    }
}

/// A catalogue with everything that is granted.
fn assumed(proposal: &Proposal) -> Catalogue {
    let mut catalogue = Catalogue::default();
    for grant in &proposal.grants {
        let key = grant.name.clone();
        let entry = Entry {
            key: key.clone(),
            name: None,
        };
        match (grant.kind.as_str(), grant.object.as_deref()) {
            ("role", _) => catalogue.roles.push(Role {
                key,
                name: None,
                permissions: vec![],
            }),
            ("feature", _) => catalogue.features.push(entry),
            ("permission", None) => catalogue.permissions.push(entry),
            (_, Some(object)) => assume_action(&mut catalogue, object, key),
            _ => {}
        }
    }
    catalogue
}

fn assume_action(catalogue: &mut Catalogue, object: &str, action: String) {
    let kind = object.split(':').next().unwrap_or_default();
    let known = catalogue
        .object_types
        .iter_mut()
        .find(|known| known.key == kind);
    match known {
        Some(known) => known.actions.push(action),
        None => catalogue.object_types.push(ObjectType {
            key: kind.to_owned(),
            name: None,
            actions: vec![action],
        }),
    }
}
