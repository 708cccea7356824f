//! Northwind resells Acme Analytics to its own regions: who works where decides the tenant, groups
//! decide the role.

use rolecall_plugin_sdk::serde_json::json;
use rolecall_plugin_sdk::{
    Attributes, Call, Failure, Grant, Placement, Plugin, Profile, Roles, Subject, Tenants, export,
};

/// The mapping; its facts are Northwind's, not settings.
pub struct Northwind;

/// What a group gives, by how its name ends.
const GIVEN_BY: [(&str, &str); 3] = [
    ("Admins", "admin"),
    ("Analysts", "analyst"),
    ("Viewers", "viewer"),
];

impl Plugin for Northwind {
    const NAME: &str = "reseller-mapping";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}

impl Attributes for Northwind {
    fn profile(_: &Call, subject: &Subject) -> Result<Profile, Failure> {
        let user = &subject.user;
        let mut profile = Profile::new();
        profile.insert("name".into(), user.display_name().into());
        profile.insert("email".into(), json!(user.work_email()));
        profile.insert("department".into(), json!(user.enterprise("department")));
        Ok(profile)
    }
}

impl Tenants for Northwind {
    fn placements(call: &Call, subject: &Subject, _: &Profile) -> Result<Vec<Placement>, Failure> {
        let Some(cost_center) = subject.user.enterprise("costCenter") else {
            return Err(Failure::refuse(
                "no_cost_center",
                "Northwind bills by cost center: give the user one.",
            ));
        };
        let region = match cost_center.split('-').next() {
            Some("EU") => "emea",
            Some("AP") => "apac",
            _ => {
                let reason = format!("cost center {cost_center:?} is not in a region");
                return Ok(vec![Placement::new(&call.home, reason)]);
            }
        };
        let tenant = format!("{}-{region}", call.home);
        Ok(vec![Placement::new(
            tenant,
            format!("cost center is {cost_center:?}"),
        )])
    }
}

impl Roles for Northwind {
    fn grants(
        _: &Call,
        subject: &Subject,
        _: &Profile,
        placements: &[Placement],
    ) -> Result<Vec<Grant>, Failure> {
        let mut grants = Vec::new();
        for placement in placements {
            for group in &subject.groups {
                let given = GIVEN_BY
                    .iter()
                    .find(|(suffix, _)| group.display.ends_with(suffix));
                let Some((_, role)) = given else { continue };
                let reason = format!("member of {:?}", group.display);
                grants.push(Grant::role(&placement.tenant, *role, reason).through(group));
            }
        }
        Ok(grants)
    }
}

export!(Northwind: attributes, tenants, roles);
