//! The part `tenants` of the settings, checked.

use super::applies::applies;
use super::report::{Pointer, Report};
use super::scope::Scope;
use super::targets::Targets;
use crate::applies::Through;
use crate::settings::{OneOrMany, TenantRule, Tenants};
use crate::template::Template;
use crate::tenants::{HOME, Rule, Table};

pub(super) fn table(settings: &Tenants, scope: &Scope, at: &Pointer, report: &mut Report) -> Table {
    let mut rules: Vec<Rule> = Vec::new();
    let mut everybody = None;
    for (position, written) in settings.rules.iter().enumerate() {
        let at = at.at("rules").at(position);
        let Some(rule) = rule(written, position + 1, scope, &at, report) else {
            continue;
        };
        let same = |earlier: &&Rule| {
            earlier.applies.is_same_as(&rule.applies) && earlier.tenants == rule.tenants
        };
        if let Some(earlier) = rules.iter().find(same) {
            let detail = format!("the same is done{} already; remove one", earlier.applies.by);
            report.add(&at, "duplicate_rule", detail);
        }
        if rule.applies.is_unconditional() {
            everybody.get_or_insert(position + 1);
        }
        rules.push(rule);
    }
    if let (Some(number), Some(_)) = (everybody, &settings.default) {
        let detail = format!("rule {number} places everybody, so nobody is left for default");
        report.add(&at.at("default"), "unreachable_default", detail);
    }
    Table {
        rules,
        default: default(settings.default.as_ref(), scope, at, report),
    }
}

fn rule(
    written: &TenantRule,
    number: usize,
    scope: &Scope,
    at: &Pointer,
    report: &mut Report,
) -> Option<Rule> {
    let applies = applies(&written.applies, number, at, report);
    let targets = Targets {
        settings: &written.applies,
        applies: applies.as_ref(),
        at,
    };
    targets.check_values(&scope.tenants, report);
    let mut tenants = targets.names("tenant", written.tenant.as_ref(), &scope.tenants, report);
    let applies = applies?;
    match (&written.tenant, &applies.through) {
        (
            Some(_),
            Through::Attribute {
                values: Some(_), ..
            },
        ) => {
            let detail =
                "values say the tenant already; remove \"tenant\", or make it another rule";
            report.add(&at.at("tenant"), "values_and_tenant", detail);
        }
        // What stands there is the key of the tenant.
        (None, Through::Attribute { values: None, .. }) => {
            tenants.extend(Template::parse("{value}").ok());
        }
        (Some(_), _) | (None, Through::Attribute { .. }) => {}
        (None, _) => {
            let detail = "the rule names no tenant; add \"tenant\"";
            report.add(at, "gives_nothing", detail);
        }
    }
    Some(Rule { applies, tenants })
}

fn default(
    settings: Option<&OneOrMany>,
    scope: &Scope,
    at: &Pointer,
    report: &mut Report,
) -> Vec<String> {
    let Some(default) = settings else {
        return vec![HOME.to_owned()];
    };
    let at = at.at("default");
    let (keys, listed) = default.texts();
    for (position, key) in keys.iter().enumerate() {
        scope.tenants.check(
            key,
            &if listed { at.at(position) } else { at.clone() },
            report,
        );
    }
    keys.to_vec()
}
