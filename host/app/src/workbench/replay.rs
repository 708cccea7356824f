//! A recorded decision run again: the same plugins on the same input give the same bytes for the same fuel.

use serde_json::{Value, json};

use super::Replay;
use super::case::Case;
use super::compare::compare;
use super::decide::Ready;

/// How the receipt compares to the recorded one; nothing if the case was not recorded.
pub(super) fn of(case: &Case, ready: &Ready, receipt: &Value) -> Option<Replay> {
    let recorded = case.recorded.as_ref()?;
    let mut unlike = Vec::new();
    let slots = |receipt: &Value| receipt["slots"].as_array().cloned().unwrap_or_default();
    let (then, now) = (slots(&recorded.receipt), slots(receipt));
    for (then, now) in then.iter().zip(&now) {
        let (slot, plugin) = (&now["slot"], &then["plugin"]);
        if *plugin != now["plugin"] {
            unlike.push(format!(
                "the slot {slot} was filled by another plugin, {plugin}"
            ));
        } else if then["settings"] != now["settings"] {
            unlike.push(format!("the slot {slot} had other settings"));
        }
    }
    if recorded.changed_since {
        unlike.push("the user has changed since".to_owned());
    } else if then
        .first()
        .is_some_and(|first| first["input"] != json!(ready.input().digest()))
    {
        unlike.push("the case has been edited since".to_owned());
    }
    let mut differences = Vec::new();
    if unlike.is_empty() {
        compare(
            "/receipt/slots",
            &json!(then),
            &json!(now),
            &mut differences,
        );
    }
    Some(Replay {
        unlike,
        differences,
    })
}
