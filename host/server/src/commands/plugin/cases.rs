//! Case files. What `defaults.json` beside a case says holds wherever the case doesn't say otherwise.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rolecall_app::workbench::Case;
use serde_json::Value;

const DEFAULTS: &str = "defaults.json";

/// A case as it is written, and as it is meant.
pub(super) struct CaseFile {
    pub(super) path: PathBuf,
    pub(super) written: Value,
    pub(super) case: Case,
}

impl CaseFile {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let written = read(path)?;
        let defaults = path.with_file_name(DEFAULTS);
        let mut whole = written.clone();
        if defaults.is_file() {
            fill(&mut whole, read(&defaults)?);
        }
        Ok(Self {
            path: path.to_owned(),
            written,
            case: parse(path, whole)?,
        })
    }

    /// The file's name without its ending.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_stem().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// All cases of a folder, by name.
pub(super) fn all(folder: &Path) -> Result<Vec<CaseFile>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("there is no folder of cases at {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        if is_json && path.file_name().is_some_and(|name| name != DEFAULTS) {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        bail!("there are no cases in {}", folder.display());
    }
    paths.sort();
    paths.iter().map(|path| CaseFile::read(path)).collect()
}

/// What holds for a case that lies nowhere, in the folder where the plugin's cases are.
pub(super) fn defaults(folder: &Path) -> Result<Case> {
    let path = folder.join(DEFAULTS);
    if path.is_file() {
        parse(&path, read(&path)?)
    } else {
        Ok(Case::default())
    }
}

/// JSON of a file; its path is in the error.
pub(super) fn read(path: &Path) -> Result<Value> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}

fn parse(path: &Path, value: Value) -> Result<Case> {
    if !value.is_object() {
        bail!(
            "{} is no case: a JSON object with `user` and `expect`",
            path.display()
        );
    }
    serde_path_to_error::deserialize(value)
        .with_context(|| format!("{} is no case", path.display()))
}

fn fill(case: &mut Value, defaults: Value) {
    let (Value::Object(case), Value::Object(defaults)) = (case, defaults) else {
        return;
    };
    for (name, value) in defaults {
        case.entry(name).or_insert(value);
    }
}
