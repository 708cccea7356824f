//! A small world to test in: one connection, its tenants, its catalogue.

use rolecall_plugin_sdk::{
    Attributes, Call, Failure, Grant, Placement, Plugin, Problem, Profile, Roles, Setup, Subject,
    Tenants,
};
use serde_json::{Value, json};

use crate::Rules;

pub(crate) const HOME: &str = "northwind";

/// What became of a user.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) profile: Profile,
    pub(crate) placements: Vec<Placement>,
    pub(crate) grants: Vec<Grant>,
}

impl Decision {
    /// Tenant and groups of each placement.
    pub(crate) fn places(&self) -> Vec<(&str, Vec<&str>)> {
        let places = self.placements.iter();
        places
            .map(|place| (place.tenant.as_str(), texts(&place.groups)))
            .collect()
    }

    /// Tenant, name and groups of each grant.
    pub(crate) fn given(&self) -> Vec<(&str, &str, Vec<&str>)> {
        let grants = self.grants.iter();
        grants
            .map(|grant| {
                (
                    grant.tenant.as_str(),
                    grant.name.as_str(),
                    texts(&grant.groups),
                )
            })
            .collect()
    }
}

fn texts(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

pub(crate) fn setup(slot: &str, settings: &Value) -> Setup {
    let catalogue = json!({
        "roles": [
            { "key": "viewer", "permissions": ["reports.read"] },
            { "key": "analyst", "permissions": ["reports.read", "reports.write"] },
            { "key": "admin", "permissions": [] }
        ],
        "features": [{ "key": "exports" }, { "key": "sso_audit" }],
        "permissions": ["billing.read"],
        "plans": []
    });
    let tenants = json!([
        "northwind",
        "northwind-emea",
        "northwind-apac",
        "northwind-quarantine",
        "customer-a",
        "customer-b",
        "research"
    ]);
    Setup {
        slot: slot.to_owned(),
        settings: settings.to_string(),
        catalogue: catalogue.to_string(),
        tenants: tenants.to_string(),
        home: HOME.to_owned(),
        extras: Vec::new(),
    }
}

/// Code and place of everything that is wrong with settings, in one slot.
pub(crate) fn problems(slot: &str, settings: &Value) -> Vec<(String, String)> {
    let problems = Rules::prepare(&setup(slot, settings))
        .err()
        .unwrap_or_default();
    problems
        .into_iter()
        .map(|problem| (problem.code, problem.path.unwrap_or_default()))
        .collect()
}

/// The only problem of settings.
pub(crate) fn problem(slot: &str, settings: &Value) -> Problem {
    let mut problems = Rules::prepare(&setup(slot, settings)).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

pub(crate) fn call(slot: &str, settings: &Value) -> Call {
    let prepared = Rules::prepare(&setup(slot, settings));
    let prepared = prepared.unwrap_or_else(|problems| panic!("{slot}: {problems:#?}"));
    Call {
        prepared,
        ..Call::new(HOME)
    }
}

/// A user, and groups with the ids `g1`, `g2`, ….
pub(crate) fn subject(user: &Value, groups: &[&str]) -> Subject {
    let groups = groups.iter().enumerate();
    let groups: Vec<Value> = groups
        .map(|(at, name)| json!({ "value": format!("g{}", at + 1), "display": name }))
        .collect();
    Subject::parse(&user.to_string(), &Value::from(groups).to_string()).unwrap()
}

/// All three slots, as the host calls them.
pub(crate) fn decide(settings: &Value, user: &Value, groups: &[&str]) -> Result<Decision, Failure> {
    let subject = subject(user, groups);
    let profile = <Rules as Attributes>::profile(&call("attributes", settings), &subject)?;
    let placements = Rules::placements(&call("tenants", settings), &subject, &profile)?;
    let grants = Rules::grants(&call("roles", settings), &subject, &profile, &placements)?;
    Ok(Decision {
        profile,
        placements,
        grants,
    })
}

/// As [`decide`], of settings that refuse nobody.
pub(crate) fn decided(settings: &Value, user: &Value, groups: &[&str]) -> Decision {
    decide(settings, user, groups).unwrap()
}

/// A user with an enterprise extension.
pub(crate) fn ann() -> Value {
    json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        ],
        "id": "u1",
        "externalId": "00u1",
        "userName": "ann@northwind.example",
        "name": { "givenName": "Ann", "familyName": "Lee" },
        "title": "Engineer",
        "active": true,
        "emails": [
            { "value": "ann@home.example", "type": "home" },
            { "value": "Ann.Lee@Northwind.example", "type": "work" }
        ],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "R&D",
            "costCenter": "4711",
            "manager": { "value": "u9" }
        },
        "urn:example:params:scim:schemas:extension:acme:1.0:User": {
            "externalTenantId": "customer-a",
            "regions": ["emea", "apac"]
        }
    })
}
