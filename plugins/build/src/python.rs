//! Python: componentize-py, from PyPI, takes an image of CPython after it has loaded the plugin's module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::project::{self, WORK};
use crate::stamp::{Input, Note, Stamp};
use crate::{Built, Error};

/// Loads the plugin's module in the Python of this machine, as the component will, and says what it exports.
const PROBE: &str = include_str!("python/probe.py");

/// The module that the component is made of.
const ENTRY: &str = include_str!("python/entry.py");

/// Its name, and that of the folder it lies in.
const ENTRY_MODULE: &str = "rolecall_entry";

/// componentize-py, with the hashes of its packages.
const TOOL: &str = include_str!("python/tool.txt");

/// Runs it. The script that pip makes for it names this machine's folders.
const RUN_TOOL: &str = "import sys, componentize_py; sys.exit(componentize_py.script())";

/// Of Python, that reads `pyproject.toml` by itself.
const OLDEST_PYTHON: &str = "3.11";

/// Where to look for it: what is called `python3` may be older.
const PYTHONS: [&str; 5] = [
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3",
];

/// Where there are newer ones.
const FROM: &str = "https://www.python.org/downloads/";

/// Where requirements are installed, below [`WORK`]: a `.venv` of the project is its author's.
const VENV: &str = "venv";

