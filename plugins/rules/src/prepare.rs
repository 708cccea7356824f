//! From settings to what decisions use: everything in them is parsed and checked once, when a
//! mapping is made, and every mistake is told with its place and the way to put it right.

mod applies;
mod profile;
mod report;
mod roles;
mod scope;
mod targets;
mod tenants;

use rolecall_plugin_sdk::{Call, Failure, Problem, Setup};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::admission::Refusal;
use crate::settings::{self, Settings};
use report::{Pointer, Report};
use scope::Scope;

/// What a slot's decisions use: its own rules, and whom to refuse.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Prepared<T> {
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) rules: T,
}

impl<T: DeserializeOwned> Prepared<T> {
    /// Reads the bytes that [`prepare`] made.
    pub(crate) fn read(call: &Call) -> Result<Self, Failure> {
        postcard::from_bytes(&call.prepared).map_err(|error| {
            Failure::internal(
                "malformed_prepared",
                format!("not what prepare made: {error}"),
            )
        })
    }
}

/// The bytes for one slot, or all that is wrong with the settings of that slot.
pub(crate) fn prepare(setup: &Setup) -> Result<Vec<u8>, Vec<Problem>> {
    let settings = match serde_json::from_str::<Option<Settings>>(&setup.settings) {
        Ok(settings) => settings.unwrap_or_default(),
        Err(error) => return Err(vec![Problem::new("malformed_settings", error.to_string())]),
    };
    let scope = Scope::read(setup).map_err(|problem| vec![problem])?;
    let mut report = Report::default();
    let refusals = refusals(&settings.refuse, &mut report);
    let root = Pointer::root();
    match setup.slot.as_str() {
        "attributes" => {
            let rules = profile::fields(&settings.profile, &root.at("profile"), &mut report);
            encode(report, &Prepared { refusals, rules })
        }
        "tenants" => {
            let at = root.at("tenants");
            let rules = tenants::table(&settings.tenants, &scope, &at, &mut report);
            encode(report, &Prepared { refusals, rules })
        }
        "roles" => {
            let rules = roles::table(&settings.roles, &scope, &root.at("roles"), &mut report);
            encode(report, &Prepared { refusals, rules })
        }
        other => {
            let detail = format!("rules fills attributes, tenants and roles, not {other:?}");
            Err(vec![Problem::new("unknown_slot", detail)])
        }
    }
}

fn encode<T: Serialize>(report: Report, prepared: &Prepared<T>) -> Result<Vec<u8>, Vec<Problem>> {
    report.finish()?;
    postcard::to_stdvec(prepared)
        .map_err(|error| vec![Problem::new("not_encodable", error.to_string())])
}

fn refusals(refusals: &[settings::Refusal], report: &mut Report) -> Vec<Refusal> {
    let at = Pointer::root().at("refuse");
    let refusals = refusals
        .iter()
        .enumerate()
        .filter_map(|(position, refusal)| {
            let when = applies::condition(&refusal.when, &at.at(position).at("when"), report)?;
            Some(Refusal {
                when,
                message: refusal.message.clone(),
            })
        });
    refusals.collect()
}

#[cfg(test)]
mod tests;
