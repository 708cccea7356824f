//! `rolecall plugin new`: everything a project needs is in this binary, the SDK's sources and the contract included.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rolecall_plugin_bundle::SDK;
use serde_json::json;

use super::Said;
use crate::config::plugin::{Lang, New};

/// Files of a project in Rust; `{{name}}` stands for the plugin's name.
const RUST: [(&str, &str); 8] = [
    (".gitignore", "/target\n"),
    ("Cargo.toml", include_str!("new/rust/manifest")),
    ("README.md", include_str!("new/rust/README.md")),
    ("src/lib.rs", include_str!("new/rust/lib.rs")),
    (
        "cases/defaults.json",
        include_str!("new/rust/cases/defaults.json"),
    ),
    (
        "cases/administrator.json",
        include_str!("new/rust/cases/administrator.json"),
    ),
    (
        "cases/colleague.json",
        include_str!("new/rust/cases/colleague.json"),
    ),
    (
        "cases/no-department.json",
        include_str!("new/rust/cases/no-department.json"),
    ),
];

pub(super) fn run(options: &New) -> Result<Said> {
    let name = &options.name;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(allowed) {
        bail!("{name:?} is no name: use lower-case letters, digits and dashes, a letter first");
    }
    let folder = options.path.clone().unwrap_or_else(|| PathBuf::from(name));
    let occupied = fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        bail!("{} exists and is not empty", folder.display());
    }
    let files = match options.lang {
        Lang::Rust => RUST.iter().chain(SDK),
    };
    for (path, text) in files {
        write(&folder.join(path), &text.replace("{{name}}", name))?;
    }
    let shown = folder.display();
    Ok(Said {
        good: true,
        text: format!(
            "{shown} is a plugin in Rust: src/lib.rs decides, cases/ say what should come of it.\n\n  \
             cd {shown} && rolecall plugin test\n"
        ),
        json: json!({ "name": name, "folder": shown.to_string() }),
    })
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("cannot write {}", path.display()))
}
