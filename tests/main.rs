//! Rolecall through its front door: every test starts the real `rolecall` binary on a database of
//! its own and talks to it over HTTP, as an identity provider, a product or an operator would.
//!
//! `tests/run` builds what is needed and runs everything. One test by name, on one database:
//! `cargo test --workspace --test e2e leaving::patch_inactive::sqlite`.

mod conformance;
mod hostile;
mod idp;
mod interop;
mod invariants;
mod management;
mod plugin;
mod protocol;
mod serve;
mod support;
