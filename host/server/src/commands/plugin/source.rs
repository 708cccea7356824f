//! Where a plugin comes from: a file, a project, or this binary.

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use anyhow::{Context, Result};
use rolecall_app::workbench::{Refusal, Workbench};
use rolecall_plugin_build::Built;

use crate::config::plugin::Plugins;

/// The stock plugin's name.
const RULES: &str = "rules";

/// The component that an argument names.
pub(super) fn component(plugin: &str) -> Result<Vec<u8>> {
    let path = Path::new(plugin);
    if plugin == RULES {
        Ok(Workbench::rules().to_vec())
    } else if path.is_dir() {
        Ok(build(path)?.0.component)
    } else {
        let missing = || {
            format!(
                "there is no plugin {plugin:?}: name a component's file, a project's folder, or {RULES}"
            )
        };
        fs::read(path).with_context(missing)
    }
}

/// Builds a project; its component lies in the returned file.
pub(super) fn build(project: &Path) -> Result<(Built, PathBuf)> {
    let built = rolecall_plugin_build::build(project)?;
    let folder = project.join("target");
    let file = folder.join(format!("{}.wasm", built.name));
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&file, &built.component))
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok((built, file))
}

/// A server would not take the plugin: a verdict, not a mishap.
#[derive(Debug)]
pub(super) struct Refused {
    plugin: String,
    pub(super) refusal: Refusal,
}

impl std::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { code, detail } = &self.refusal;
        write!(
            f,
            "A server would refuse {} ({code}): {detail}",
            self.plugin
        )
    }
}

/// A workbench with the plugins on it.
pub(super) fn workbench(plugins: &Plugins) -> Result<Workbench> {
    let mut workbench = Workbench::new(kept(&plugins.plugins).as_deref())?;
    for plugin in &plugins.plugins {
        workbench
            .add(component(plugin)?)
            .map_err(|refusal| Refused {
                plugin: plugin.clone(),
                refusal,
            })?;
    }
    Ok(workbench)
}

/// Where native code is kept: with the first project, if there is one.
pub(super) fn kept(plugins: &[String]) -> Option<PathBuf> {
    let project = plugins
        .iter()
        .find(|plugin| *plugin != RULES && Path::new(plugin).is_dir());
    project.map(|project| Path::new(project).join("target/rolecall/native"))
}

/// Where the cases of a plugin are: in its project, whose built component may be what was named.
pub(super) fn cases(plugins: &Plugins) -> PathBuf {
    let plugin = plugins.plugins.first().map_or(".", String::as_str);
    let path = Path::new(plugin);
    let folder = if plugin == RULES {
        Path::new(".")
    } else if path.is_dir() {
        path
    } else {
        let beside = path.parent().unwrap_or(path);
        match beside.file_name() {
            Some(name) if name == "target" => beside.parent().unwrap_or(beside),
            _ => beside,
        }
    };
    folder.join("cases")
}
