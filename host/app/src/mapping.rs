//! Mappings as they are stored, and bound to components in memory.

use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_mapping::{Bound, Digest, Mapping, PrepareError, Runtime, Setup, Slot};
use rolecall_store::{Connection, ConnectionRow, Error as StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::App;
use crate::context::{Context, parse};
use crate::error::FieldError;
use crate::guard::Ground;
use crate::loading::NotLoaded;

/// The stock plugin: fills every slot that nothing else fills.
pub(crate) const STOCK: &[u8] = rolecall_plugin_bundle::RULES;

pub(crate) fn stock_digest() -> &'static Digest {
    static DIGEST: LazyLock<Digest> = LazyLock::new(|| Runtime::digest(STOCK));
    &DIGEST
}

/// One slot of a stored revision.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredSlot {
    pub(crate) plugin: String,
    pub(crate) settings: Value,
    /// What the plugin's `prepare` made of the settings, base64.
    pub(crate) prepared: String,
    /// Nobody asked for this slot: the stock plugin fills it.
    #[serde(default)]
    pub(crate) stock: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredSlots {
    pub(crate) attributes: StoredSlot,
    pub(crate) tenants: StoredSlot,
    pub(crate) roles: StoredSlot,
}

impl StoredSlots {
    /// Their digests.
    pub(crate) fn plugins(&self) -> [String; 3] {
        [&self.attributes, &self.tenants, &self.roles].map(|slot| slot.plugin.clone())
    }
}

/// The mapping in force.
pub(crate) struct Active {
    /// 0: the stock mapping, as long as no revision was activated.
    pub(crate) revision: i64,
    /// Made when somebody is first decided by it: the stock plugin has to be loaded to prepare its settings, and who
    /// leaves must not need a plugin (invariant 4).
    mapping: OnceCell<Mapping>,
}

impl Active {
    /// The stock mapping, in force as long as no revision was activated.
    fn stock() -> Self {
        Self {
            revision: 0,
            mapping: OnceCell::new(),
        }
    }

    /// What it runs.
    pub(crate) fn plugins(&self) -> Vec<&Digest> {
        match self.mapping.get() {
            Some(mapping) => digests(mapping).into(),
            None => vec![stock_digest()],
        }
    }

    /// A stored revision. Its components are loaded when they are first needed.
    pub(crate) fn bind(revision: i64, slots: &StoredSlots) -> Result<Self, StoreError> {
        Ok(Self {
            revision,
            mapping: OnceCell::new_with(Some(bind(slots)?)),
        })
    }
}

impl App {
    pub(crate) async fn active_mapping(
        &self,
        connection: &Connection,
        row: &ConnectionRow,
    ) -> Result<Active, StoreError> {
        let Some(revision) = row.active_revision else {
            return Ok(Active::stock());
        };
        let stored = connection.mapping(revision).await?;
        let slots: StoredSlots = parse("mapping", &stored.slots)?;
        Active::bind(revision, &slots)
    }

    /// A mapping, ready to decide.
    pub(crate) async fn mapping<'a>(
        &self,
        context: &Context,
        active: &'a Active,
    ) -> Result<&'a Mapping, NotLoaded> {
        let stock = || async {
            self.load_soon(stock_digest()).await?;
            let catalogue = context.connection.environment().catalog().await?;
            let reach = Reach {
                catalogue: &catalogue,
                ground: &context.ground,
                home: &context.row.tenant,
            };
            Ok(bind(&self.stock_slots(&reach).await?)?)
        };
        active.mapping.get_or_try_init(stock).await
    }

    /// Whether a decision takes so long that it belongs on a thread that may block.
    pub(crate) fn is_slow(&self, mapping: &Mapping) -> bool {
        digests(mapping)
            .into_iter()
            .any(|digest| self.runtime.is_slow(digest))
    }

    /// The stock plugin without settings, in all three slots.
    async fn stock_slots(&self, reach: &Reach<'_>) -> Result<StoredSlots, NotLoaded> {
        Ok(StoredSlots {
            attributes: self.stock_slot(Slot::Attributes, reach).await?,
            tenants: self.stock_slot(Slot::Tenants, reach).await?,
            roles: self.stock_slot(Slot::Roles, reach).await?,
        })
    }

    /// One slot filled by the stock plugin without settings.
    pub(crate) async fn stock_slot(
        &self,
        slot: Slot,
        reach: &Reach<'_>,
    ) -> Result<StoredSlot, NotLoaded> {
        let digest = stock_digest();
        self.load(digest).await?;
        let settings = Value::Object(serde_json::Map::new());
        let prepared = accept(&self.runtime, digest, None, slot, &settings, reach)
            .map_err(|error| NotLoaded::Failed(format!("The stock plugin fails: {error}")))?;
        Ok(StoredSlot {
            plugin: digest.to_string(),
            settings,
            prepared: STANDARD.encode(prepared),
            stock: true,
        })
    }
}

