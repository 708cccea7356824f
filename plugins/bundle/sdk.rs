//! The SDKs as a project needs them that has only this binary: their sources, the contract, and for Rust the versions
//! of its dependencies that it was tested with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The SDK for Rust, as Rust source of the array of files: path in the project, text.
pub(crate) fn rust(workspace: &Path) -> Result<String> {
    let read = |path: &str| {
        fs::read_to_string(workspace.join(path)).with_context(|| format!("cannot read {path}"))
    };
    let mut files = BTreeMap::new();
    let root = read("Cargo.toml")?;
    files.insert(
        "vendor/sdk/Cargo.toml".to_owned(),
        alone(&read("plugins/sdk/Cargo.toml")?, &root),
    );
    files.insert("Cargo.lock".to_owned(), locked(&read("Cargo.lock")?));
    for (from, to) in [("plugins/sdk/src", "vendor/sdk/src"), ("wit/v1", "wit/v1")] {
        gather(&workspace.join(from), to, &mut files)?;
    }
    Ok(source(files))
}

/// The SDK of a language whose projects take it as it is, likewise.
pub(crate) fn copied(workspace: &Path, language: &str) -> Result<String> {
    let mut files = BTreeMap::new();
    gather(
        &workspace.join("plugins/sdk").join(language),
        "vendor/sdk",
        &mut files,
    )?;
    gather(&workspace.join("wit/v1"), "wit/v1", &mut files)?;
    Ok(source(files))
}

fn source(files: BTreeMap<String, String>) -> String {
    format!("{:?}", files.into_iter().collect::<Vec<_>>()).replacen('[', "&[", 1)
}

fn gather(folder: &Path, to: &str, files: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .context("a name in UTF-8")?;
        let to = format!("{to}/{name}");
        if name.starts_with('.') || ["node_modules", "__pycache__"].contains(&name) {
            continue;
        }
        if path.is_dir() {
            gather(&path, &to, files)?;
        } else {
            files.insert(to, fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// A manifest with what it takes from its workspace written out.
fn alone(manifest: &str, root: &str) -> String {
    let inherited = |line: &str| {
        let name = line.strip_suffix(".workspace = true")?;
        let written = root
            .lines()
            .find(|line| line.starts_with(&format!("{name} = ")))?;
        Some(written.to_owned())
    };
    let lines = manifest.replace("\n[lints]\nworkspace = true\n", "");
    let lines = lines.lines();
    let lines = lines.map(|line| inherited(line).unwrap_or_else(|| line.to_owned()));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// The part of the workspace's lock file that the SDK needs.
fn locked(lock: &str) -> String {
    let mut blocks = lock.split("\n[[package]]\n");
    let head = blocks.next().unwrap_or_default();
    let blocks: Vec<&str> = blocks.collect();
    let mut needed = BTreeSet::new();
    let mut open = vec!["rolecall-plugin-sdk"];
    while let Some(wanted) = open.pop() {
        let (name, version) = wanted.split_once(' ').unwrap_or((wanted, ""));
        let found = blocks.iter().position(|block| {
            field(block, "name") == name
                && (version.is_empty() || field(block, "version") == version)
        });
        if let Some(at) = found.filter(|at| needed.insert(*at)) {
            let dependencies = blocks[at].split_once("dependencies = [\n");
            let lines = dependencies.map_or("", |(_, lines)| lines).lines();
            open.extend(lines.filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\",")));
        }
    }
    let needed = needed
        .into_iter()
        .map(|at| format!("\n[[package]]\n{}", blocks[at]));
    format!("{head}{}", needed.collect::<String>())
}

fn field<'a>(block: &'a str, name: &str) -> &'a str {
    let value = block
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""));
    value.map_or("", |value| value.trim_end_matches('"'))
}
