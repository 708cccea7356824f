//! JavaScript: componentize-qjs, from npm, takes an image of QuickJS after it has loaded the plugin's module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::project::{self, Stamp};
use crate::{Built, Error};

/// Loads the plugin's module in Node.js, as the component will, and says what it exports.
const PROBE: &str = include_str!("js/probe.mjs");

/// The module that the component is made of.
const ENTRY: &str = include_str!("js/entry.js");

/// Of Node.js, that componentize-qjs runs on.
const OLDEST_NODE: u32 = 18;

/// An npm package whose main module is a plugin.
#[derive(Debug)]
pub struct JavaScript {
    /// The folder with its `package.json`.
    pub folder: PathBuf,
}

/// What [`PROBE`] says.
#[derive(Deserialize)]
struct Probed {
    name: String,
    version: String,
    /// Path of the module in the project.
    main: String,
    /// The functions it exports.
    functions: Vec<String>,
    /// Where the SDK is.
    sdk: PathBuf,
}

impl JavaScript {
    /// Installs what the lock file says, if it isn't there, and builds it, unless that was done already. The tools'
    /// words go to standard error.
    pub fn build(&self) -> Result<Built, Error> {
        let folder = self.folder.canonicalize();
        let folder = folder.map_err(Error::io(format!("cannot open {}", self.folder.display())))?;
        node()?;
        install(&folder)?;
        let probed = self.probe(&folder)?;
        let mut besides = vec![folder.join("node_modules/.package-lock.json")];
        if !probed.sdk.starts_with(&folder) {
            besides.push(probed.sdk.clone());
        }
        let stamp = Stamp::of(&folder, &besides, &[PROBE, ENTRY])?;
        if let Some(component) = stamp.built(&probed.name) {
            return Ok(Built::new(probed.name, component));
        }
        let component = self.componentize(&folder, &probed)?;
        stamp.keep(&component)?;
        Ok(Built::new(probed.name, component))
    }

    fn probe(&self, folder: &Path) -> Result<Probed, Error> {
        let mut probe = Command::new("node");
        probe.args(["--input-type=module", "--eval", PROBE]);
        let said = project::run(probe.current_dir(folder), &self.folder)?;
        let line = said.lines().last().unwrap_or_default();
        serde_json::from_str(line).map_err(|_| Error::NotAProject {
            folder: self.folder.clone(),
            why: "its package.json has no name and version",
        })
    }

    fn componentize(&self, folder: &Path, probed: &Probed) -> Result<Vec<u8>, Error> {
        let interfaces = project::interfaces(&probed.functions).ok_or(Error::NotAProject {
            folder: self.folder.clone(),
            why: "its main module exports none of the functions `profile`, `placements` and `grants`",
        })?;
        // What the engine takes for the file system: the project, and the SDK if that lies elsewhere.
        let mut root = folder;
        while !probed.sdk.starts_with(root) {
            root = root.parent().unwrap_or(Path::new("/"));
        }
        let below = folder.strip_prefix(root).unwrap_or(folder);
        let below = match below.to_string_lossy() {
            here if here.is_empty() => String::new(),
            below => format!("/{below}"),
        };
        let about =
            serde_json::json!({ "name": probed.name, "version": probed.version, "folder": below });
        let main = probed.main.trim_start_matches("./");
        let entry = ENTRY
            .replace("{{main}}", &format!("../../{main}"))
            .replace("{{interfaces}}", &interfaces.join(", "))
            .replace("{{about}}", &about.to_string());
        let work = project::work(folder, &interfaces, &[("entry.js", &entry)])?;
        let made = work.join("component.wasm");
        let mut tool = Command::new("node");
        tool.arg(folder.join("node_modules/componentize-qjs/cli.mjs"))
            .arg("--wit")
            .arg(work.join("wit"))
            .arg("--js")
            .arg(work.join("entry.js"))
            .arg("--module-root")
            .arg(root)
            .args([
                "--world",
                project::WORLD,
                "--sync",
                "--stub-wasi",
                "--output",
            ])
            .arg(&made);
        project::run(tool.current_dir(folder), &self.folder)?;
        project::take(&made)
    }
}

/// Whether Node.js is there, and npm.
fn node() -> Result<(), Error> {
    let missing = |what: &str| Error::Missing {
        what: what.to_owned(),
        fix: "sudo apt-get install -y nodejs npm    # or from https://nodejs.org".to_owned(),
    };
    let version = |tool: &str| Command::new(tool).arg("--version").output().ok();
    let found = version("node").ok_or_else(|| missing("Node.js"))?;
    let found = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    let major = found.trim_start_matches('v').split('.').next();
    if major.and_then(|major| major.parse().ok()) < Some(OLDEST_NODE) {
        return Err(missing(&format!(
            "Node.js {OLDEST_NODE} or later (this is {found})"
        )));
    }
    version("npm").map(drop).ok_or_else(|| missing("npm"))
}

/// Has npm install what the lock file says, unless it has done so since the lock file was last written.
fn install(folder: &Path) -> Result<(), Error> {
    let written = |path: &str| {
        fs::metadata(folder.join(path))
            .and_then(|file| file.modified())
            .ok()
    };
    let installed = written("node_modules/.package-lock.json");
    let wanted = written("package-lock.json").max(written("package.json"));
    if installed.is_some() && installed >= wanted {
        return Ok(());
    }
    let locked = written("package-lock.json").is_some();
    let mut npm = Command::new("npm");
    npm.arg(if locked { "ci" } else { "install" })
        .args(["--no-audit", "--no-fund"])
        .current_dir(folder);
    project::install(&mut npm)
}
