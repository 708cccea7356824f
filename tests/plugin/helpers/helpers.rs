use rolecall_plugin_sdk::prelude::*;

struct Helpers;

impl Plugin for Helpers {
    const NAME: &str = "helpers";
    const VERSION: &str = "1.0.0";
}

impl Attributes for Helpers {
    fn profile(_: &Call, Subject { user, .. }: &Subject) -> Result<Profile> {
        log::debug("debug ü");
        log::info("info ü");
        log::warn("warn ü");
        log::error("error ü");
        match user.user_name() {
            "broken" => Err(Failure::internal("broken", "It can't decide.")),
            "nobody" => Err(Failure::Refuse(Problem::new("unwelcome", "Nobody.").at("/userName"))),
            _ => Ok(Profile::from_iter([
                ("name".to_owned(), json!(user.display_name())),
                ("email".to_owned(), json!(user.work_email())),
                ("department".to_owned(), json!(user.enterprise("department"))),
            ])),
        }
    }
}

impl Tenants for Helpers {
    fn placements(call: &Call, _: &Subject, _: &Profile) -> Result<Vec<Placement>> {
        Ok(vec![Placement::new(&call.home, "why")])
    }
}

impl Roles for Helpers {
    fn grants(_: &Call, who: &Subject, _: &Profile, _: &[Placement]) -> Result<Vec<Grant>> {
        let mut grants = Vec::new();
        if let Some(admins) = who.group("Admins") {
            grants.push(Grant::role("acme", "admin", "why").through(admins));
        }
        if let Some(zoe) = who.group("Zoë") {
            grants.push(Grant::feature("acme", "exports", "why").through(zoe));
            grants.push(Grant::permission("acme", "read", "why").on("report:7").through(zoe));
        }
        Ok(grants)
    }
}

export!(Helpers: attributes, tenants, roles);
