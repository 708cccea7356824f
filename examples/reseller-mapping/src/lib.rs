//! Northwind resells Acme Analytics to its regions: the cost center says which region bills a user,
//! groups give roles. See `README.md`.

use rolecall_plugin_sdk::prelude::*;

/// The mapping. What it knows are Northwind's facts, so it takes no settings.
pub struct Northwind;

/// An enterprise attribute, how its value starts, and the tenant below Northwind that means.
const BY_ATTRIBUTE: [(&str, &str, &str); 3] = [
    ("costCenter", "EU-", "emea"),
    ("costCenter", "AP-", "apac"),
    ("department", "EMEA Sales", "emea-sales"),
];

/// How a group's name ends, and what that gives.
const BY_GROUP: [(&str, &str, &str); 5] = [
    (" Admins", "role", "admin"),
    (" Admins", "feature", "sso_audit"),
    (" Analysts", "role", "analyst"),
    (" Analysts", "feature", "exports"),
    (" Viewers", "role", "viewer"),
];

impl Plugin for Northwind {
    const NAME: &str = "reseller-mapping";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}

impl Attributes for Northwind {
    fn profile(_: &Call, Subject { user, .. }: &Subject) -> Result<Profile> {
        Ok(Profile::from_iter([
            ("name".to_owned(), json!(user.display_name())),
            ("email".to_owned(), json!(user.work_email())),
            ("title".to_owned(), json!(user.text("title"))),
        ]))
    }
}

impl Tenants for Northwind {
    fn placements(call: &Call, who: &Subject, _: &Profile) -> Result<Vec<Placement>> {
        let mut placements = Vec::new();
        for (attribute, start, tenant) in BY_ATTRIBUTE {
            let value = who.user.enterprise(attribute).unwrap_or_default();
            if value.starts_with(start) {
                let reason = format!("{attribute} is {value}");
                placements.push(Placement::new(format!("{}-{tenant}", call.home), reason));
            }
        }
        if let Some(hq) = who.group("Northwind HQ") {
            placements.push(Placement::new(&call.home, "member of Northwind HQ").through(hq));
        }
        if placements.is_empty() {
            let detail = "Nobody bills this user: set a cost center that starts with EU- or AP-.";
            return Err(Failure::refuse("no_region", detail));
        }
        Ok(placements)
    }
}

impl Roles for Northwind {
    fn grants(_: &Call, who: &Subject, _: &Profile, placed: &[Placement]) -> Result<Vec<Grant>> {
        let mut grants = Vec::new();
        for group in &who.groups {
            for (end, kind, name) in BY_GROUP {
                for placement in placed.iter().filter(|_| group.display.ends_with(end)) {
                    let reason = format!("member of {}", group.display);
                    grants.push(Grant::new(&placement.tenant, kind, name, reason).through(group));
                }
            }
        }
        Ok(grants)
    }
}

export!(Northwind: attributes, tenants, roles);
