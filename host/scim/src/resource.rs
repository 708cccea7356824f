//! Resources: from a body to what is stored, and from there to what is answered.

mod etag;
mod read;
mod render;
mod validate;

#[cfg(test)]
mod tests;

pub use etag::{etag, matches_etag};
pub use read::{Read, read};
pub use render::{Meta, render};
pub(crate) use validate::keys;
pub use validate::validate;

pub(crate) use read::{check_schemas, names_itself};
