//! `rolecall plugin inspect`: what an upload would say.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use rolecall_app::workbench::{Checked, Refusal, Workbench};
use serde_json::json;

use super::json::readable;
use super::report::number;
use super::{Said, source};
use crate::config::plugin::Inspect;

pub(super) fn run(options: &Inspect) -> Result<Said> {
    let component = source::component(&options.plugin)?;
    let kept = source::kept(std::slice::from_ref(&options.plugin));
    let digest = Workbench::digest(&component);
    let bytes = component.len();
    let size = number(bytes as u64);
    Ok(match verdict(&component, kept.as_deref())? {
        Ok(checked) => Said {
            good: true,
            text: accepted(&checked, &size),
            json: json!({ "accepted": true, "plugin": checked }),
        },
        Err(refusal) => Said {
            good: false,
            text: format!(
                "digest    {digest}\nsize      {size} bytes\nverdict   A server would refuse it ({}): {}\n",
                refusal.code, refusal.detail
            ),
            json: json!({ "accepted": false, "digest": digest, "bytes": bytes, "refused": refusal }),
        },
    })
}

/// What an upload of these bytes comes to.
pub(super) fn verdict(component: &[u8], kept: Option<&Path>) -> Result<Result<Checked, Refusal>> {
    Ok(Workbench::new(kept)?.add(component.to_vec()).cloned())
}

fn accepted(checked: &Checked, size: &str) -> String {
    let slots: Vec<&str> = checked.slots.iter().map(|slot| slot.as_str()).collect();
    let mut text = String::new();
    let mut line = |name: &str, rest: &str| {
        let _ = writeln!(text, "{name:9} {rest}");
    };
    line("plugin", &format!("{} {}", checked.name, checked.version));
    line("digest", checked.digest.as_str());
    line("size", &format!("{size} bytes"));
    line("slots", &slots.join(", "));
    line("imports", &checked.imports.join(", "));
    line("contract", &format!("rolecall:plugin@{}", checked.contract));
    match &checked.settings_schema {
        Some(_) => line("settings", "by this schema:"),
        None => line("settings", "none"),
    }
    if let Some(schema) = &checked.settings_schema {
        text.push_str(&readable(schema));
    }
    for warning in &checked.warnings {
        let _ = writeln!(text, "{:9} {warning}", "warning");
    }
    let _ = writeln!(text, "{:9} A server takes it.", "verdict");
    text
}
