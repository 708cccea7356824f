//! The roles slot: what a user may do in its tenants.

use rolecall_plugin_sdk::{Grant, Placement, log};
use serde::{Deserialize, Serialize};

use crate::applies::{Applies, Match};
use crate::person::Person;
use crate::settings::Conflict;
use crate::template::Template;
use crate::tenants::or_home;

/// The rules of the slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) rules: Vec<Rule>,
    pub(crate) conflict: Conflict,
    pub(crate) default_role: Option<String>,
}

/// Gives something to those it applies to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) applies: Applies,
    pub(crate) roles: Vec<Template<String>>,
    pub(crate) features: Vec<Template<String>>,
    pub(crate) permissions: Vec<Template<String>>,
    pub(crate) object: Option<Template<String>>,
    /// In which of the person's tenants; all if empty.
    pub(crate) tenants: Vec<Template<String>>,
}

/// A role that a rule would give, before conflicts are settled.
struct Candidate {
    /// Position of the rule.
    rule: usize,
    grant: Grant,
}

impl Table {
    /// What a person gets in the tenants it was placed in.
    pub(crate) fn grant(
        &self,
        person: &Person<'_>,
        placements: &[Placement],
        home: &str,
    ) -> Vec<Grant> {
        let mut tenants: Vec<&str> = Vec::new();
        for placement in placements {
            if !tenants.contains(&placement.tenant.as_str()) {
                tenants.push(&placement.tenant);
            }
        }
        let mut grants = Vec::new();
        let mut candidates = Vec::new();
        for (position, rule) in self.rules.iter().enumerate() {
            for found in rule.applies.to(person) {
                for tenant in rule.among(&tenants, &found, home) {
                    rule.give(position, &found, tenant, &mut candidates, &mut grants);
                }
            }
        }
        let mut settled = Vec::new();
        for tenant in tenants {
            let here =
                candidates.extract_if(.., |role: &mut Candidate| role.grant.tenant == tenant);
            let here: Vec<Candidate> = here.collect();
            if here.is_empty() {
                self.give_default(tenant, placements, &mut settled);
            } else {
                settle(self.conflict, tenant, here, &mut settled);
            }
        }
        settled.append(&mut grants);
        settled
    }

    /// The default role in a tenant; it ends with the placement it comes with.
    fn give_default(&self, tenant: &str, placements: &[Placement], grants: &mut Vec<Grant>) {
        let Some(role) = &self.default_role else {
            return;
        };
        for placement in placements
            .iter()
            .filter(|placement| placement.tenant == tenant)
        {
            let reason =
                format!("no rule gives a role in \"{tenant}\" → role \"{role}\" by default");
            let mut grant = Grant::role(tenant, role, reason);
            grant.groups.clone_from(&placement.groups);
            push(grants, grant);
        }
    }
}

impl Rule {
    /// In which of the person's tenants it gives something.
    fn among<'t>(&self, tenants: &[&'t str], found: &Match<'_>, home: &str) -> Vec<&'t str> {
        if self.tenants.is_empty() {
            return tenants.to_vec();
        }
        let named = self
            .tenants
            .iter()
            .filter_map(|template| found.render(template));
        let placed = named.filter_map(|named| {
            let named = or_home(named, home);
            let placed = tenants.iter().find(|tenant| **tenant == named).copied();
            if placed.is_none() {
                let (cause, by) = (&found.cause, &self.applies.by);
                log::debug(&format!(
                    "{cause}{by}: the user is not in tenant \"{named}\""
                ));
            }
            placed
        });
        placed.collect()
    }

    fn give(
        &self,
        position: usize,
        found: &Match<'_>,
        tenant: &str,
        roles: &mut Vec<Candidate>,
        grants: &mut Vec<Grant>,
    ) {
        let because = |mut grant: Grant| {
            let (kind, name) = (&grant.kind, &grant.name);
            grant.reason = format!("{} → {kind} \"{name}\"{}", found.cause, self.applies.by);
            grant.groups.clone_from(&found.groups);
            grant
        };
        let names = |templates: &[Template<String>]| -> Vec<String> {
            templates
                .iter()
                .filter_map(|template| found.render(template))
                .collect()
        };
        for name in names(&self.roles)
            .into_iter()
            .chain(found.listed.iter().cloned())
        {
            let grant = because(Grant::role(tenant, name, ""));
            roles.push(Candidate {
                rule: position,
                grant,
            });
        }
        for name in names(&self.features) {
            push(grants, because(Grant::feature(tenant, name, "")));
        }
        for name in names(&self.permissions) {
            let mut grant = because(Grant::permission(tenant, name, ""));
            if let Some(object) = &self.object {
                // Without its object a permission would be on all objects.
                let Some(object) = found.render(object) else {
                    continue;
                };
                grant.object = Some(object);
            }
            push(grants, grant);
        }
    }
}

/// Of the roles that rules would give in one tenant, adds those that the strategy lets through.
fn settle(conflict: Conflict, tenant: &str, mut roles: Vec<Candidate>, grants: &mut Vec<Grant>) {
    match conflict {
        Conflict::Union => {}
        Conflict::Priority => {
            let first = roles.iter().map(|role| role.rule).min();
            roles.retain(|role| Some(role.rule) == first);
        }
        Conflict::FailClosed => {
            let agreed = roles
                .windows(2)
                .all(|pair| pair[0].grant.name == pair[1].grant.name);
            if !agreed {
                let reasons = roles.iter().map(|role| role.grant.reason.as_str());
                let reasons = reasons.collect::<Vec<_>>().join("; ");
                log::warn(&format!(
                    "roles conflict in tenant \"{tenant}\", so none is given (fail-closed): {reasons}"
                ));
                return;
            }
        }
    }
    for role in roles {
        push(grants, role.grant);
    }
}

/// Adds a grant unless the same comes from the same groups already.
fn push(grants: &mut Vec<Grant>, grant: Grant) {
    let same = |known: &Grant| {
        known.tenant == grant.tenant
            && known.kind == grant.kind
            && known.name == grant.name
            && known.object == grant.object
            && known.groups == grant.groups
    };
    if !grants.iter().any(same) {
        grants.push(grant);
    }
}

#[cfg(test)]
mod tests;
