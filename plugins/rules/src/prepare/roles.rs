//! The part `roles` of the settings, checked.

use super::applies::applies;
use super::report::{Pointer, Report};
use super::scope::Scope;
use super::targets::Targets;
use crate::applies::Through;
use crate::roles::{Rule, Table};
use crate::settings::{Conflict, RoleRule, Roles};

pub(super) fn table(settings: &Roles, scope: &Scope, at: &Pointer, report: &mut Report) -> Table {
    let mut rules: Vec<Rule> = Vec::new();
    for (position, written) in settings.rules.iter().enumerate() {
        let at = at.at("rules").at(position);
        let Some(rule) = rule(written, position + 1, scope, &at, report) else {
            continue;
        };
        check_reach(&rule, &rules, settings.conflict, &at, report);
        rules.push(rule);
    }
    if let Some(role) = &settings.default_role {
        let at = at.at("default_role");
        scope.roles.check(role, &at, report);
        if let Some(rule) = rules.iter().find(|rule| rule.gives_everybody_a_role()) {
            let by = rule.applies.by.trim_start_matches(" by ");
            let detail = format!("{by} gives everybody a role, so nobody is left for it");
            report.add(&at, "unreachable_default", detail);
        }
    }
    Table {
        rules,
        conflict: settings.conflict,
        default_role: settings.default_role.clone(),
    }
}

fn rule(
    written: &RoleRule,
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
    targets.check_values(&scope.roles, report);
    let roles = targets.names("role", written.role.as_ref(), &scope.roles, report);
    let features = targets.names("feature", written.feature.as_ref(), &scope.features, report);
    let permissions = targets.names(
        "permission",
        written.permission.as_ref(),
        &scope.permissions,
        report,
    );
    let tenants = targets.names("tenant", written.tenant.as_ref(), &scope.tenants, report);
    let object = written.object.as_ref().and_then(|text| {
        let at = at.at("object");
        if written.permission.is_none() {
            let detail = "an object is what a permission is on; add \"permission\"";
            report.add(&at, "object_without_permission", detail);
        }
        targets.template(text, &at, report)
    });
    let gives = [&written.role, &written.feature, &written.permission];
    if gives.iter().all(|names| names.is_none()) && written.applies.values.is_none() {
        let detail = "the rule gives nothing; add \"role\", \"feature\" or \"permission\"";
        report.add(at, "gives_nothing", detail);
    }
    Some(Rule {
        applies: applies?,
        roles,
        features,
        permissions,
        object,
        tenants,
    })
}

/// Reports a rule that earlier ones leave nothing to do, or that can only do harm.
fn check_reach(
    rule: &Rule,
    earlier: &[Rule],
    conflict: Conflict,
    at: &Pointer,
    report: &mut Report,
) {
    if let Some(same) = earlier
        .iter()
        .find(|earlier| earlier.gives_the_same_as(rule))
    {
        let detail = format!("the same is done{} already; remove one", same.applies.by);
        return report.add(at, "duplicate_rule", detail);
    }
    if !rule.gives_roles() {
        return;
    }
    let in_the_way = earlier.iter().find(|earlier| match conflict {
        Conflict::Union => false,
        Conflict::Priority => {
            earlier.gives_everybody_a_role()
                || earlier.gives_roles()
                    && earlier.applies.is_same_as(&rule.applies)
                    && earlier.tenants == rule.tenants
        }
        Conflict::FailClosed => {
            (earlier.gives_everybody_a_role() || rule.gives_everybody_a_role())
                && earlier.roles != rule.roles
        }
    });
    let Some(earlier) = in_the_way else { return };
    let by = &earlier.applies.by;
    if conflict == Conflict::FailClosed {
        let detail = format!(
            "one of this rule and the one{by} gives everybody a role, so whoever the other applies to \
             has a conflict and ends with none; make the role of everybody \"default_role\""
        );
        report.add(at, "contradiction", detail);
    } else {
        let detail = format!(
            "with conflict \"priority\" its roles never count, since the roles{by} always come \
             first; move this rule up"
        );
        report.add(at, "unreachable_rule", detail);
    }
}

impl Rule {
    /// Whether it can give roles at all.
    fn gives_roles(&self) -> bool {
        let listed = matches!(
            &self.applies.through,
            Through::Attribute {
                values: Some(_),
                ..
            }
        );
        listed || !self.roles.is_empty()
    }

    /// Whether it gives every user a role in each of its tenants.
    fn gives_everybody_a_role(&self) -> bool {
        self.applies.is_unconditional() && self.tenants.is_empty() && !self.roles.is_empty()
    }

    fn gives_the_same_as(&self, other: &Self) -> bool {
        self.applies.is_same_as(&other.applies)
            && self.roles == other.roles
            && self.features == other.features
            && self.permissions == other.permissions
            && self.object == other.object
            && self.tenants == other.tenants
    }
}
