//! The plugin contract as wasmtime sees it: one module for each major version of `wit/` that this
//! host serves.

pub(crate) mod v1;
