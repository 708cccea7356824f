//! Plugins: upload and list. What an upload does wrong is said in plain words.

use rolecall_mapping::Checked;
use rolecall_store::{Error as StoreError, NewPlugin, PluginRow};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::context::parse;
use crate::error::{Problem, problem};
use crate::manage::{Cursor, Operator, Page, event};
use crate::{App, clock};

/// A component that mappings may name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Plugin {
    /// `sha256:` and 64 hex digits: the version that mappings name.
    pub digest: String,
    pub name: String,
    pub version: String,
    /// The slots it can fill: `attributes`, `tenants`, `roles`.
    pub exports: Vec<String>,
    /// JSON Schema (2020-12) of its settings; null when it takes none.
    pub settings_schema: Option<Value>,
    pub bytes: i64,
    /// Came with the server; can be named as `rules`.
    pub stock: bool,
    /// RFC 3339.
    pub created_at: String,
}

/// An uploaded plugin, with what its author may want to improve.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadedPlugin {
    #[serde(flatten)]
    pub plugin: Plugin,
    pub warnings: Vec<String>,
    /// False: these very bytes were there already.
    pub new: bool,
}

impl Plugin {
    fn of(row: PluginRow) -> Result<Self, Problem> {
        let read = |error| problem("plugin")(error);
        Ok(Self {
            exports: parse("exports", &row.exports).map_err(read)?,
            settings_schema: row
                .settings_schema
                .as_deref()
                .map(|text| parse("settings schema", text))
                .transpose()
                .map_err(read)?,
            digest: row.digest,
            name: row.name,
            version: row.version,
            bytes: row.bytes,
            stock: row.stock != 0,
            created_at: clock::rfc3339(row.created_at),
        })
    }
}

impl App {
    pub async fn upload_plugin(
        &self,
        operator: &Operator,
        wasm: Vec<u8>,
    ) -> Result<UploadedPlugin, Problem> {
        let (checked, wasm) = self.check_component(wasm).await?;
        let digest = checked.digest.to_string();
        match operator.environment.plugin(&digest).await {
            Ok(row) => {
                let plugin = Plugin::of(row)?;
                return Ok(UploadedPlugin {
                    plugin,
                    warnings: checked.warnings,
                    new: false,
                });
            }
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(problem("plugin")(error)),
        }
        let row = PluginRow {
            digest: digest.clone(),
            name: checked.name,
            version: checked.version,
            exports: json!(checked.slots).to_string(),
            settings_schema: checked.settings_schema.map(|schema| schema.to_string()),
            bytes: checked.bytes as i64,
            stock: 0,
            created_at: clock::now(),
        };
        let data = json!({ "name": row.name, "version": row.version, "bytes": row.bytes });
        let uploaded = event("plugin.uploaded", None, None, Some(&digest), &data);
        let new = NewPlugin {
            row: row.clone(),
            wasm,
        };
        operator
            .environment
            .add_plugin(new, &[uploaded])
            .await
            .map_err(problem("plugin"))?;
        Ok(UploadedPlugin {
            plugin: Plugin::of(row)?,
            warnings: checked.warnings,
            new: true,
        })
    }

    /// Compiles one upload at a time, off the asynchronous workers.
    async fn check_component(&self, wasm: Vec<u8>) -> Result<(Checked, Vec<u8>), Problem> {
        let one = self.uploading.clone().lock_owned().await;
        let (runtime, loading) = (self.runtime.clone(), self.loading.clone());
        let check = move || {
            // Goes on when the client has hung up: the next one waits for it.
            let _one = one;
            let checked = runtime.check(&wasm);
            if let Ok(checked) = &checked {
                loading.succeeded(&checked.digest);
            }
            (checked, wasm)
        };
        let checked = tokio::task::spawn_blocking(check).await;
        let (checked, wasm) = checked.map_err(|error| {
            tracing::error!(%error, "checking a component panicked");
            Problem::internal()
        })?;
        let checked = checked.map_err(|refusal| {
            if refusal.is_ours() {
                return Problem::unavailable(refusal.detail);
            }
            Problem::refused(refusal.code, refusal.detail)
        })?;
        Ok((checked, wasm))
    }
}

impl Operator {
    pub async fn plugins(&self, cursor: &Cursor) -> Result<Page<Plugin>, Problem> {
        let rows = self
            .environment
            .plugins(cursor.after(), cursor.limit() + 1)
            .await;
        let rows = rows.map_err(problem("plugin"))?;
        cursor.page(rows, |row| row.digest.clone(), Plugin::of)
    }

    pub async fn plugin(&self, named: &str) -> Result<Plugin, Problem> {
        Plugin::of(
            self.environment
                .plugin(named)
                .await
                .map_err(problem("plugin"))?,
        )
    }
}
