//! `rolecall plugin push`: upload, and on demand put in force.

use std::fmt::Write;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::remote::{Answer, Remote, segment, words};
use super::sign::{read, signature};
use super::{Said, cases, source};
use crate::config::plugin::Push;

pub(super) async fn run(options: &Push) -> Result<Said> {
    let settings = match &options.settings {
        Some(path) => cases::read(path)?,
        None => json!({}),
    };
    let component = source::component(&options.plugin)?;
    let mut signatures = Vec::new();
    for file in &options.signatures {
        signatures.extend(read(file)?.lines().map(|line| line.trim().to_owned()));
    }
    if let Some(key) = &options.signing_key {
        signatures.push(signature(&component, key)?.to_string());
    }
    signatures.retain(|line| !line.is_empty());
    let remote = Remote::new(&options.server)?;
    let plugin = match remote.upload(component, &signatures).await? {
        Answer::Yes(plugin) => plugin,
        Answer::No(problem) => return Ok(refused("the plugin", &problem)),
    };
    let digest = plugin["digest"].as_str().context("a plugin has a digest")?;
    let mut text = format!("{digest}\n");
    for warning in plugin["warnings"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "warning: {}", warning.as_str().unwrap_or_default());
    }
    let mut json = json!({ "plugin": plugin });
    if let Some(connection) = &options.connection {
        let mappings = format!("/v1/connections/{}/mappings", segment(connection));
        let slots = slots(&plugin, digest, &settings);
        let mapping = match remote.post(&mappings, &slots).await? {
            Answer::Yes(mapping) => mapping,
            Answer::No(problem) => return Ok(refused("the mapping", &problem)),
        };
        let revision = mapping["revision"]
            .as_i64()
            .context("a mapping has a revision")?;
        json["mapping"] = mapping;
        let mut active = "";
        if options.activate {
            let activate = format!("{mappings}/{revision}/activate");
            match remote.post(&activate, &json!({})).await? {
                Answer::Yes(activation) => json["activation"] = activation,
                Answer::No(problem) => return Ok(refused("the activation", &problem)),
            }
            active = ", active";
        }
        let _ = writeln!(
            text,
            "revision {revision} of the mapping of {connection}{active}"
        );
    }
    Ok(Said {
        good: true,
        text,
        json,
    })
}

/// The plugin in every slot it fills.
fn slots(plugin: &Value, digest: &str, settings: &Value) -> Value {
    let slots = plugin["exports"].as_array().into_iter().flatten();
    let slots = slots.filter_map(Value::as_str);
    let filled = json!({ "plugin": digest, "settings": settings });
    slots
        .map(|slot| (slot.to_owned(), filled.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn refused(what: &str, problem: &Value) -> Said {
    let text = format!("The server refuses {what}: {}\n", words(problem));
    Said::no(text, problem)
}
