//! What projects of other languages than Rust have in common: a tool that makes a component of a world and of the
//! author's sources.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use sha2::{Digest, Sha256};

use crate::Error;

/// The contract. It is the host's, not the project's: a project's own copy is for reading.
const CONTRACT: &str = include_str!("../../../wit/v1/plugin.wit");

/// Interfaces of the contract, with the function that an author writes for each.
const SLOTS: [(&str, &str); 3] = [
    ("attributes", "profile"),
    ("tenants", "placements"),
    ("roles", "grants"),
];

/// The world of a project.
pub(crate) const WORLD: &str = "project";

/// Where a project keeps what is built.
const TARGET: &str = "target";

/// Folders of a project that say nothing about its component.
const ASIDE: [&str; 7] = [
    TARGET,
    "cases",
    "node_modules",
    ".git",
    ".venv",
    "__pycache__",
    "README.md",
];

/// The interfaces that a module exports by the functions it has; none if it fills no slot.
pub(crate) fn interfaces(functions: &[String]) -> Option<Vec<&'static str>> {
    let has = |function: &str| functions.iter().any(|name| name == function);
    let slots = SLOTS.iter().filter(|(_, function)| has(function));
    let slots: Vec<_> = slots.map(|(interface, _)| *interface).collect();
    (!slots.is_empty()).then(|| [vec!["lifecycle"], slots].concat())
}

/// Lays out what the tool works on, in a folder of its own: the world that exports these interfaces, and these files.
pub(crate) fn work(
    folder: &Path,
    interfaces: &[&str],
    files: &[(&str, &str)],
) -> Result<PathBuf, Error> {
    let export = |interface: &&str| format!("export rolecall:plugin/{interface}@1.0.0;");
    let exports: Vec<_> = interfaces.iter().map(export).collect();
    let exports = exports.join("\n  ");
    let world = format!(
        "package rolecall:{WORLD};\n\nworld {WORLD} {{\n  import rolecall:plugin/log@1.0.0;\n  {exports}\n}}\n"
    );
    let work = folder.join(TARGET).join("rolecall");
    let ours = [
        ("wit/world.wit", &*world),
        ("wit/deps/plugin/plugin.wit", CONTRACT),
    ];
    for (path, text) in ours.iter().chain(files) {
        let path = work.join(path);
        write(&path, text.as_bytes())?;
    }
    Ok(work)
}

/// Runs a tool of the build; what it prints is returned if it succeeds, and shown if it doesn't.
pub(crate) fn run(tool: &mut Command, project: &Path) -> Result<String, Error> {
    let name = tool.get_program().to_string_lossy().into_owned();
    let output = tool
        .stdin(Stdio::null())
        .env_remove("RUST_BACKTRACE")
        .output();
    let output = output.map_err(Error::io(format!("cannot run {name}")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    eprint!("{text}{}", String::from_utf8_lossy(&output.stderr));
    Err(Error::DoesNotCompile(project.display().to_string()))
}

/// Runs what installs tools; its words go to standard error.
pub(crate) fn install(tool: &mut Command) -> Result<(), Error> {
    let name = tool.get_program().to_string_lossy().into_owned();
    let status = tool.stdin(Stdio::null()).stdout(io::stderr()).status();
    let status = status.map_err(Error::io(format!("cannot run {name}")))?;
    if status.success() {
        return Ok(());
    }
    let arguments = tool.get_args().map(|argument| argument.to_string_lossy());
    let command = [vec![name.into()], arguments.collect()].concat().join(" ");
    Err(Error::NotInstalled(command))
}

/// The component a tool has made, which nobody needs twice.
pub(crate) fn take(made: &Path) -> Result<Vec<u8>, Error> {
    let component = fs::read(made).map_err(Error::io(format!("cannot read {}", made.display())))?;
    fs::remove_file(made).map_err(Error::io(format!("cannot remove {}", made.display())))?;
    Ok(component)
}

/// What a component is made of. These tools give other bytes, and so another digest, each time they run, and take
/// their time: so nothing is built again that is there.
pub(crate) struct Stamp {
    folder: PathBuf,
    inputs: String,
}

impl Stamp {
    /// Of a project's files, of files and folders besides, and of texts of ours.
    pub(crate) fn of(folder: &Path, besides: &[PathBuf], ours: &[&str]) -> Result<Self, Error> {
        let mut files = Vec::new();
        gather(folder, &mut files)?;
        for path in besides {
            if path.is_dir() {
                gather(path, &mut files)?;
            } else if path.is_file() {
                files.push(path.clone());
            }
        }
        files.sort();
        let mut hash = Sha256::new();
        for file in files {
            let text =
                fs::read(&file).map_err(Error::io(format!("cannot read {}", file.display())))?;
            let name = file.to_string_lossy().into_owned().into_bytes();
            for part in [name, text] {
                hash.update(part.len().to_le_bytes());
                hash.update(part);
            }
        }
        for text in ours.iter().chain(&[CONTRACT, env!("CARGO_PKG_VERSION")]) {
            hash.update(text);
        }
        Ok(Self {
            folder: folder.to_owned(),
            inputs: hex(hash),
        })
    }

    /// The component that was made of these inputs and lies where it was put.
    pub(crate) fn built(&self, name: &str) -> Option<Vec<u8>> {
        let known = fs::read_to_string(self.path()).ok()?;
        let component = self.folder.join(TARGET).join(format!("{name}.wasm"));
        let component = fs::read(component).ok()?;
        (known == self.line(&component)).then_some(component)
    }

    /// Notes what was made of these inputs.
    pub(crate) fn keep(&self, component: &[u8]) -> Result<(), Error> {
        write(&self.path(), self.line(component).as_bytes())
    }

    fn path(&self) -> PathBuf {
        self.folder.join(TARGET).join("rolecall/built")
    }

    fn line(&self, component: &[u8]) -> String {
        format!(
            "{} {}\n",
            self.inputs,
            hex(Sha256::new_with_prefix(component))
        )
    }
}

fn hex(hash: Sha256) -> String {
    use std::fmt::Write;
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let unreadable = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).map_err(Error::io(unreadable()))? {
        let entry = entry.map_err(Error::io(unreadable()))?;
        if ASIDE.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(Error::io(format!("cannot write {}", path.display())))
}
