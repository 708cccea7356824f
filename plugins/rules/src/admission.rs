//! `refuse`: whom the tenant's own rules do not admit.

use rolecall_plugin_sdk::Failure;
use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::person::Person;

/// One refusal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) when: Condition,
    /// What the administrator of the identity provider reads.
    pub(crate) message: String,
}

/// Fails with the first refusal that fits the person.
pub(crate) fn admit(refusals: &[Refusal], person: &Person<'_>) -> Result<(), Failure> {
    match refusals.iter().find(|refusal| refusal.when.holds(person)) {
        Some(refusal) => Err(Failure::refuse("refused_by_rule", &refusal.message)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