/// A folder with a `pyproject.toml`, that names the module and the folders in which modules are found:
///
/// ```toml
/// [tool.rolecall]
/// module = "plugin"
/// path = ["src", "vendor/sdk"]
/// ```
///
/// and, if the plugin imports more than that, a `requirements.txt`.
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
    /// Installs the tool and the requirements, if they aren't there, and builds it, unless that was done already. The
    /// tools' words go to standard error.
    pub fn build(&self) -> Result<Built, Error> {
        let folder = self.folder.canonicalize();
        let folder = folder.map_err(Error::io(format!("cannot open {}", self.folder.display())))?;
        let python = install(&folder)?;
        let mut probe = Command::new(&python);
        probe.args(["-B", "-c", PROBE]).current_dir(&folder);
        let probed: Probed = project::probe(&mut probe, &self.folder)?;
        let paths = probed.path.iter().map(|path| Input::of(&folder, path));
        let paths: Vec<_> = paths.collect();
        let mut inputs = vec![
            Input::of(&folder, "pyproject.toml"),
            Input::of(&folder, REQUIREMENTS),
        ];
        inputs.extend(paths.iter().cloned());
        let name = project::file_name(&probed.name);
        let stamp = Stamp::of(&folder, &inputs, &[PROBE, ENTRY, TOOL])?;
        if let Some(component) = stamp.built(&name) {
            return Ok(Built { name, component });
        }
        let component = self.componentize(&folder, &python, &paths, &probed)?;
        stamp.keep(&component)?;
        Ok(Built { name, component })
    }

    fn componentize(
        &self,
        folder: &Path,
        python: &Path,
        paths: &[Input],
        probed: &Probed,
    ) -> Result<Vec<u8>, Error> {
        let interfaces = project::interfaces(&probed.functions).ok_or(Error::NotAProject {
            folder: self.folder.clone(),
            why: "its module has none of the functions `profile`, `placements` and `grants`".into(),
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
        let mut tool = Command::new(python);
        tool.args(["-c", RUN_TOOL, "--quiet"])
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
            .env("VIRTUAL_ENV", folder.join(WORK).join(VENV));
        for copy in copies(folder, paths)? {
            tool.arg("--python-path").arg(copy);
        }
        project::run(tool.current_dir(folder), &self.folder)?;
        project::take(&made)
    }
}

/// What the plugin imports besides.
const REQUIREMENTS: &str = "requirements.txt";

/// Copies of the folders with modules, for the tool, which leaves compiled ones behind.
fn copies(folder: &Path, paths: &[Input]) -> Result<Vec<PathBuf>, Error> {
    let all = folder.join(WORK).join("modules");
    if all.exists() {
        let cannot = format!("cannot remove {}", all.display());
        fs::remove_dir_all(&all).map_err(Error::io(cannot))?;
    }
    let copies = paths.iter().enumerate().map(|(at, path)| {
        let copy = all.join(at.to_string());
        let cannot = format!("cannot make {}", copy.display());
        fs::create_dir_all(&copy).map_err(Error::io(cannot))?;
        for (within, file) in path.files(folder)? {
            let text = fs::read(&file);
            let text = text.map_err(Error::io(format!("cannot read {}", file.display())))?;
            project::write(&copy.join(within), &text)?;
        }
        Ok(copy)
    });
    copies.collect()
}

/// Has pip install the tool and the requirements, unless it has done so for this very folder and Python: both are
/// written into what it installs. Returns the Python that has them.
fn install(folder: &Path) -> Result<PathBuf, Error> {
    let python = python()?;
    let text = fs::read_to_string(folder.join(REQUIREMENTS)).unwrap_or_default();
    let work = folder.join(WORK);
    let venv = work.join(VENV);
    let installed = venv.join("bin/python");
    let whose = [&*folder.to_string_lossy(), &python.version, TOOL, &text];
    let note = Note::new(venv.join("rolecall-installed"), &whose);
    if note.holds() {
        return Ok(installed);
    }
    let mut make = Command::new(python.program);
    make.args(["-m", "venv", "--clear"]).arg(&venv);
    project::install(&mut make)?;
    let tool = work.join("tool.txt");
    project::write(&tool, TOOL.as_bytes())?;
    let requirements = folder.join(REQUIREMENTS);
    // No package's code is run to install it; and the tool is the one that was tested.
    for (file, besides) in [(tool, &["--require-hashes"][..]), (requirements, &[])] {
        let mut pip = Command::new(&installed);
        pip.args(["-m", "pip", "install", "--quiet"])
            .args(["--disable-pip-version-check", "--only-binary", ":all:"])
            .args(besides)
            .arg("--requirement")
            .arg(&file);
        if file.is_file() {
            project::install(pip.current_dir(folder))?;
        }
    }
    note.keep()?;
    Ok(installed)
}

/// A Python that will do.
struct Found {
    program: &'static str,
    version: String,
}

/// The first one that is new enough, and has what makes virtual environments.
fn python() -> Result<Found, Error> {
    let asked = |program: &str, code: &str| {
        let mut python = Command::new(program);
        let output = python.args(["-c", code]).stderr(Stdio::null()).output();
        let output = output.ok()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Some((output.status.success(), said))
    };
    let missing = |what: &str, package: &str| Error::Missing {
        what: what.to_owned(),
        fix: format!(
            "sudo apt-get install -y {package}    # Debian, Ubuntu; elsewhere from {FROM}"
        ),
    };
    let version = "import sys; print(sys.version.split()[0], sys.base_prefix); sys.exit(sys.version_info < (3, 11))";
    let mut enough = PYTHONS
        .into_iter()
        .filter_map(|program| match asked(program, version) {
            Some((true, version)) => Some(Found { program, version }),
            _ => None,
        });
    let mut incomplete = false;
    let complete = enough.find(|found| {
        let complete = asked(found.program, "import ensurepip, venv").is_some_and(|(yes, _)| yes);
        incomplete |= !complete;
        complete
    });
    if let Some(found) = complete {
        return Ok(found);
    }
    if incomplete {
        return Err(missing("Python's venv", "python3-venv"));
    }
    match asked("python3", version) {
        Some((false, said)) if !said.is_empty() => Err(Error::TooOld {
            what: format!("Python {OLDEST_PYTHON}"),
            found: said.split(' ').next().unwrap_or_default().to_owned(),
            from: FROM,
        }),
        _ => Err(missing("Python", "python3 python3-venv")),
    }
}
