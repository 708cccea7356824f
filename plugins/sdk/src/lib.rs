//! Write a Rolecall plugin in Rust.
//!
//! A plugin is a type that implements [`Plugin`] and one trait for each slot it can fill:
//! [`Attributes`], [`Tenants`], [`Roles`]. [`export!`] turns it into the exports of the package
//! `rolecall:plugin` (see `wit/`):
//!
//! ```
//! use rolecall_plugin_sdk::prelude::*;
//!
//! struct ByDepartment;
//!
//! impl Plugin for ByDepartment {
//!     const NAME: &str = "by-department";
//!     const VERSION: &str = "1.0.0";
//! }
//!
//! impl Tenants for ByDepartment {
//!     fn placements(call: &Call, subject: &Subject, _: &Profile) -> Result<Vec<Placement>> {
//!         let Some(department) = subject.user.enterprise("department") else {
//!             return Err(Failure::refuse("no_department", "Users need a department."));
//!         };
//!         let tenant = format!("{}-{}", call.home, department.to_lowercase());
//!         Ok(vec![Placement::new(tenant, format!("department is {department:?}"))])
//!     }
//! }
//!
//! export!(ByDepartment: tenants);
//! ```
//!
//! `rolecall plugin new` makes a project around it; `rolecall plugin build` makes a component of a project (a
//! `cdylib` for `wasm32-unknown-unknown`), and `rolecall plugin test` decides about cases with it, as a server would.
//! The functions are plain Rust and can be tested with plain `cargo test`, too.
//!
//! What this crate does besides: it parses the user and the groups once per decision however many
//! slots are called, hands the text and place of a panic to the log before the instance dies, and
//! brings an allocator that suits an instance that lives for one decision.

mod answer;
#[cfg(target_arch = "wasm32")]
mod arena;
#[expect(clippy::pedantic, reason = "generated from wit/v1")]
#[doc(hidden)]
pub mod bindings;
mod export;
pub mod log;
mod panic;
mod plugin;
mod subject;

pub use bindings::imports::rolecall::plugin::types::{Call, Failure, Grant, Placement, Problem};
pub use bindings::lifecycle::exports::rolecall::plugin::lifecycle::Setup;
#[doc(hidden)]
pub use export::Exported;
pub use plugin::{Attributes, Plugin, Profile, Roles, Tenants};
pub use serde_json;
pub use subject::{ENTERPRISE, Group, Subject, User};

/// What a slot answers.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// What a plugin's source needs of this crate, for one `use`.
pub mod prelude {
    pub use crate::{Attributes, Plugin, Profile, Roles, Setup, Tenants, export, log};
    pub use crate::{Call, Failure, Grant, Group, Placement, Problem, Result, Subject, User};
    pub use serde_json::{Value, json};
}
