//! Extension schemas: declared for an environment, or for one of its connections.

use std::sync::Arc;

use sqlx::FromRow;

use crate::connections::row_in;
use crate::db::binds;
use crate::events::NewEvent;
use crate::{Connection, Environment, Error, Result};

/// A declared schema.
#[derive(Debug, Clone, FromRow)]
pub struct SchemaRow {
    /// The URN in lower case.
    pub urn: String,
    pub resource_type: String,
    /// JSON.
    pub schema: String,
    pub created_at: i64,
    pub updated_at: i64,
}

/// The schemas declared in one place.
pub struct Declarations {
    environment: Environment,
    /// Empty: all connections of the environment.
    connection: Arc<str>,
}

impl Environment {
    pub fn declarations(&self) -> Declarations {
        Declarations {
            environment: self.clone(),
            connection: "".into(),
        }
    }
}

impl Connection {
    pub fn declarations(&self) -> Declarations {
        Declarations {
            environment: self.environment.clone(),
            connection: self.id.clone(),
        }
    }

    /// All that are in force for this connection, by URN. Of two with one URN the environment's comes first.
    pub async fn schemas(&self) -> Result<Vec<SchemaRow>> {
        self.store()
            .db()
            .all(
                "SELECT urn, resource_type, schema, created_at, updated_at FROM schemas \
                 WHERE environment_id = $1 AND connection_id IN ('', $2) ORDER BY urn, connection_id",
                binds![&*self.environment.id, &*self.id],
            )
            .await
    }
}

impl Declarations {
    /// By URN, from after `after`.
    pub async fn page(&self, after: &str, limit: i64) -> Result<Vec<SchemaRow>> {
        self.environment
            .store
            .db()
            .all(
                "SELECT urn, resource_type, schema, created_at, updated_at FROM schemas \
                 WHERE environment_id = $1 AND connection_id = $2 AND urn > $3 ORDER BY urn LIMIT $4",
                binds![&*self.environment.id, &*self.connection, after, limit],
            )
            .await
    }

    /// By its URN in lower case.
    pub async fn find(&self, urn: &str) -> Result<SchemaRow> {
        self.environment
            .store
            .db()
            .one(
                "SELECT urn, resource_type, schema, created_at, updated_at FROM schemas \
                 WHERE environment_id = $1 AND connection_id = $2 AND urn = $3",
                binds![&*self.environment.id, &*self.connection, urn],
            )
            .await
    }

    /// Declares the schema, in place of one with its URN. Nothing that is stored changes.
    pub async fn put(&self, row: &SchemaRow, events: &[NewEvent]) -> Result<()> {
        let mut tx = self.environment.change().await?;
        if !self.connection.is_empty() {
            row_in(&mut tx, &self.environment.id, &self.connection).await?;
        }
        tx.run(
            "INSERT INTO schemas (environment_id, connection_id, urn, resource_type, schema, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (environment_id, connection_id, urn) DO UPDATE SET \
             resource_type = excluded.resource_type, schema = excluded.schema, updated_at = excluded.updated_at",
            binds![
                &*self.environment.id,
                &*self.connection,
                &row.urn,
                &row.resource_type,
                &row.schema,
                row.created_at,
                row.updated_at
            ],
        )
        .await?;
        self.environment.finish(tx, events).await
    }

    /// Takes the declaration back. Nothing that is stored changes.
    pub async fn delete(&self, urn: &str, events: &[NewEvent]) -> Result<()> {
        let mut tx = self.environment.change().await?;
        let found = tx
            .run(
                "DELETE FROM schemas WHERE environment_id = $1 AND connection_id = $2 AND urn = $3",
                binds![&*self.environment.id, &*self.connection, urn],
            )
            .await?;
        if found == 0 {
            return Err(Error::NotFound);
        }
        self.environment.finish(tx, events).await
    }
}
