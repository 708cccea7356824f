//! The stock plugin: a mapping written as a table of rules.
//!
//! Conditions are SCIM filters (RFC 7644 §3.4.2.2), read and evaluated by `rolecall-scim` like every
//! filter of the product. `prepare` parses and checks the settings once; decisions read what it made.
//! `README.md` documents the settings.

mod admission;
mod applies;
mod condition;
mod names;
mod pattern;
mod person;
mod prepare;
mod profile;
mod roles;
#[cfg(test)]
mod scenario;
mod settings;
mod source;
mod template;
mod tenants;
mod transform;

use rolecall_plugin_sdk::serde_json::{self, Value};
use rolecall_plugin_sdk::{
    Attributes, Call, Failure, Grant, Placement, Plugin, Problem, Profile, Roles, Setup, Subject,
    Tenants, export,
};

use admission::admit;
use person::Person;
use prepare::Prepared;

/// The plugin.
pub struct Rules;

impl Plugin for Rules {
    const NAME: &str = "rules";
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    fn settings_schema() -> Option<Value> {
        serde_json::from_str(settings::SCHEMA).ok()
    }

    fn prepare(setup: &Setup) -> Result<Vec<u8>, Vec<Problem>> {
        prepare::prepare(setup)
    }
}

impl Attributes for Rules {
    fn profile(call: &Call, subject: &Subject) -> Result<Profile, Failure> {
        let prepared = Prepared::<profile::Fields>::read(call)?;
        let person = Person::of(subject)?;
        admit(&prepared.refusals, &person)?;
        Ok(prepared.rules.of(person.user))
    }
}

impl Tenants for Rules {
    fn placements(call: &Call, subject: &Subject, _: &Profile) -> Result<Vec<Placement>, Failure> {
        let prepared = Prepared::<tenants::Table>::read(call)?;
        let person = Person::of(subject)?;
        admit(&prepared.refusals, &person)?;
        Ok(prepared.rules.place(&person, &call.home))
    }
}

impl Roles for Rules {
    fn grants(
        call: &Call,
        subject: &Subject,
        _: &Profile,
        placements: &[Placement],
    ) -> Result<Vec<Grant>, Failure> {
        let prepared = Prepared::<roles::Table>::read(call)?;
        let person = Person::of(subject)?;
        admit(&prepared.refusals, &person)?;
        Ok(prepared.rules.grant(&person, placements, &call.home))
    }
}

export!(Rules: attributes, tenants, roles);

#[cfg(test)]
mod tests;
