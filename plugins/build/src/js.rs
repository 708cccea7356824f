//! JavaScript: componentize-qjs, from npm, takes an image of QuickJS after it has loaded the plugin's module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::project;
use crate::stamp::{Input, Note, Stamp};
use crate::{Built, Error};

/// Loads the plugin's module in Node.js, as the component will, and says what it exports.
const PROBE: &str = include_str!("js/probe.mjs");

/// The module that the component is made of.
const ENTRY: &str = include_str!("js/entry.js");

/// Of Node.js, that componentize-qjs runs on.
const OLDEST_NODE: u32 = 18;

/// Where there are newer ones.
const FROM: &str = "https://nodejs.org/en/download";

/// What npm says is installed.
const INSTALLED: &str = "node_modules/.package-lock.json";

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
        install(&folder, &node()?)?;
        let mut probe = Command::new("node");
        probe.args(["--input-type=module", "--eval", PROBE]);
        let probed: Probed = project::probe(probe.current_dir(&folder), &self.folder)?;
        // Modules may import from anywhere in the project.
        let mut inputs = vec![
            Input::new("", folder.clone()),
            Input::of(&folder, INSTALLED),
        ];
        if !probed.sdk.starts_with(&folder) {
            inputs.push(Input::new("sdk", probed.sdk.clone()));
        }
        let name = project::file_name(&probed.name);
        let stamp = Stamp::of(&folder, &inputs, &[PROBE, ENTRY])?;
        if let Some(component) = stamp.built(&name) {
            return Ok(Built { name, component });
        }
        let component = self.componentize(&folder, &probed)?;
        stamp.keep(&component)?;
        Ok(Built { name, component })
    }

    fn componentize(&self, folder: &Path, probed: &Probed) -> Result<Vec<u8>, Error> {
        let interfaces = project::interfaces(&probed.functions).ok_or(Error::NotAProject {
            folder: self.folder.clone(),
            why:
                "its main module exports none of the functions `profile`, `placements` and `grants`"
                    .into(),
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

/// The Node.js that is there, beside npm: its version, and the machine it is for.
fn node() -> Result<String, Error> {
    let missing = |what: &str| Error::Missing {
        what: what.to_owned(),
        fix: format!(
            "sudo apt-get install -y nodejs npm    # Debian, Ubuntu; elsewhere from {FROM}"
        ),
    };
    let asked = |tool: &str, question: &[&str]| Command::new(tool).args(question).output().ok();
    let about = "process.version + ' ' + process.platform + ' ' + process.arch";
    let found = asked("node", &["-p", about]).ok_or_else(|| missing("Node.js"))?;
    let found = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    let version = found.split(' ').next().unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next();
    if major.and_then(|major| major.parse().ok()) < Some(OLDEST_NODE) {
        return Err(Error::TooOld {
            what: format!("Node.js {OLDEST_NODE}"),
            found: version.to_owned(),
            from: FROM,
        });
    }
    asked("npm", &["--version"]).ok_or_else(|| missing("npm"))?;
    Ok(found)
}

/// Has npm install what the lock file says, unless it has done so. No package's scripts are run: neither the tool nor
/// what can be in a component needs any.
fn install(folder: &Path, node: &str) -> Result<(), Error> {
    let text = |path: &str| fs::read_to_string(folder.join(path)).unwrap_or_default();
    let installed = || {
        let wanted = [node, &text("package.json"), &text("package-lock.json")];
        Note::new(folder.join("node_modules/.rolecall"), &wanted)
    };
    if installed().holds() && folder.join(INSTALLED).is_file() {
        return Ok(());
    }
    let locked = folder.join("package-lock.json").is_file();
    let mut npm = Command::new("npm");
    npm.arg(if locked { "ci" } else { "install" })
        .args(["--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder);
    project::install(&mut npm)?;
    // As it is now: the first installation writes the lock file.
    installed().keep()
}
