//! The invariants of the design, one file each. Every test here tries to break one, and would
//! succeed if the server did not hold it.

mod acknowledged;
mod at_once;
mod broken_plugin;
mod host_disposes;
mod large_events;
mod leaving;
mod leaving_nested;
mod log_spine;
mod not_understood;
mod overlaps;
mod pure_decision;
mod races;
mod receipts;
mod scim_alone;
mod secrets;
mod token_decides;
