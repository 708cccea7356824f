//! Builds the guests for wasm32 with a nested cargo, each into a component, and gathers the SDKs' files.

mod sdk;

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};
use rolecall_plugin_build::Rust;

/// The guests.
const GUESTS: [&str; 2] = ["plugins/rules", "examples/reseller-mapping"];

/// What guests are built from, seen from the workspace.
const SOURCES: [&str; 15] = [
    "plugins/rules",
    "examples/reseller-mapping/Cargo.toml",
    "examples/reseller-mapping/src",
    "plugins/sdk/Cargo.toml",
    "plugins/sdk/src",
    "plugins/sdk/js/package.json",
    "plugins/sdk/js/index.js",
    "plugins/sdk/js/index.d.ts",
    "plugins/sdk/js/exports.js",
    "plugins/sdk/python/rolecall_plugin_sdk",
    "wit/v1",
    "host/scim/src",
    "host/scim/Cargo.toml",
    "Cargo.toml",
    "Cargo.lock",
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
    // Beside the outer build's directory, which is locked while this runs, and the same for all of its
    // profiles: OUT_DIR is `target/{profile}/build/{package}/out`.
    let target = out
        .ancestors()
        .nth(4)
        .context("OUT_DIR lies in a target directory")?;
    for guest in GUESTS {
        // Each by itself, since what others need of shared dependencies would change its bytes.
        let project = Rust {
            folder: workspace.join(guest),
            target: Some(target.join("guests")),
            arguments: vec![],
        };
        let built = project.build()?;
        fs::write(out.join(built.name).with_extension("wasm"), built.component)?;
    }
    fs::write(out.join("rust.rs"), sdk::rust(&workspace)?)?;
    for language in ["js", "python"] {
        let file = out.join(language).with_extension("rs");
        fs::write(file, sdk::copied(&workspace, language)?)?;
    }
    Ok(())
}
