//! What waiters wake up for: this host's own commits, and over `LISTEN/NOTIFY` those of the others.

use std::sync::Arc;

use sqlx::postgres::PgListener;
use tokio::sync::watch;

use crate::db::Db;

/// Counters that only go up; a waiter remembers the one it saw.
#[derive(Clone)]
pub struct Signals(Arc<Inner>);

struct Inner {
    configuration: watch::Sender<u64>,
    written: watch::Sender<u64>,
    sealed: watch::Sender<u64>,
    due: watch::Sender<u64>,
}

impl Signals {
    pub(crate) fn new() -> Self {
        let counter = || watch::Sender::new(0);
        Self(Arc::new(Inner {
            configuration: counter(),
            written: counter(),
            sealed: counter(),
            due: counter(),
        }))
    }

    /// Tenants, catalogue, connections, tokens or mappings changed: forget what was cached of them.
    pub fn configuration(&self) -> &watch::Sender<u64> {
        &self.0.configuration
    }

    /// Events wait for the sealer.
    pub(crate) fn written(&self) -> &watch::Sender<u64> {
        &self.0.written
    }

    /// The feed grew.
    pub fn sealed(&self) -> &watch::Sender<u64> {
        &self.0.sealed
    }

    /// Users wait to be decided again.
    pub fn due(&self) -> &watch::Sender<u64> {
        &self.0.due
    }

    pub(crate) fn raise(counter: &watch::Sender<u64>) {
        counter.send_modify(|count| *count += 1);
    }

    fn raise_all(&self) {
        for counter in [
            &self.0.configuration,
            &self.0.sealed,
            &self.0.due,
            &self.0.written,
        ] {
            Self::raise(counter);
        }
    }
}

/// Listens to the other hosts until the pool closes. After a lost connection anything may have
/// happened, so everything is raised.
pub(crate) async fn listen(db: Db, signals: Signals) {
    let Db::Postgres(pool) = db else { return };
    while !pool.is_closed() {
        if let Ok(mut listener) = PgListener::connect_with(&pool).await
            && listener.listen("rolecall").await.is_ok()
        {
            signals.raise_all();
            while let Ok(Some(notification)) = listener.try_recv().await {
                match notification.payload() {
                    "configuration" => Signals::raise(signals.configuration()),
                    "sealed" => Signals::raise(signals.sealed()),
                    "due" => Signals::raise(signals.due()),
                    _ => {}
                }
            }
        }
        // Caches must not outlive our hearing of changes.
        signals.raise_all();
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}
