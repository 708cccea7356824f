//! `rolecall plugin sign`: a word for these very bytes.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use rolecall_app::signing::{Signature, SigningKey};
use serde_json::json;

use super::{Said, source};
use crate::config::plugin::Sign;

pub(super) fn run(options: &Sign) -> Result<Said> {
    let signature = signature(&source::component(&options.plugin)?, &options.key)?;
    let line = format!("{signature}\n");
    let mut json = json!({
        "digest": signature.digest,
        "key": signature.key,
        "signature": signature.to_string(),
    });
    let Some(out) = &options.out else {
        return Ok(Said {
            good: true,
            text: line,
            json,
        });
    };
    fs::write(out, line).with_context(|| format!("cannot write {}", out.display()))?;
    json["file"] = out.display().to_string().into();
    Ok(Said {
        good: true,
        text: format!("{}\n", out.display()),
        json,
    })
}

/// By the private key in a file.
pub(super) fn signature(component: &[u8], key: &Path) -> Result<Signature> {
    let pem = read(key)?;
    let key = SigningKey::read(&pem).map_err(|error| anyhow!("{}: {error}", key.display()))?;
    Ok(key.sign(component))
}

/// A file of text, named by what goes wrong with it.
pub(super) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
