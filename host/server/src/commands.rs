//! One file per command.

pub(crate) mod conformance;
pub(crate) mod demo;
pub(crate) mod events;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod plugin;
pub(crate) mod receipts;
pub(crate) mod serve;
