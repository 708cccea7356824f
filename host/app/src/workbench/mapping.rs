//! The mapping that a case asks for.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_mapping::{Bound, Checked, Mapping, Slot};
use serde_json::json;

use super::Workbench;
use super::case::{Case, CaseSlot};
use super::ground::ground;
use crate::error::{FieldError, Problem};
use crate::mapping::{Reach, accept, mistakes};

impl Workbench {
    /// As a server makes it, or every mistake at once.
    pub(super) fn mapping(&self, case: &Case, home: &str) -> Result<Mapping, Problem> {
        let catalogue = json!(case.catalogue.clone().unwrap_or_default()).to_string();
        let reach = Reach {
            catalogue: &catalogue,
            ground: &ground(case, home, None),
            home,
        };
        let mut errors: Vec<FieldError> = vec![];
        let mut bound = Vec::with_capacity(3);
        for slot in Slot::ALL {
            match self.bound(case, slot, &reach) {
                Ok(one) => bound.push(one),
                // Slots that share their settings share their mistakes.
                Err(found) => {
                    errors.extend(
                        found
                            .into_iter()
                            .filter(|one| !errors.contains(one))
                            .collect::<Vec<_>>(),
                    );
                }
            }
        }
        let Ok([attributes, tenants, roles]) = <[Bound; 3]>::try_from(bound) else {
            let detail = "A server would refuse this mapping:";
            return Err(Problem::refused("invalid_mapping", detail).with(errors));
        };
        Ok(Mapping {
            attributes,
            tenants,
            roles,
        })
    }

    fn bound(&self, case: &Case, slot: Slot, reach: &Reach<'_>) -> Result<Bound, Vec<FieldError>> {
        let given = case.mapping.as_ref().and_then(|mapping| mapping.slot(slot));
        let plugin = self.plugin(slot, given).map_err(|detail| {
            vec![FieldError {
                pointer: format!("/mapping/{slot}/plugin"),
                code: "unknown_plugin".to_owned(),
                detail,
            }]
        })?;
        let mut tried = self.plugins.iter();
        let tried = tried.any(|tried| tried.checked.digest == plugin.digest);
        let settings = match given {
            Some(given) => given.settings.as_ref(),
            None => case.settings.as_ref().filter(|_| tried),
        };
        let settings = settings.cloned().unwrap_or_else(|| json!({}));
        let prepared = if let Some(prepared) = prepared(case, slot, given, plugin) {
            prepared
        } else {
            let (digest, schema) = (&plugin.digest, plugin.settings_schema.as_ref());
            accept(&self.runtime, digest, schema, slot, &settings, reach)
                .map_err(|error| in_case(mistakes(slot, error), slot, given.is_some()))?
        };
        let settings = settings.to_string();
        Ok(Bound::new(
            plugin.digest.clone(),
            settings.into(),
            Arc::from(prepared),
        ))
    }

    /// The plugin that the case names for the slot; else the first of those tried that fills it; else the stock
    /// plugin. A component that is not here gives way to those tried: they may be its next version.
    fn plugin(&self, slot: Slot, given: Option<&CaseSlot>) -> Result<&Checked, String> {
        let stock = || self.stock().map_err(|refusal| refusal.detail);
        let named = given.and_then(|given| given.plugin.as_deref());
        let mut tried = self.plugins.iter().map(|tried| &tried.checked);
        let fills = |checked: &&Checked| checked.slots.contains(&slot);
        match named {
            Some("rules") => stock(),
            Some(named) => tried
                .clone()
                .find(|checked| checked.digest.as_str() == named)
                .or_else(|| tried.find(fills))
                .ok_or_else(|| {
                    format!("The slot `{slot}` is filled by {named}. Give that plugin's file, too.")
                }),
            None => tried.find(fills).map_or_else(stock, Ok),
        }
    }
}

/// Pointers into a mapping as pointers into the case, where settings may stand once for all slots.
fn in_case(mut found: Vec<FieldError>, slot: Slot, slot_by_slot: bool) -> Vec<FieldError> {
    let once = format!("/{slot}/settings");
    for mistake in &mut found {
        if slot_by_slot {
            mistake.pointer.insert_str(0, "/mapping");
        } else if let Some(rest) = mistake.pointer.strip_prefix(&once) {
            mistake.pointer = format!("/settings{rest}");
        }
    }
    found
}

/// What was recorded as prepared, as long as the plugin is the one that prepared it.
fn prepared(
    case: &Case,
    slot: Slot,
    given: Option<&CaseSlot>,
    plugin: &Checked,
) -> Option<Vec<u8>> {
    let receipt = &case.recorded.as_ref()?.receipt;
    let mut slots = receipt["slots"].as_array()?.iter();
    let recorded = slots.find(|recorded| recorded["slot"] == slot.as_str())?;
    if recorded["plugin"] != plugin.digest.as_str() {
        return None;
    }
    STANDARD.decode(given?.prepared.as_deref()?).ok()
}
