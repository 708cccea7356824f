//! The first start: an environment, its operator key, and the stock plugin.

use rolecall_store::{NewPlugin, PluginRow};

use crate::manage::event;
use crate::mapping::STOCK;
use crate::secret::Secret;
use crate::{App, clock, id};

/// The environment that the first start makes.
pub const DEFAULT: &str = "default";

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
        Ok(Some(key).filter(|_| made && stored))
    }

    /// Every environment has this version's stock plugin.
    async fn install_stock(&self) -> anyhow::Result<()> {
        let runtime = self.runtime.clone();
        let checked = tokio::task::spawn_blocking(move || runtime.check(STOCK)).await?;
        let checked = checked.map_err(|refusal| anyhow::anyhow!(refusal.detail))?;
        for environment in self.store.environments().await? {
            let digest = checked.digest.to_string();
            if environment.plugin(&digest).await.is_ok() {
                continue;
            }
            let row = PluginRow {
                digest: digest.clone(),
                name: checked.name.clone(),
                version: checked.version.clone(),
                exports: serde_json::to_string(&checked.slots)?,
                settings_schema: checked.settings_schema.as_ref().map(ToString::to_string),
                bytes: checked.bytes as i64,
                stock: 1,
                created_at: clock::now(),
            };
            let data =
                serde_json::json!({ "name": row.name, "version": row.version, "stock": true });
            let installed = event("plugin.uploaded", None, None, Some(&digest), &data);
            environment
                .add_plugin(
                    NewPlugin {
                        row,
                        wasm: STOCK.to_vec(),
                    },
                    &[installed],
                )
                .await?;
        }
        Ok(())
    }
}
