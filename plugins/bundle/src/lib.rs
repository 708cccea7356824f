//! The stock plugins as components, built for wasm32 with this crate (see `build.rs`) so that one
//! `cargo build` makes a whole server.

/// `plugins/rules`: a mapping from a table of rules in its settings.
pub const RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rolecall_plugin_rules.wasm"));

/// `examples/reseller-mapping`: one customer's own mapping, for the demo and for tests.
pub const RESELLER_MAPPING: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/reseller_mapping.wasm"));
