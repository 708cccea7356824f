//! What runs beside the requests: sealing the log, deciding again, trying what failed, keeping what came over SCIM, noting
//! when tokens were used, what IdPs do and what they were forgiven, what plugins said.

mod activity;
mod forgiven;
mod plugin_logs;
mod probe;
mod redecide;
mod requests;
mod seal;
mod token_use;

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::App;

pub(crate) use activity::{Activity, Seen, Standing, gap};
pub(crate) use forgiven::Forgiven;
pub(crate) use plugin_logs::PluginLogs;
pub(crate) use requests::Requests;
pub use requests::Retention;
pub(crate) use token_use::TokenUse;

/// The workers of this host; several hosts on one database share the work.
pub struct Workers {
    app: Arc<App>,
    tasks: JoinSet<()>,
}

impl Workers {
    pub fn start(app: Arc<App>) -> Self {
        let mut tasks = JoinSet::new();
        tasks.spawn(seal::run(app.clone()));
        tasks.spawn(redecide::run(app.clone()));
        tasks.spawn(probe::run(app.clone()));
        tasks.spawn(token_use::run(app.clone()));
        tasks.spawn(forgiven::run(app.clone()));
        tasks.spawn(activity::run(app.clone()));
        tasks.spawn(requests::run(app.clone()));
        tasks.spawn(requests::prune(app.clone()));
        tasks.spawn(plugin_logs::run(app.clone()));
        tasks.spawn(plugin_logs::expire(app.clone()));
        Self { app, tasks }
    }

    /// Ends them, with nothing left undone that would not be found again at the next start.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
        if let Err(error) = seal::all(&self.app).await {
            tracing::warn!(%error, "the log was not sealed to its end; the next start goes on");
        }
        token_use::flush(&self.app).await;
        forgiven::flush(&self.app).await;
        requests::flush(&self.app).await;
        plugin_logs::flush(&self.app).await;
        activity::flush(&self.app).await;
        self.app.store.close().await;
    }
}
