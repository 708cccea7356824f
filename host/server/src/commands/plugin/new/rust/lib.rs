//! What a user of the identity provider becomes in the product. `README.md` says how to try it.

use rolecall_plugin_sdk::prelude::*;

struct Mapping;

impl Plugin for Mapping {
    const NAME: &str = env!("CARGO_PKG_NAME");
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}

impl Attributes for Mapping {
    fn profile(_: &Call, Subject { user, .. }: &Subject) -> Result<Profile> {
        let (name, email) = (user.display_name(), user.work_email());
        Ok(Profile::from_iter([("name".into(), json!(name)), ("email".into(), json!(email))]))
    }
}

impl Tenants for Mapping {
    fn placements(call: &Call, subject: &Subject, _: &Profile) -> Result<Vec<Placement>> {
        let Some(department) = subject.user.enterprise("department") else {
            return Err(Failure::refuse("no_department", "Set the user's department."));
        };
        Ok(vec![Placement::new(&call.home, format!("works in {department}"))])
    }
}

impl Roles for Mapping {
    fn grants(_: &Call, subject: &Subject, _: &Profile, placements: &[Placement]) -> Result<Vec<Grant>> {
        let mut grants = Vec::new();
        for Placement { tenant, .. } in placements {
            grants.push(Grant::role(tenant, "viewer", "everybody may read"));
            for group in subject.groups.iter().filter(|group| group.display.ends_with(" Admins")) {
                grants.push(Grant::role(tenant, "admin", format!("member of {}", group.display)).through(group));
            }
        }
        Ok(grants)
    }
}

export!(Mapping: attributes, tenants, roles);
