//! Seals what was written, in batches, a moment after its commit.

use std::sync::Arc;
use std::time::Duration;

use rolecall_store::Error;

use crate::App;

/// Events of this time share a batch: a reader of the feed waits no longer for a quiet writer's event.
const GATHER: Duration = Duration::from_millis(25);
/// After a failure, and to find what another host left unsealed.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn run(app: Arc<App>) {
    let mut written = app.store.watch_written();
    loop {
        if let Err(error) = all(&app).await {
            tracing::warn!(%error, "sealing the log failed; trying again");
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        let _ = tokio::time::timeout(PAUSE, written.changed()).await;
        tokio::time::sleep(GATHER).await;
    }
}

pub(super) async fn all(app: &App) -> Result<(), Error> {
    for environment in app.store.environments().await? {
        environment.seal().await?;
    }
    Ok(())
}
