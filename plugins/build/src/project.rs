//! What projects of other languages than Rust have in common: a tool that makes a component of a world and of the
//! author's sources.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// The contract. It is the host's, not the project's: a project's own copy is for reading.
pub(crate) const CONTRACT: &str = include_str!("../../../wit/v1/plugin.wit");

/// Interfaces of the contract, with the function that an author writes for each.
const SLOTS: [(&str, &str); 3] = [
    ("attributes", "profile"),
    ("tenants", "placements"),
    ("roles", "grants"),
];

/// The world of a project.
pub(crate) const WORLD: &str = "project";

/// How a probe's line begins, whatever else the plugin prints while it is loaded.
const PROBED: &str = "rolecall: ";

/// Where the tools work, and keep what they need again.
pub(crate) const WORK: &str = "target/rolecall";

/// The name of a package as that of a file: npm's may have scopes, such as `@acme/mapping`.
pub(crate) fn file_name(package: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name = package.replace(|c| !plain(c), "-");
    match name.trim_start_matches(['-', '.']) {
        "" => "plugin".to_owned(),
        name => name.to_owned(),
    }
}

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
    let work = folder.join(WORK);
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

/// What a probe says: what it found, or why there is nothing to find.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said<T> {
    Wrong { wrong: String },
    Found(T),
}

/// Runs a probe, which loads the plugin and says in a line of JSON what it found.
pub(crate) fn probe<T: DeserializeOwned>(tool: &mut Command, project: &Path) -> Result<T, Error> {
    let said = run(tool, project)?;
    let wrong = |why: String| Error::NotAProject {
        folder: project.to_owned(),
        why: why.into(),
    };
    let line = said
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix(PROBED));
    let line = line.ok_or_else(|| {
        eprint!("{said}");
        wrong("its module ends the process that loads it".to_owned())
    })?;
    match serde_json::from_str(line) {
        Ok(Said::Found(found)) => Ok(found),
        Ok(Said::Wrong { wrong: why }) => Err(wrong(why)),
        Err(error) => Err(wrong(format!("its probe says {line}: {error}"))),
    }
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

pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(Error::io(format!("cannot write {}", path.display())))
}
