//! Environments: the first start makes one, with its operator key and the stock plugin; and its settings.

use rolecall_mapping::Slot;
use rolecall_plugin_bundle::{RULES_NAME, RULES_SETTINGS, RULES_VERSION};
use rolecall_store::{NewPlugin, PluginRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::{Problem, problem};
use crate::manage::{Operator, event};
use crate::mapping::{STOCK, stock_digest};
use crate::secret::Secret;
use crate::{App, clock, id};

#[cfg(test)]
mod tests;

/// The environment that the first start makes.
pub const DEFAULT: &str = "default";

/// What holds for a whole environment.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnvironmentSettings {
    pub id: String,
    /// Mappings can be made, previewed and activated with signed plugins only. What is active already stays so; the
    /// stock plugin is part of the server and needs no signature.
    pub require_signatures: bool,
}

/// A JSON merge patch: what is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EditEnvironment {
    pub require_signatures: Option<bool>,
}

impl Operator {
    pub async fn environment(&self) -> Result<EnvironmentSettings, Problem> {
        let required = self.environment.requires_signatures().await;
        Ok(EnvironmentSettings {
            id: self.environment.id().to_owned(),
            require_signatures: required.map_err(problem("environment"))?,
        })
    }

    pub async fn edit_environment(
        &self,
        edit: EditEnvironment,
    ) -> Result<EnvironmentSettings, Problem> {
        let before = self.environment().await?.require_signatures;
        if let Some(required) = edit.require_signatures.filter(|it| *it != before) {
            let data = json!({ "require_signatures": required });
            let updated = event("environment.updated", None, None, None, &data);
            self.environment
                .require_signatures(required, &[updated])
                .await
                .map_err(problem("environment"))?;
        }
        self.environment().await
    }
}

impl App {
    /// Makes sure there is an environment with an operator key. A key given by configuration becomes a
    /// valid one; without it, the very first start makes one and returns it, this once.
    pub async fn bootstrap(&self, given: Option<String>) -> anyhow::Result<Option<Secret>> {
        let now = clock::now();
        let made = given.is_none();
        let key = given.map_or_else(|| Secret::generate("op"), |key| Ok(Secret::given(key)))?;
        let stored = self
            .store
            .bootstrap(DEFAULT, &id::new(), &key.hash(), made, now)
            .await?;
        self.install_stock().await?;
        self.key_displays().await?;
        Ok(Some(key).filter(|_| made && stored))
    }

    /// Every environment has this version's stock plugin. What it is, is known without compiling it.
    async fn install_stock(&self) -> anyhow::Result<()> {
        let digest = stock_digest().to_string();
        for environment in self.store.environments().await? {
            if environment.plugin(&digest).await.is_ok() {
                continue;
            }
            let schema: Value = serde_json::from_str(RULES_SETTINGS)?;
            let row = PluginRow {
                digest: digest.clone(),
                name: RULES_NAME.to_owned(),
                version: RULES_VERSION.to_owned(),
                exports: serde_json::to_string(&Slot::ALL)?,
                settings_schema: Some(schema.to_string()),
                bytes: STOCK.len() as i64,
                stock: 1,
                created_at: clock::now(),
            };
            let data = json!({ "name": row.name, "version": row.version, "stock": true });
            let installed = event("plugin.uploaded", None, None, Some(&digest), &data);
            environment
                .add_plugin(
                    NewPlugin {
                        row,
                        wasm: STOCK.to_vec(),
                        signatures: Vec::new(),
                    },
                    &[installed],
                )
                .await?;
        }
        Ok(())
    }
}
