//! The use cases, one verb per file; no HTTP here.
//!
//! The way of a SCIM write: [`App::authenticate`] turns a token into a [`Context`]; the verb reads, asks
//! [`decide`] what each touched user becomes, lets [`guard`] dispose of what the plugins propose, and
//! commits resource, decision, access and events as one [`rolecall_store::Change`]. Guest code never runs
//! inside a transaction: the commit verifies what the decision rested on, and the verb starts over when
//! that has changed (invariant 7).

mod breaker;
mod bulk;
pub mod catalogue;
pub mod check;
pub mod clock;
mod context;
mod decide;
pub mod error;
pub mod events;
mod explain;
mod groups;
mod guard;
pub mod id;
mod judged;
mod loading;
mod locks;
pub mod manage;
mod mapping;
mod memberships;
pub mod metering;
mod policy;
pub mod receipts;
pub mod request;
pub mod resources;
mod schemas;
pub mod secret;
pub mod signing;
mod users;
pub mod workbench;
pub mod workers;

use std::sync::Arc;

use rolecall_mapping::Runtime;
pub use rolecall_mapping::{APART, Bounds, Job, work_apart};
use rolecall_store::Store;

pub use context::Context;
pub use error::{FieldError, Problem};
pub use loading::Compiling;
pub use rolecall_scim as scim;

/// Everything a verb needs.
pub struct App {
    store: Store,
    runtime: Runtime,
    contexts: context::Contexts,
    locks: locks::Locks,
    meters: metering::Meters,
    breakers: breaker::Breakers,
    token_use: workers::TokenUse,
    forgiven: workers::Forgiven,
    activity: workers::Activity,
    requests: workers::Requests,
    plugin_logs: workers::PluginLogs,
    public_url: String,
    loading: Arc<loading::Loading>,
    /// Uploads compile one at a time.
    uploading: Arc<tokio::sync::Mutex<()>>,
    /// Who may check and prepare settings at the moment: each may take hundreds of megabytes meanwhile.
    accepting: tokio::sync::Semaphore,
}

/// Settings checked and prepared at a time.
const ACCEPTING: usize = 4;

impl App {
    /// `public_url` is how clients reach this server, without a trailing slash; `kept` is how much of the SCIM requests
    /// is kept.
    pub async fn new(
        store: Store,
        public_url: String,
        kept: workers::Retention,
        compiling: Compiling,
    ) -> anyhow::Result<Arc<Self>> {
        let loading = Arc::new(loading::Loading::new(compiling.wait));
        Ok(Arc::new(Self {
            runtime: compiling.runtime(&store).await?,
            store,
            contexts: context::Contexts::default(),
            locks: locks::Locks::default(),
            meters: metering::Meters::new(),
            breakers: breaker::Breakers::default(),
            token_use: workers::TokenUse::default(),
            forgiven: workers::Forgiven::default(),
            activity: workers::Activity::default(),
            requests: workers::Requests::new(kept),
            plugin_logs: workers::PluginLogs::default(),
            public_url,
            loading,
            uploading: Arc::default(),
            accepting: tokio::sync::Semaphore::new(ACCEPTING),
        }))
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> bool {
        self.store.ping().await.is_ok()
    }

    /// Where a connection's SCIM endpoint is.
    pub fn scim_url(&self, connection: &str) -> String {
        format!("{}/scim/v2/{connection}", self.public_url)
    }
}
