//! Nine compiled CEL expressions over one user: the fields of the profile, where it is placed, and which groups give
//! something. Placements and grants with their reasons are more than CEL is made for.

use anyhow::{Result, anyhow};
use cel::{Context, Program, to_value};
use serde_json::{Map, Value};

use super::Engine;

const PROFILE: [(&str, &str); 3] = [
    ("name", "user.displayName"),
    (
        "email",
        r#"user.emails.filter(email, email.type == "work")[0].value"#,
    ),
    ("title", "user.title"),
];

const CONDITIONS: [&str; 6] = [
    r#"user[enterprise].costCenter.startsWith("EU-")"#,
    r#"user[enterprise].costCenter.startsWith("AP-")"#,
    r#"user[enterprise].department.startsWith("EMEA Sales")"#,
    r#"groups.filter(group, group.display == "Northwind HQ").map(group, group.value)"#,
    r#"groups.filter(group, group.display.endsWith(" Admins")).map(group, group.value)"#,
    r#"groups.filter(group, group.display.endsWith(" Analysts")).map(group, group.value)"#,
];

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Compiled once.
pub(super) struct Expressions {
    profile: Vec<(&'static str, Program)>,
    conditions: Vec<Program>,
}

impl Expressions {
    pub(super) fn compile() -> Result<Self> {
        let compile =
            |source: &str| Program::compile(source).map_err(|error| anyhow!("{source}: {error}"));
        let profile = PROFILE
            .iter()
            .map(|(name, source)| Ok((*name, compile(source)?)));
        Ok(Self {
            profile: profile.collect::<Result<_>>()?,
            conditions: CONDITIONS
                .iter()
                .map(|source| compile(source))
                .collect::<Result<_>>()?,
        })
    }
}

impl Engine for Expressions {
    fn decide(&mut self, user: &str, groups: &str) -> Result<Value> {
        let mut context = Context::default();
        for (name, text) in [("user", user), ("groups", groups)] {
            let value = to_value(serde_json::from_str::<Value>(text)?)
                .map_err(|error| anyhow!("{error}"))?;
            context.add_variable_from_value(name, value);
        }
        context.add_variable_from_value("enterprise", ENTERPRISE);
        let run = |program: &Program| {
            let value = program
                .execute(&context)
                .map_err(|error| anyhow!("{error}"))?;
            value.json().map_err(|error| anyhow!("{error}"))
        };
        let mut profile = Map::new();
        for (name, program) in &self.profile {
            profile.insert((*name).to_owned(), run(program)?);
        }
        let conditions = self
            .conditions
            .iter()
            .map(run)
            .collect::<Result<Vec<_>>>()?;
        Ok(serde_json::json!({"profile": profile, "conditions": conditions}))
    }
}
