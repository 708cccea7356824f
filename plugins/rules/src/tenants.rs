//! The tenants slot: where a user belongs.

use rolecall_plugin_sdk::Placement;
use serde::{Deserialize, Serialize};

use crate::applies::Applies;
use crate::person::Person;
use crate::template::Template;

/// The rules of the slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) rules: Vec<Rule>,
    /// Where users go whom no rule places.
    pub(crate) default: Vec<String>,
}

/// Places those it applies to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) applies: Applies,
    pub(crate) tenants: Vec<Template<String>>,
}

/// How settings name the connection's own tenant.
pub(crate) const HOME: &str = "$home";

impl Table {
    /// The tenants of a person. Each comes once for everything it comes from, since it ends with
    /// that: once for each of several groups.
    pub(crate) fn place(&self, person: &Person<'_>, home: &str) -> Vec<Placement> {
        let mut placements = Vec::new();
        for rule in &self.rules {
            for found in rule.applies.to(person) {
                let named = rule
                    .tenants
                    .iter()
                    .filter_map(|template| found.render(template));
                for tenant in named.chain(found.listed.iter().cloned()) {
                    let tenant = or_home(tenant, home);
                    let reason =
                        format!("{} → tenant \"{tenant}\"{}", found.cause, rule.applies.by);
                    place(&mut placements, tenant, reason, &found.groups);
                }
            }
        }
        if placements.is_empty() {
            for tenant in &self.default {
                let tenant = or_home(tenant.clone(), home);
                let reason = format!("no rule applies → tenant \"{tenant}\" by default");
                place(&mut placements, tenant, reason, &[]);
            }
        }
        placements
    }
}

/// The key that a tenant's name in the settings stands for.
pub(crate) fn or_home(tenant: String, home: &str) -> String {
    if tenant == HOME {
        home.to_owned()
    } else {
        tenant
    }
}

fn place(placements: &mut Vec<Placement>, tenant: String, reason: String, groups: &[String]) {
    if !placements
        .iter()
        .any(|known| known.tenant == tenant && known.groups == groups)
    {
        let mut placement = Placement::new(tenant, reason);
        placement.groups = groups.to_vec();
        placements.push(placement);
    }
}

#[cfg(test)]
mod tests;
