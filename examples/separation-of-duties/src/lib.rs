//! Groups give roles, and some roles nobody may hold together. See `README.md`.

use std::collections::BTreeMap;

use rolecall_plugin_sdk::prelude::*;
use rolecall_plugin_sdk::serde_json;

struct SeparationOfDuties;

#[derive(serde::Deserialize)]
struct Settings {
    /// A group's name, and the role it gives.
    roles: BTreeMap<String, String>,
    /// Roles that nobody may hold together, two by two.
    conflicts: Vec<[String; 2]>,
}

impl Plugin for SeparationOfDuties {
    const NAME: &str = "separation-of-duties";
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    fn settings_schema() -> Option<Value> {
        serde_json::from_str(include_str!("settings.json")).ok()
    }

    /// A misspelt role would separate nothing.
    fn prepare(setup: &Setup) -> Result<Vec<u8>, Vec<Problem>> {
        let settings: Settings = serde_json::from_str(&setup.settings).expect("as the schema says");
        let given = |role: &&String| settings.roles.values().any(|given| given == *role);
        let unknown = settings.conflicts.iter().flatten();
        let unknown = unknown.filter(|role| !given(role)).map(|role| {
            Problem::new("no_such_role", format!("No group gives {role}.")).at("/conflicts")
        });
        let unknown: Vec<_> = unknown.collect();
        unknown.is_empty().then(Vec::new).ok_or(unknown)
    }
}

impl Roles for SeparationOfDuties {
    fn grants(call: &Call, who: &Subject, _: &Profile, placed: &[Placement]) -> Result<Vec<Grant>> {
        let Settings { roles, conflicts } = call.settings_as()?;
        let held = who
            .groups
            .iter()
            .map(|group| (group, roles.get(&group.display)));
        let held: Vec<_> = held
            .filter_map(|(group, role)| Some((group, role?)))
            .collect();
        for [one, other] in &conflicts {
            let through = |role| held.iter().find(|(_, held)| *held == role);
            if let (Some((a, _)), Some((b, _))) = (through(one), through(other)) {
                let (a, b) = (&a.display, &b.display);
                let detail = format!("Nobody may be {one} and {other}: leave \"{a}\" or \"{b}\".");
                return Err(Failure::refuse("separation_of_duties", detail));
            }
        }
        let mut grants = Vec::new();
        for placement in placed {
            for (group, role) in &held {
                let reason = format!("member of {}", group.display);
                grants.push(Grant::role(&placement.tenant, *role, reason).through(group));
            }
        }
        Ok(grants)
    }
}

export!(SeparationOfDuties: roles);
