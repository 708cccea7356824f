//! Rust: cargo builds a `cdylib` for wasm32-unknown-unknown, which imports nothing by itself.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::Value;

use crate::{Built, Error, component};

/// The only target of Rust without WASI imports.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Small, and quick to start. Given to cargo on its command line, so that no project has to repeat it.
const PROFILE: [&str; 6] = [
    r#"profile.guest.inherits="release""#,
    "profile.guest.opt-level=3",
    r#"profile.guest.lto="fat""#,
    "profile.guest.codegen-units=1",
    r#"profile.guest.panic="abort""#,
    "profile.guest.strip=true",
];

/// Plugins do not grow their memory: a fresh instance then costs a third. What they need lies in the
/// 384 KiB they start with, 64 KiB of it stack; more is fetched if a decision does not fit.
const LINKER: [&str; 2] = [
    "-Clink-arg=-zstack-size=65536",
    "-Clink-arg=--initial-memory=393216",
];

/// Environment of an outer cargo that is not meant for guests: linker flags would replace ours, and
/// neither a wrapper (clippy's, say) nor profile settings apply.
const OUTER: [&str; 6] = [
    "CARGO_PROFILE_",
    "CARGO_BUILD_",
    "CARGO_TARGET_WASM32",
    "CARGO_ENCODED_",
    "RUSTC_W",
    "RUSTFLAGS",
];

/// A cargo project whose library is a plugin.
#[derive(Debug)]
pub struct Rust {
    /// The folder with its `Cargo.toml`.
    pub folder: PathBuf,
    /// Where cargo keeps what it builds; its own choice if there is none.
    pub target: Option<PathBuf>,
    /// Arguments for cargo, such as `--locked`.
    pub arguments: Vec<OsString>,
}

impl Rust {
    /// Builds it. Cargo's progress and the compiler's words go to standard error.
    pub fn build(&self) -> Result<Built, Error> {
        let manifest = self.folder.join("Cargo.toml");
        let manifest = manifest.canonicalize().map_err(|_| Error::NotAProject {
            folder: self.folder.clone(),
            why: "it has no Cargo.toml".into(),
        })?;
        installed()?;
        let folder = manifest.parent().unwrap_or(&manifest);
        let mut cargo = Command::new(cargo());
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if OUTER.iter().any(|prefix| text.starts_with(prefix)) {
                cargo.env_remove(&name);
            }
        }
        for setting in PROFILE {
            cargo.args(["--config", setting]);
        }
        cargo
            .arg("--config")
            .arg(format!("target.{TARGET}.rustflags={:?}", flags()))
            .args(["build", "--lib", "--profile", "guest", "--target", TARGET])
            .args([
                "--message-format",
                "json-render-diagnostics",
                "--manifest-path",
            ])
            .arg(&manifest)
            .args(&self.arguments)
            .stderr(Stdio::inherit())
            .current_dir(folder);
        if let Some(target) = &self.target {
            cargo.arg("--target-dir").arg(target);
        }
        let output = cargo.output().map_err(Error::io("cannot run cargo"))?;
        if !output.status.success() {
            return Err(Error::DoesNotCompile(self.folder.display().to_string()));
        }
        let (name, module) = artifact(&output.stdout, &manifest).ok_or(Error::NotAProject {
            folder: self.folder.clone(),
            why:
                "its library is no cdylib; add `crate-type = [\"cdylib\"]` to `[lib]` in Cargo.toml"
                    .into(),
        })?;
        let module =
            fs::read(&module).map_err(Error::io(format!("cannot read {}", module.display())))?;
        let component = component::encode(&name, &module)?;
        Ok(Built { name, component })
    }
}

/// The cargo that runs this, or the one on the path.
fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Whether cargo and the target are there. Asked beforehand, since what the compiler says without its
/// target's library is no help.
fn installed() -> Result<(), Error> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    let Ok(asked) = asked else {
        return Err(Error::Missing {
            what: "Rust".to_owned(),
            fix: "curl https://sh.rustup.rs -sSf | sh".to_owned(),
        });
    };
    let libraries = PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim());
    if asked.status.success() && libraries.is_dir() {
        return Ok(());
    }
    Err(Error::Missing {
        what: format!("Rust's target {TARGET}"),
        fix: format!("rustup target add {TARGET}"),
    })
}

/// The linker's flags, and the one that cuts cargo's folder off the names of source files in panics: where this
/// machine keeps them is nobody's business. Of the project's own files cargo gives relative names.
fn flags() -> Vec<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let cut = |path: PathBuf| format!("--remap-path-prefix={}/=", path.display());
    let linker = LINKER.map(str::to_owned);
    linker.into_iter().chain(home.map(cut)).collect()
}

/// Name and core module of the project's `cdylib`, from cargo's messages.
fn artifact(messages: &[u8], manifest: &Path) -> Option<(String, PathBuf)> {
    let lines = messages.split(|byte| *byte == b'\n');
    lines.rev().find_map(|line| {
        let message: Value = serde_json::from_slice(line).ok()?;
        if message["manifest_path"].as_str() != manifest.to_str() {
            return None;
        }
        let files = message["filenames"].as_array()?;
        let module = files
            .iter()
            .filter_map(|file| file.as_str().map(Path::new))
            .find(|file| {
                file.extension()
                    .is_some_and(|extension| extension == "wasm")
            })?;
        let name = message["target"]["name"].as_str()?.replace('_', "-");
        Some((name, module.to_owned()))
    })
}
