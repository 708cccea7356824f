//! The example's mapping as a native function: the same source that the component is built from.

use reseller_mapping::Northwind;
use rolecall_plugin_sdk::{Attributes, Call, Grant, Placement, Profile, Roles, Subject, Tenants};

use anyhow::{Result, anyhow};

/// What the three slots answer.
pub(crate) type Answers = (Profile, Vec<Placement>, Vec<Grant>);

/// The circumstances of a call, as the host would give them.
pub(crate) fn call(home: &str) -> Call {
    Call {
        settings: "{}".to_owned(),
        prepared: Vec::new(),
        home: home.to_owned(),
        extras: Vec::new(),
    }
}

/// From parsed values to typed answers: no JSON at all.
pub(crate) fn decide(call: &Call, subject: &Subject) -> Result<Answers> {
    let slot = |name: &'static str| move |failure| anyhow!("{name}: {failure:?}");
    let profile = Northwind::profile(call, subject).map_err(slot("attributes"))?;
    let placements = Northwind::placements(call, subject, &profile).map_err(slot("tenants"))?;
    let grants = Northwind::grants(call, subject, &profile, &placements).map_err(slot("roles"))?;
    Ok((profile, placements, grants))
}

/// From the JSON text that a host has.
pub(crate) fn decide_json(call: &Call, user: &str, groups: &str) -> Result<Answers> {
    let subject = Subject::parse(user, groups).map_err(|failure| anyhow!("{failure:?}"))?;
    decide(call, &subject)
}