/// What settings may refer to.
pub(crate) struct Reach<'a> {
    /// JSON text.
    pub(crate) catalogue: &'a str,
    pub(crate) ground: &'a Ground,
    pub(crate) home: &'a str,
}

/// What the plugin's `prepare` makes of settings, once they are valid by its schema.
pub(crate) fn accept(
    runtime: &Runtime,
    digest: &Digest,
    schema: Option<&Value>,
    slot: Slot,
    settings: &Value,
    reach: &Reach<'_>,
) -> Result<Vec<u8>, PrepareError> {
    if let Some(schema) = schema {
        runtime.check_settings(schema, settings)?;
    }
    let mut keys: Vec<&String> = reach.ground.tenants.keys().collect();
    keys.sort_unstable();
    let setup = Setup {
        slot,
        settings: &settings.to_string(),
        catalogue: reach.catalogue,
        tenants: &serde_json::json!(keys).to_string(),
        home: reach.home,
    };
    runtime.prepare(digest, &setup)
}

/// Why settings were not accepted: every mistake with its pointer into the mapping.
pub(crate) fn mistakes(slot: Slot, error: PrepareError) -> Vec<FieldError> {
    let at = |place: &str, code: &str, detail: String| FieldError {
        pointer: format!("/{slot}/{place}"),
        code: code.to_owned(),
        detail,
    };
    match error {
        PrepareError::Problems(found) => found
            .into_iter()
            .map(|it| {
                let place = format!("settings{}", it.path.unwrap_or_default());
                at(&place, &it.code, it.detail)
            })
            .collect(),
        PrepareError::Fault(fault) => {
            let detail = format!("The plugin failed while it prepared these settings: {fault}");
            vec![at("plugin", "prepare_failed", detail)]
        }
        PrepareError::Unavailable(why) => vec![at("settings", "unavailable", why)],
        PrepareError::NotLoaded(missing) => {
            tracing::error!(%missing, "a component that was just loaded is not there");
            vec![at(
                "plugin",
                "not_loaded",
                "The plugin had to make room; try again.".to_owned(),
            )]
        }
    }
}

fn bind(slots: &StoredSlots) -> Result<Mapping, StoreError> {
    Ok(Mapping {
        attributes: bound(&slots.attributes)?,
        tenants: bound(&slots.tenants)?,
        roles: bound(&slots.roles)?,
    })
}

fn bound(slot: &StoredSlot) -> Result<Bound, StoreError> {
    let corrupt = |why: String| StoreError::Internal(format!("stored mapping: {why}"));
    let digest = Digest::parse(&slot.plugin).ok_or_else(|| corrupt("no digest".to_owned()))?;
    let prepared = STANDARD
        .decode(&slot.prepared)
        .map_err(|error| corrupt(error.to_string()))?;
    Ok(Bound::new(
        digest,
        slot.settings.to_string().into(),
        Arc::from(prepared),
    ))
}

fn digests(mapping: &Mapping) -> [&Digest; 3] {
    [
        mapping.attributes.digest(),
        mapping.tenants.digest(),
        mapping.roles.digest(),
    ]
}
