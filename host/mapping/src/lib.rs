//! Runs mapping plugins: takes components in, checks them, and decides what one user becomes.
//!
//! The only crate that names wasmtime. It knows nothing of tenants, databases or HTTP: a decision is
//! a function of its arguments (see `wit/v1`), and everything a plugin could do to the host is
//! bounded by [`Limits`].
//!
//! The way in is [`Runtime::check`] for an uploaded component, [`Runtime::prepare`] for a mapping in
//! the making, and [`Runtime::decide`] for a user.

mod abi;
mod apart;
mod check;
mod compile;
mod decide;
mod digest;
mod engine;
mod fault;
mod limits;
mod loaded;
mod outcome;
mod prepare;
mod problem;
mod runtime;
mod sandbox;
mod session;
mod settings;
mod slot;

pub use apart::{Bounds, COMMAND as APART, Job, work as work_apart};
pub use check::{Checked, Refusal};
pub use compile::{Artefacts, Compiler};
pub use decide::{Bound, Input, Mapping};
pub use digest::Digest;
pub use fault::{Fault, FaultKind, Frame};
pub use limits::Limits;
pub use loaded::NotLoaded;
pub use outcome::{ANSWERED, Failure, Grant, LogLine, Outcome, Placement, Proposal, SlotRun};
pub use prepare::{PrepareError, Setup};
pub use problem::Problem;
pub use runtime::{Runtime, StartError};
pub use slot::Slot;
