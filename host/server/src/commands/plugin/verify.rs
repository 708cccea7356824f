//! `rolecall plugin verify`: whether a signature is worth anything, without a server.

use anyhow::{Result, anyhow, bail};
use rolecall_app::signing::{PublicKey, Signature};
use rolecall_app::workbench::Workbench;
use serde_json::json;

use super::sign::read;
use super::{Said, source};
use crate::config::plugin::Verify;

pub(super) fn run(options: &Verify) -> Result<Said> {
    let digest = Workbench::digest(&source::component(&options.plugin)?);
    let key = PublicKey::read(&read(&options.public_key)?);
    let key = key.map_err(|error| anyhow!("{}: {error}", options.public_key.display()))?;
    let file = options.signature.display();
    let text = read(&options.signature)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let signatures: Vec<Signature> = lines
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|error| anyhow!("{file}: {error}"))?;
    if signatures.is_empty() {
        bail!("{file}: there is no signature in it");
    }
    let id = key.id();
    let of_it = signatures.iter().filter(|it| it.digest.as_str() == digest);
    let verdict = if of_it.clone().any(|it| it.is_by(&key)) {
        None
    } else if of_it.clone().next().is_none() {
        let other = &signatures[0].digest;
        Some(format!(
            "It is of another component, {other}; this one is {digest}. It was altered since, or another was signed."
        ))
    } else if of_it.clone().all(|it| it.key != id) {
        let other = &signatures[0].key;
        Some(format!("It is by another key, {other}; this one is {id}."))
    } else {
        Some(format!(
            "It says that the key {id} signed {digest}, and it did not: the signature is damaged or forged."
        ))
    };
    Ok(Said {
        good: verdict.is_none(),
        text: match &verdict {
            None => format!("{digest}\nsigned by {id}\n"),
            Some(why) => format!("{digest}\nNot signed by this key. {why}\n"),
        },
        json: json!({ "signed": verdict.is_none(), "digest": digest, "key": id, "why": verdict }),
    })
}
