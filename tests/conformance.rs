//! Suites that judge servers by their answers, against the real binary: our own (`src`, as `rolecall conformance`) and
//! those that others wrote.

mod client;
mod others;
mod our_client;
mod proxy;
mod schemathesis;
mod scim2_tester;
mod scim_sanity;
mod spoilt;
