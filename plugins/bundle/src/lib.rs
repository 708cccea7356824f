//! The stock plugins as components, built for wasm32 with this crate (see `build.rs`) so that one
//! `cargo build` makes a whole server; and the SDK as files, so that the binary alone starts a new plugin.

/// `plugins/rules`: a mapping from a table of rules in its settings.
pub const RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rolecall-plugin-rules.wasm"));

/// What its `lifecycle.describe` says: a host that starts need not compile it to know.
pub const RULES_NAME: &str = "rules";
/// All of the workspace have one version.
pub const RULES_VERSION: &str = env!("CARGO_PKG_VERSION");
/// JSON Schema.
pub const RULES_SETTINGS: &str = include_str!("../../rules/src/settings/schema.json");

/// `examples/reseller-mapping`: one customer's own mapping, for the demo and for tests.
pub const RESELLER_MAPPING: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/reseller-mapping.wasm"));

/// Files that a project needs of Rolecall: path in the project, text.
pub type Files = &'static [(&'static str, &'static str)];

/// What a plugin's project in Rust needs.
pub const RUST_SDK: Files = include!(concat!(env!("OUT_DIR"), "/rust.rs"));

/// What a plugin's project in JavaScript needs.
pub const JAVASCRIPT_SDK: Files = include!(concat!(env!("OUT_DIR"), "/js.rs"));

/// What a plugin's project in Python needs.
pub const PYTHON_SDK: Files = include!(concat!(env!("OUT_DIR"), "/python.rs"));
