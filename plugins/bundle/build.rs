//! Builds the guests for wasm32 with a nested cargo, and turns each into a component.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use wit_component::ComponentEncoder;

const TARGET: &str = "wasm32-unknown-unknown";

/// The guests: package and crate name.
const GUESTS: [(&str, &str); 2] = [
    ("rolecall-plugin-rules", "rolecall_plugin_rules"),
    ("reseller-mapping", "reseller_mapping"),
];

/// What guests are built from, seen from the workspace.
const SOURCES: [&str; 8] = [
    "plugins/rules",
    "examples/reseller-mapping",
    "plugins/sdk",
    "wit/v1",
    "host/scim/src",
    "host/scim/Cargo.toml",
    ".cargo/config.toml",
    "Cargo.toml",
];

fn main() -> Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").context("cargo sets OUT_DIR")?);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    for source in SOURCES {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(source).display()
        );
    }
    for (package, name) in GUESTS {
        let modules = build(&workspace, &out, package)?;
        let module = fs::read(modules.join(name).with_extension("wasm"))?;
        let component = ComponentEncoder::default()
            .validate(true)
            .module(&module)
            .and_then(ComponentEncoder::encode)
            .with_context(|| format!("{package} does not make a component"))?;
        fs::write(out.join(name).with_extension("wasm"), component)?;
    }
    Ok(())
}

/// Builds one guest by itself, since what others need of shared dependencies would change its bytes;
/// returns the directory of the core modules.
fn build(workspace: &Path, out: &Path, package: &str) -> Result<PathBuf> {
    // Beside the outer build's directory, which is locked while this runs, and the same for all of its
    // profiles: OUT_DIR is `target/{profile}/build/{package}/out`.
    let target = out
        .ancestors()
        .nth(4)
        .context("OUT_DIR lies in a target directory")?;
    let target = target.join("guests");
    let mut cargo = Command::new(env::var_os("CARGO").context("cargo sets CARGO")?);
    // `.cargo/config.toml` has the linker flags; these would replace them. Neither the outer build's
    // wrapper (clippy's, say) nor its profile settings are meant for guests.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let outer = [
            "CARGO_PROFILE_",
            "CARGO_BUILD_",
            "CARGO_TARGET_",
            "CARGO_ENCODED_",
        ];
        if outer.iter().any(|prefix| name.starts_with(prefix)) {
            cargo.env_remove(&*name);
        }
    }
    cargo
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .current_dir(workspace)
        .args(["build", "--profile", "guest", "--package", package])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target)
        // Panics name source files; where this machine keeps them is nobody's business.
        .arg("--config")
        .arg(format!(
            "target.{TARGET}.rustflags=[{}]",
            remapped(workspace)?
        ));
    let built = cargo.output().context("cannot run cargo")?;
    if !built.status.success() {
        let words = String::from_utf8_lossy(&built.stderr);
        if words.contains("target may not be installed") {
            bail!("plugins are built for {TARGET}; run\n\n    rustup target add {TARGET}\n");
        }
        bail!("{package} does not build:\n{words}");
    }
    Ok(target.join(TARGET).join("guest"))
}

/// Flags that cut off the directories of the workspace and of cargo's registry.
fn remapped(workspace: &Path) -> Result<String> {
    let home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir().context("no home directory")?.join(".cargo"),
    };
    let flags = [workspace, &home].map(|path| format!("--remap-path-prefix={}/=", path.display()));
    Ok(format!("{:?}, {:?}", flags[0], flags[1]))
}
