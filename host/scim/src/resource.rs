//! Resources: from a body to what is stored, and from there to what is answered.

mod etag;
mod keep;
mod read;
mod render;
mod rules;
mod validate;

#[cfg(test)]
mod tests;

pub use etag::{etag, matches_etag};
pub use read::{Read, read, replace};
pub use render::{Meta, render};
pub use validate::validate;
pub(crate) use validate::{keys, validate_change};

pub(crate) use read::{check_schemas, names_itself};
pub(crate) use rules::changed_part;
