//! Plugins: upload and list. What an upload does wrong is said in plain words.

use std::collections::HashMap;

use rolecall_mapping::{Checked, Runtime};
use rolecall_store::{Error as StoreError, NewPlugin, NewSignature, PluginRow};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::context::parse;
use crate::error::{Problem, problem};
use crate::manage::signatures::{PluginSignature, signed};
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
    /// It came with the server, or a key in force has signed it. What mappings take where signatures are required.
    pub trusted: bool,
    /// Who signed it, first ones first.
    pub signatures: Vec<PluginSignature>,
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
    fn of(row: PluginRow, signatures: Vec<PluginSignature>) -> Result<Self, Problem> {
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
            trusted: row.stock != 0 || signatures.iter().any(|signature| !signature.revoked),
            signatures,
            created_at: clock::rfc3339(row.created_at),
        })
    }
}

impl App {
    /// Without a signature, too: an upload decides nothing, and who signs may want to look at it first. What comes with
    /// it must count, though, or there is no upload.
    pub async fn upload_plugin(
        &self,
        operator: &Operator,
        wasm: Vec<u8>,
        signatures: &[String],
    ) -> Result<UploadedPlugin, Problem> {
        let signatures = operator
            .verify_all(&Runtime::digest(&wasm), signatures)
            .await?;
        let (checked, wasm) = self.check_component(wasm).await?;
        let digest = checked.digest.to_string();
        let known = match operator.environment.plugin(&digest).await {
            Err(StoreError::NotFound) => None,
            row => Some(
                operator
                    .plugin_view(row.map_err(problem("plugin"))?)
                    .await?,
            ),
        };
        let new = known.is_none();
        match known {
            Some(known) => drop(operator.add_signatures(&known, signatures).await?),
            None => operator.add_plugin(&checked, wasm, signatures).await?,
        }
        let plugin = operator.plugin(&digest).await?;
        let mut warnings = checked.warnings;
        if !operator.unsigned(&[digest]).await?.is_empty() {
            warnings.push(operator.why_unsigned(&plugin.digest).await?);
        }
        Ok(UploadedPlugin {
            plugin,
            warnings,
            new,
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
    async fn add_plugin(
        &self,
        checked: &Checked,
        wasm: Vec<u8>,
        signatures: Vec<NewSignature>,
    ) -> Result<(), Problem> {
        let schema = checked.settings_schema.as_ref();
        let row = PluginRow {
            digest: checked.digest.to_string(),
            name: checked.name.clone(),
            version: checked.version.clone(),
            exports: json!(checked.slots).to_string(),
            settings_schema: schema.map(Value::to_string),
            bytes: checked.bytes as i64,
            stock: 0,
            created_at: clock::now(),
        };
        let digest = &row.digest;
        let data = json!({ "name": row.name, "version": row.version, "bytes": row.bytes });
        let mut events = vec![event("plugin.uploaded", None, None, Some(digest), &data)];
        events.extend(signatures.iter().map(|new| signed(digest, new)));
        let new = NewPlugin {
            row,
            wasm,
            signatures,
        };
        let added = self.environment.add_plugin(new, &events).await;
        added.map_err(problem("plugin"))
    }

    pub async fn plugins(&self, cursor: &Cursor) -> Result<Page<Plugin>, Problem> {
        let rows = self
            .environment
            .plugins(cursor.after(), cursor.limit() + 1)
            .await;
        let (rows, page) = cursor.cut(rows.map_err(problem("plugin"))?, |row| row.digest.clone());
        let data = self.views(rows).await?;
        Ok(Page { data, page })
    }

    pub async fn plugin(&self, named: &str) -> Result<Plugin, Problem> {
        let row = self.environment.plugin(named).await;
        self.plugin_view(row.map_err(problem("plugin"))?).await
    }

    async fn plugin_view(&self, row: PluginRow) -> Result<Plugin, Problem> {
        let mut views = self.views(vec![row]).await?;
        views.pop().ok_or_else(Problem::internal)
    }

    async fn views(&self, rows: Vec<PluginRow>) -> Result<Vec<Plugin>, Problem> {
        let digests: Vec<&str> = rows.iter().map(|row| &*row.digest).collect();
        let signatures = self.environment.signatures(&digests).await;
        let mut signers: HashMap<String, Vec<PluginSignature>> = HashMap::new();
        for signature in signatures.map_err(problem("plugin"))? {
            let digest = signature.digest.clone();
            signers.entry(digest).or_default().push(signature.into());
        }
        rows.into_iter()
            .map(|row| {
                let signers = signers.remove(&row.digest).unwrap_or_default();
                Plugin::of(row, signers)
            })
            .collect()
    }
}
