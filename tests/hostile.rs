//! A corpus of hostile components. Each is one attack, uploaded to the real server and bound to a connection where
//! that is let through, whose identity provider then writes users.
//!
//! `attack.rs` says what every one of them is held to: the uploader or the decision's record is told in plain words
//! what happened, the host lives, a neighbour's user is decided at the same time as if nothing were, two decisions by
//! the same component are the same, and nobody it decided about is kept in.

mod answers;
mod attack;
mod calls;
mod flood;
mod leaks;
mod schemas;
mod setup;
mod uploads;
mod wat;

pub(crate) use attack::{Attack, withstand};
