//! The runtime from outside: what it does with components that keep the contract, and with those
//! that try to break the host.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod answers;
mod bundle;
mod contract;
mod decisions;
mod guest;
mod hostile;
mod interfaces;

mod settings;
mod uploads;
