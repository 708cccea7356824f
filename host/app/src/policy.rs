//! What a connection's operator lets its IdP do, and what becomes of users it deletes.

use rolecall_scim::{Error as ScimError, Object};
use rolecall_store::{ConnectionRow, Error as StoreError, ResourceRow};
use serde::{Deserialize, Serialize};

use crate::context::parse;
use crate::resources::Failed;
use crate::users::is_active;

#[cfg(test)]
mod tests;

/// What an IdP may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operation {
    /// POST, and with it the return of an inactive user.
    Create,
    /// PUT and PATCH, memberships among them, but for `active: false`.
    Update,
    /// `active: false`.
    Deactivate,
    /// DELETE.
    Delete,
}

impl Operation {
    pub(crate) const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Deactivate, Self::Delete];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Deactivate => "deactivate",
            Self::Delete => "delete",
        }
    }
}

/// The values of `on_delete`.
pub(crate) const PURGE: &str = "purge";
pub(crate) const DEACTIVATE: &str = "deactivate";

/// The policy of one connection.
#[derive(Debug)]
pub(crate) struct Policy {
    connection: String,
    operations: Vec<Operation>,
    /// DELETE of a user keeps the user, inactive and out of SCIM's sight.
    pub(crate) keeps_deleted: bool,
}

impl Policy {
    pub(crate) fn of(row: &ConnectionRow) -> Result<Self, StoreError> {
        Ok(Self {
            connection: row.id.clone(),
            operations: parse("list of operations", &row.operations)?,
            keeps_deleted: row.on_delete == DEACTIVATE,
        })
    }

    /// 403, with who can change what.
    pub(crate) fn allow(&self, operation: Operation) -> Result<(), ScimError> {
        if self.operations.contains(&operation) {
            return Ok(());
        }
        let (name, connection) = (operation.name(), &self.connection);
        Err(ScimError::forbidden(format!(
            "This connection does not allow {name:?}; nothing was changed. Who operates this SCIM server can allow it: \
             add {name:?} to \"operations\" of connection {connection} (PATCH /v1/connections/{connection}).",
        )))
    }

    /// Whether a user may get this document in place of the stored one: by what differs, whatever the verb.
    pub(crate) fn allow_change(&self, row: &ResourceRow, doc: &Object) -> Result<(), Failed> {
        if Operation::ALL.iter().all(|it| self.operations.contains(it)) {
            return Ok(());
        }
        let mut before: Object = parse("resource", &row.doc)?;
        if row.active != 0 && !is_active(doc) {
            self.allow(Operation::Deactivate)?;
            before.insert("active".to_owned(), false.into());
        }
        if before != *doc {
            self.allow(Operation::Update)?;
        }
        Ok(())
    }
}
