//! Connections: one IdP provisioning into one tenant's subtree.

use std::sync::Arc;

use sqlx::FromRow;

use crate::db::{Tx, binds};
use crate::events::NewEvent;
use crate::leave::{self, Ending};
use crate::tokens::{self, NewToken};
use crate::{Environment, Error, Result, Store};

/// Rights over one connection: its resources and nothing else.
#[derive(Clone)]
pub struct Connection {
    pub(crate) environment: Environment,
    pub(crate) id: Arc<str>,
}

impl Connection {
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    pub(crate) fn store(&self) -> &Store {
        &self.environment.store
    }
}

#[derive(Debug, Clone, FromRow)]
pub struct ConnectionRow {
    pub id: String,
    pub tenant: String,
    pub name: String,
    pub kind: String,
    pub strictness: String,
    /// The ceiling: a JSON array of role keys, or everything when absent.
    pub grantable: Option<String>,
    /// 0: resources are stored, nothing is decided.
    pub decide: i64,
    pub active_revision: Option<i64>,
    /// How many users the last activation set out to decide again.
    pub redecide_total: i64,
    /// What the IdP may do: a JSON array.
    pub operations: String,
    /// `purge` or `deactivate`.
    pub on_delete: String,
    /// `keep` or `refuse`; by strictness when absent.
    pub undeclared_extensions: Option<String>,
    pub created_at: i64,
}

#[derive(Debug)]
pub struct NewConnection {
    pub id: String,
    pub tenant: String,
    pub name: String,
    pub kind: String,
    pub strictness: String,
    pub grantable: Option<String>,
    pub decide: bool,
    pub operations: String,
    pub on_delete: String,
    pub undeclared_extensions: Option<String>,
    pub now: i64,
}

/// What to change of a connection; `None` leaves as is.
#[derive(Debug, Default)]
pub struct ConnectionEdit {
    pub name: Option<String>,
    pub strictness: Option<String>,
    pub grantable: Option<Option<String>>,
    pub decide: Option<bool>,
    pub operations: Option<String>,
    pub on_delete: Option<String>,
    pub undeclared_extensions: Option<Option<String>>,
}

const BY_ID: &str = "SELECT id, tenant, name, kind, strictness, grantable, decide, active_revision, redecide_total, \
     operations, on_delete, undeclared_extensions, created_at FROM connections WHERE environment_id = $1 AND id = $2";

impl Environment {
    /// The handle to one of this environment's connections.
    pub async fn connection(&self, id: &str) -> Result<(Connection, ConnectionRow)> {
        let row: ConnectionRow = self.store.db().one(BY_ID, binds![&*self.id, id]).await?;
        Ok((self.connection_handle(id.to_owned()), row))
    }

    /// Connections in id order, from after `after`.
    pub async fn connections(&self, after: &str, limit: i64) -> Result<Vec<ConnectionRow>> {
        self.store
            .db()
            .all(
                "SELECT id, tenant, name, kind, strictness, grantable, decide, active_revision, redecide_total, \
                 operations, on_delete, undeclared_extensions, created_at FROM connections \
                 WHERE environment_id = $1 AND id > $2 ORDER BY id LIMIT $3",
                binds![&*self.id, after, limit],
            )
            .await
    }

    pub async fn create_connection(
        &self,
        new: NewConnection,
        token: NewToken,
        events: &[NewEvent],
    ) -> Result<ConnectionRow> {
        let mut tx = self.change().await?;
        tx.run(
            "INSERT INTO connections (id, environment_id, tenant, name, kind, strictness, grantable, decide, \
             active_revision, redecide_total, operations, on_delete, undeclared_extensions, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, 0, $9, $10, $11, $12)",
            binds![
                &new.id,
                &*self.id,
                new.tenant,
                new.name,
                new.kind,
                new.strictness,
                new.grantable,
                new.decide,
                new.operations,
                new.on_delete,
                new.undeclared_extensions,
                new.now
            ],
        )
        .await?;
        tokens::insert(&mut tx, &new.id, token).await?;
        let row = row_in(&mut tx, &self.id, &new.id).await?;
        self.finish(tx, events).await?;
        Ok(row)
    }
}

impl Connection {
    pub async fn row(&self) -> Result<ConnectionRow> {
        self.store()
            .db()
            .one(BY_ID, binds![&*self.environment.id, &*self.id])
            .await
    }

    /// Changes a connection; a lower or higher ceiling is decided again in the background.
    pub async fn edit(&self, edit: ConnectionEdit, events: &[NewEvent]) -> Result<ConnectionRow> {
        let mut tx = self.environment.change().await?;
        let old = row_in(&mut tx, &self.environment.id, &self.id).await?;
        let redecide = edit.grantable.is_some() || edit.decide.is_some();
        tx.run(
            "UPDATE connections SET name = $2, strictness = $3, grantable = $4, decide = $5, \
             operations = $6, on_delete = $7, undeclared_extensions = $8 WHERE id = $1",
            binds![
                &*self.id,
                edit.name.unwrap_or(old.name),
                edit.strictness.unwrap_or(old.strictness),
                edit.grantable.unwrap_or(old.grantable),
                edit.decide.unwrap_or(old.decide != 0),
                edit.operations.unwrap_or(old.operations),
                edit.on_delete.unwrap_or(old.on_delete),
                edit.undeclared_extensions
                    .unwrap_or(old.undeclared_extensions),
            ],
        )
        .await?;
        if redecide {
            self.mark_all(&mut tx).await?;
        }
        let row = row_in(&mut tx, &self.environment.id, &self.id).await?;
        self.environment.finish(tx, events).await?;
        Ok(row)
    }

    /// Deletes the connection and everything it provisioned; all access from it ends.
    pub async fn delete(&self, now: i64, events: &[NewEvent]) -> Result<()> {
        let mut tx = self.environment.change().await?;
        row_in(&mut tx, &self.environment.id, &self.id).await?;
        leave::end(
            &mut tx,
            &self.environment.id,
            &Ending::Connection(self.id.to_string()),
            now,
        )
        .await?;
        for statement in [
            "DELETE FROM due WHERE connection_id = $1",
            "DELETE FROM decisions WHERE user_id IN (SELECT id FROM resources WHERE connection_id = $1)",
            "DELETE FROM members WHERE connection_id = $1",
            "DELETE FROM lookups WHERE connection_id = $1",
            "DELETE FROM resources WHERE connection_id = $1",
            "DELETE FROM tokens WHERE connection_id = $1",
            "DELETE FROM mappings WHERE connection_id = $1",
            "DELETE FROM schemas WHERE connection_id = $1",
            "DELETE FROM connections WHERE id = $1",
        ] {
            tx.run(statement, binds![&*self.id]).await?;
        }
        self.environment.finish(tx, events).await
    }

    /// Marks every active user to be decided again; returns how many.
    pub(crate) async fn mark_all(&self, tx: &mut Tx) -> Result<i64> {
        let marked = tx
            .run(
                "INSERT INTO due (user_id, connection_id, claimed_until) \
                 SELECT id, connection_id, 0 FROM resources \
                 WHERE connection_id = $1 AND kind = 'User' AND active = 1 \
                 ON CONFLICT (user_id) DO UPDATE SET claimed_until = 0",
                binds![&*self.id],
            )
            .await?;
        crate::due::announce(tx, self.store().signals()).await?;
        Ok(marked as i64)
    }
}

pub(crate) async fn row_in(tx: &mut Tx, environment: &str, id: &str) -> Result<ConnectionRow> {
    tx.optional(BY_ID, binds![environment, id])
        .await?
        .ok_or(Error::NotFound)
}
