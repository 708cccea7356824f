//! A new revision: each slot's plugin found, its settings checked against its schema, then prepared by
//! the plugin itself. Settings that cannot work are refused here, with the path of the mistake.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_mapping::{Digest, PrepareError, Slot as SlotName};
use rolecall_store::{Error as StoreError, NewMapping};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::context::parse;
use crate::error::{FieldError, Problem, problem};
use crate::guard::{Ground, Tenant};
use crate::manage::mappings::{Mapping, view};
use crate::manage::signatures::UNSIGNED;
use crate::manage::{Operator, event};
use crate::mapping::{Reach, StoredSlot, StoredSlots, accept, mistakes};
use crate::{App, clock};

/// Slots left out are filled by the stock plugin.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateMapping {
    #[serde(default)]
    pub attributes: Option<CreateSlot>,
    #[serde(default)]
    pub tenants: Option<CreateSlot>,
    #[serde(default)]
    pub roles: Option<CreateSlot>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSlot {
    /// Digest of an uploaded plugin, or `rules`.
    pub plugin: String,
    #[serde(default)]
    pub settings: Option<Value>,
}

impl App {
    pub async fn create_mapping(
        &self,
        operator: &Operator,
        connection: &str,
        new: CreateMapping,
    ) -> Result<Mapping, Problem> {
        let (handle, row) = operator.handle(connection).await?;
        let slots = self.check_mapping(operator, &row.tenant, new).await?;
        let plugins = json!({
            "attributes": slots.attributes.plugin,
            "tenants": slots.tenants.plugin,
            "roles": slots.roles.plugin,
        });
        let new = NewMapping {
            slots: json!(slots).to_string(),
            plugins: slots.plugins().to_vec(),
            now: clock::now(),
        };
        let created = |revision| {
            let data = json!({ "revision": revision, "plugins": plugins });
            event(
                "mapping.created",
                Some(connection),
                Some(&row.tenant),
                Some(connection),
                &data,
            )
        };
        let stored = handle
            .create_mapping(new, created)
            .await
            .map_err(problem("connection"))?;
        view(&handle, &row, stored).await
    }

    /// The three slots ready to be stored, or every mistake at once.
    pub(crate) async fn check_mapping(
        &self,
        operator: &Operator,
        home: &str,
        new: CreateMapping,
    ) -> Result<StoredSlots, Problem> {
        let environment = &operator.environment;
        let catalogue = environment.catalog().await.map_err(problem("catalogue"))?;
        let subtree = environment.subtree(home).await.map_err(problem("tenant"))?;
        let tenants = subtree.into_iter().map(|tenant| {
            (
                tenant.key,
                Tenant {
                    disabled: tenant.disabled != 0,
                    plan: tenant.plan,
                },
            )
        });
        let ground = Ground {
            tenants: tenants.collect(),
            ..Ground::default()
        };
        let reach = Reach {
            catalogue: &catalogue,
            ground: &ground,
            home,
        };
        let mut errors = Vec::new();
        let mut slots = Vec::with_capacity(3);
        for (name, slot) in [
            (SlotName::Attributes, new.attributes),
            (SlotName::Tenants, new.tenants),
            (SlotName::Roles, new.roles),
        ] {
            match self.check_slot(operator, name, slot, &reach).await? {
                Ok(slot) => slots.push(slot),
                Err(found) => errors.extend(found),
            }
        }
        let detail = "The mapping can't work as it is; nothing was changed. See `errors`.";
        let refused = || Problem::refused("invalid_mapping", detail).with(errors);
        let [attributes, tenants, roles]: [StoredSlot; 3] =
            slots.try_into().map_err(|_| refused())?;
        Ok(StoredSlots {
            attributes,
            tenants,
            roles,
        })
    }

    async fn check_slot(
        &self,
        operator: &Operator,
        slot: SlotName,
        new: Option<CreateSlot>,
        reach: &Reach<'_>,
    ) -> Result<Result<StoredSlot, Vec<FieldError>>, Problem> {
        let Some(new) = new else {
            return Ok(Ok(self.stock_slot(slot, reach).await?));
        };
        let at_plugin = |code: &str, detail: String| {
            let pointer = format!("/{slot}/plugin");
            Ok(Err(vec![FieldError {
                pointer,
                code: code.to_owned(),
                detail,
            }]))
        };
        let plugin = match operator.environment.plugin(&new.plugin).await {
            Err(StoreError::NotFound) => {
                let detail = format!(
                    "There is no plugin {:?} here. Upload it with POST /v1/plugins and name its digest, or \
                     name a stock plugin: rules.",
                    new.plugin,
                );
                return at_plugin("unknown_plugin", detail);
            }
            plugin => plugin.map_err(problem("plugin"))?,
        };
        let exports: Vec<SlotName> =
            parse("exports", &plugin.exports).map_err(problem("plugin"))?;
        if !exports.contains(&slot) {
            let names: Vec<&str> = exports.iter().map(|slot| slot.as_str()).collect();
            let detail = format!(
                "The plugin {} {} does not fill this slot; it exports {}.",
                plugin.name,
                plugin.version,
                names.join(", "),
            );
            return at_plugin("wrong_slot", detail);
        }
        if !operator
            .unsigned(std::slice::from_ref(&plugin.digest))
            .await?
            .is_empty()
        {
            return at_plugin(UNSIGNED, operator.why_unsigned(&plugin.digest).await?);
        }
        let settings = match new.settings {
            None | Some(Value::Null) => json!({}),
            Some(settings) => settings,
        };
        let schema = plugin.settings_schema.as_deref();
        let schema: Option<Value> = schema
            .map(|schema| parse("settings schema", schema))
            .transpose()
            .map_err(problem("plugin"))?;
        let digest = Digest::parse(&plugin.digest).ok_or_else(Problem::internal)?;
        self.load(&digest).await?;
        let _one_of_few = self.accepting.acquire().await;
        // A stranger's schema and `prepare` may take seconds: this thread's other requests go elsewhere meanwhile.
        let accepted = tokio::task::block_in_place(|| {
            accept(
                &self.runtime,
                &digest,
                schema.as_ref(),
                slot,
                &settings,
                reach,
            )
        });
        Ok(match accepted {
            Ok(prepared) => Ok(StoredSlot {
                plugin: plugin.digest,
                settings,
                prepared: STANDARD.encode(prepared),
                stock: false,
            }),
            Err(PrepareError::Unavailable(why)) => return Err(Problem::unavailable(why)),
            Err(error) => Err(mistakes(slot, error)),
        })
    }
}
