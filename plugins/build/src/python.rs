//! Python: componentize-py, from PyPI, takes an image of CPython after it has loaded the plugin's module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::project::{self, Stamp};
use crate::{Built, Error};

/// Loads the plugin's module in the Python of this machine, as the component will, and says what it exports.
const PROBE: &str = include_str!("python/probe.py");

/// The module that the component is made of.
const ENTRY: &str = include_str!("python/entry.py");

/// Its name, and that of the folder it lies in.
const ENTRY_MODULE: &str = "rolecall_entry";

/// Of Python, that reads `pyproject.toml` by itself.
const OLDEST_PYTHON: &str = "3.11";

/// A folder with a `pyproject.toml`, that names the module and the folders in which modules are found:
///
/// ```toml
/// [tool.rolecall]
/// module = "plugin"
/// path = ["src", "vendor/sdk"]
/// ```
///
/// and a `requirements.txt` with componentize-py, and whatever the plugin imports.
#[derive(Debug)]
pub struct Python {
    /// The folder.
    pub folder: PathBuf,
}

/// What [`PROBE`] says.
#[derive(Deserialize)]
struct Probed {
    name: String,
    version: String,
    module: String,
    path: Vec<String>,
    /// The functions it has.
    functions: Vec<String>,
}

impl Python {
    /// Installs the requirements into `.venv`, if they aren't there, and builds it, unless that was done already. The
    /// tools' words go to standard error.
    pub fn build(&self) -> Result<Built, Error> {
        let folder = self.folder.canonicalize();
        let folder = folder.map_err(Error::io(format!("cannot open {}", self.folder.display())))?;
        let tools = install(&folder)?;
        let probed = self.probe(&folder, &tools)?;
        let paths: Vec<_> = probed.path.iter().map(|path| folder.join(path)).collect();
        let outside = paths.iter().map(|path| path.canonicalize().ok());
        let outside: Vec<_> = outside
            .flatten()
            .filter(|path| !path.starts_with(&folder))
            .collect();
        let stamp = Stamp::of(&folder, &outside, &[PROBE, ENTRY])?;
        if let Some(component) = stamp.built(&probed.name) {
            return Ok(Built::new(probed.name, component));
        }
        let component = self.componentize(&folder, &tools, &probed)?;
        stamp.keep(&component)?;
        Ok(Built::new(probed.name, component))
    }

    fn probe(&self, folder: &Path, tools: &Path) -> Result<Probed, Error> {
        let mut probe = Command::new(tools.join("python"));
        probe.args(["-c", PROBE]);
        let said = project::run(probe.current_dir(folder), &self.folder)?;
        let line = said.lines().last().unwrap_or_default();
        serde_json::from_str(line).map_err(|_| Error::NotAProject {
            folder: self.folder.clone(),
            why: "its pyproject.toml has no `name` and `version` in [project], or no `module` and `path` in [tool.rolecall]",
        })
    }

    fn componentize(&self, folder: &Path, tools: &Path, probed: &Probed) -> Result<Vec<u8>, Error> {
        let interfaces = project::interfaces(&probed.functions).ok_or(Error::NotAProject {
            folder: self.folder.clone(),
            why: "its module has none of the functions `profile`, `placements` and `grants`",
        })?;
        let classes = interfaces.iter().map(|interface| {
            let (first, rest) = interface.split_at(1);
            first.to_uppercase() + rest
        });
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let entry = ENTRY
            .replace("{{classes}}", &classes.collect::<Vec<_>>().join(", "))
            .replace("{{module}}", &probed.module)
            .replace("{{name}}", &text(&probed.name))
            .replace("{{version}}", &text(&probed.version));
        let path = format!("{ENTRY_MODULE}/{ENTRY_MODULE}.py");
        let work = project::work(folder, &interfaces, &[(&path, &entry)])?;
        let made = work.join("component.wasm");
        let mut tool = Command::new(tools.join("componentize-py"));
        tool.arg("--quiet")
            .arg("--wit-path")
            .arg(work.join("wit"))
            .args([
                "--world",
                project::WORLD,
                "componentize",
                ENTRY_MODULE,
                "--stub-wasi",
            ])
            .arg("--python-path")
            .arg(work.join(ENTRY_MODULE))
            .arg("--output")
            .arg(&made)
            // Whatever else is installed there, and not what some other Python has.
            .env("VIRTUAL_ENV", folder.join(VENV));
        for path in &probed.path {
            tool.arg("--python-path").arg(path);
        }
        project::run(tool.current_dir(folder), &self.folder)?;
        project::take(&made)
    }
}

/// Where the requirements are installed.
const VENV: &str = ".venv";

/// Has pip install the requirements, unless it has done so since they last changed. Returns the folder of the tools.
fn install(folder: &Path) -> Result<PathBuf, Error> {
    let wanted = folder.join("requirements.txt");
    let wanted = fs::read_to_string(&wanted).map_err(|_| Error::NotAProject {
        folder: folder.to_owned(),
        why: "it has no requirements.txt",
    })?;
    let venv = folder.join(VENV);
    let tools = venv.join("bin");
    let note = venv.join("rolecall-installed");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(tools);
    }
    python()?;
    let mut make = Command::new("python3");
    project::install(
        make.args(["-m", "venv", "--clear", VENV])
            .current_dir(folder),
    )?;
    let mut pip = Command::new(tools.join("python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ])
    .args(["--requirement", "requirements.txt"]);
    project::install(pip.current_dir(folder))?;
    fs::write(&note, wanted).map_err(Error::io(format!("cannot write {}", note.display())))?;
    Ok(tools)
}

/// Whether Python is there, new enough, and with what makes virtual environments.
fn python() -> Result<(), Error> {
    let asked = |code: &str| {
        let mut python = Command::new("python3");
        python
            .args(["-c", code])
            .stderr(Stdio::null())
            .output()
            .ok()
    };
    let missing = |what: String, package: &str| Error::Missing {
        what,
        fix: format!("sudo apt-get install -y {package}    # or from https://www.python.org"),
    };
    let version = asked(
        "import sys; print('%d.%d' % sys.version_info[:2]); sys.exit(sys.version_info < (3, 11))",
    );
    let version = version.ok_or_else(|| missing("Python".to_owned(), "python3 python3-venv"))?;
    if !version.status.success() {
        let found = String::from_utf8_lossy(&version.stdout).trim().to_owned();
        let what = format!("Python {OLDEST_PYTHON} or later (this is {found})");
        return Err(missing(what, "python3 python3-venv"));
    }
    let venv = asked("import ensurepip, venv").is_some_and(|asked| asked.status.success());
    if venv {
        return Ok(());
    }
    Err(missing("Python's venv".to_owned(), "python3-venv"))
}
