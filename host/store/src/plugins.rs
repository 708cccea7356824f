//! Plugins: components by digest, and the environments that may use them.

use sqlx::FromRow;

use crate::db::binds;
use crate::events::NewEvent;
use crate::signatures::NewSignature;
use crate::{Environment, Result, Store};

#[derive(Debug, Clone, FromRow)]
pub struct PluginRow {
    pub digest: String,
    pub name: String,
    pub version: String,
    /// JSON array of slot names.
    pub exports: String,
    /// JSON Schema.
    pub settings_schema: Option<String>,
    pub bytes: i64,
    pub stock: i64,
    pub created_at: i64,
}

pub struct NewPlugin {
    pub row: PluginRow,
    pub wasm: Vec<u8>,
    /// Verified ones.
    pub signatures: Vec<NewSignature>,
}

impl Environment {
    pub async fn plugins(&self, after: &str, limit: i64) -> Result<Vec<PluginRow>> {
        self.store
            .db()
            .all(
                "SELECT digest, name, version, exports, settings_schema, bytes, stock, created_at FROM plugins \
                 WHERE environment_id = $1 AND digest > $2 ORDER BY digest LIMIT $3",
                binds![&*self.id, after, limit],
            )
            .await
    }

    /// By digest, or the newest stock plugin of that name.
    pub async fn plugin(&self, named: &str) -> Result<PluginRow> {
        self.store
            .db()
            .one(
                "SELECT digest, name, version, exports, settings_schema, bytes, stock, created_at FROM plugins \
                 WHERE environment_id = $1 AND (digest = $2 OR (stock = 1 AND name = $2)) \
                 ORDER BY created_at DESC, digest LIMIT 1",
                binds![&*self.id, named],
            )
            .await
    }

    /// Adds a plugin; one that is there already stays as it is.
    pub async fn add_plugin(&self, new: NewPlugin, events: &[NewEvent]) -> Result<()> {
        let mut tx = self.change().await?;
        let row = new.row;
        tx.run(
            "INSERT INTO components (digest, wasm) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
            binds![&row.digest, new.wasm],
        )
        .await?;
        tx.run(
            "INSERT INTO plugins (environment_id, digest, name, version, exports, settings_schema, bytes, stock, \
             created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (environment_id, digest) DO NOTHING",
            binds![
                &*self.id,
                &row.digest,
                row.name,
                row.version,
                row.exports,
                row.settings_schema,
                row.bytes,
                row.stock,
                row.created_at
            ],
        )
        .await?;
        self.add_signatures(&mut tx, &row.digest, &new.signatures, row.created_at)
            .await?;
        self.finish(tx, events).await
    }
}

impl Store {
    /// A component's bytes.
    pub async fn component(&self, digest: &str) -> Result<Vec<u8>> {
        let (wasm,): (Vec<u8>,) = self
            .db()
            .one(
                "SELECT wasm FROM components WHERE digest = $1",
                binds![digest],
            )
            .await?;
        Ok(wasm)
    }
}
