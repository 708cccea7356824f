//! `rolecall plugin build`

use anyhow::Result;
use rolecall_app::workbench::Workbench;
use serde_json::json;

use super::report::number;
use super::{Said, inspect, source};
use crate::config::plugin::Build;

pub(super) fn run(options: &Build) -> Result<Said> {
    let (built, file) = source::build(&options.project)?;
    let project = options.project.display().to_string();
    let verdict = inspect::verdict(&built.component, source::kept(&[project]).as_deref())?;
    let digest = Workbench::digest(&built.component);
    let bytes = built.component.len();
    let file = file.display().to_string();
    let refused = match &verdict {
        Ok(_) => String::new(),
        Err(refusal) => format!("A server would refuse it: {}\n", refusal.detail),
    };
    let size = number(bytes as u64);
    let text = format!("{file}\n{digest}\n{size} bytes\n{refused}");
    Ok(Said {
        good: verdict.is_ok(),
        text,
        json: json!({ "file": file, "digest": digest, "bytes": bytes, "refused": verdict.err() }),
    })
}
