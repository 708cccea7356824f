//! `rolecall plugin new`: everything a project needs is in this binary, the SDK's sources and the contract included.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rolecall_plugin_bundle::{JAVASCRIPT_SDK, PYTHON_SDK, RUST_SDK};
use serde_json::json;

use super::Said;
use crate::config::plugin::{Lang, New};

/// Files of a project; `{{name}}` stands for the plugin's name.
type Template = &'static [(&'static str, &'static str)];

const RUST: Template = &[
    (".gitignore", "/target\n"),
    ("Cargo.toml", include_str!("new/rust/manifest")),
    ("README.md", include_str!("new/rust/README.md")),
    ("src/lib.rs", include_str!("new/rust/lib.rs")),
];

const JAVASCRIPT: Template = &[
    (".gitignore", "/node_modules\n/target\n"),
    ("README.md", include_str!("new/js/README.md")),
    ("jsconfig.json", include_str!("new/js/jsconfig.json")),
    (
        "package-lock.json",
        include_str!("new/js/package-lock.json"),
    ),
    ("package.json", include_str!("new/js/package.json")),
    ("src/plugin.js", include_str!("new/js/plugin.js")),
];

const PYTHON: Template = &[
    (".gitignore", "/target\n__pycache__\n"),
    ("README.md", include_str!("new/python/README.md")),
    ("pyproject.toml", include_str!("new/python/pyproject.toml")),
    ("src/plugin.py", include_str!("new/python/plugin.py")),
];

/// The projects of all languages decide the same.
const CASES: Template = &[
    (
        "cases/administrator.json",
        include_str!("new/cases/administrator.json"),
    ),
    (
        "cases/colleague.json",
        include_str!("new/cases/colleague.json"),
    ),
    (
        "cases/defaults.json",
        include_str!("new/cases/defaults.json"),
    ),
    (
        "cases/no-department.json",
        include_str!("new/cases/no-department.json"),
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
    let (language, source, template, sdk) = match options.lang {
        Lang::Rust => ("Rust", "src/lib.rs", RUST, RUST_SDK),
        Lang::Js => ("JavaScript", "src/plugin.js", JAVASCRIPT, JAVASCRIPT_SDK),
        Lang::Python => ("Python", "src/plugin.py", PYTHON, PYTHON_SDK),
    };
    for (path, text) in template.iter().chain(CASES).chain(sdk) {
        write(&folder.join(path), &text.replace("{{name}}", name))?;
    }
    let shown = folder.display();
    Ok(Said {
        good: true,
        text: format!(
            "{shown} is a plugin in {language}: {source} decides, cases/ say what should come of it.\n\n  \
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
