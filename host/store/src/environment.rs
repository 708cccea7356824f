//! The handle to one environment, and changes of its configuration.

use std::sync::Arc;

use crate::connections::Connection;
use crate::db::{Tx, binds};
use crate::events::{self, NewEvent};
use crate::signals::Signals;
use crate::{Error, Result, Store};

/// Rights over one environment.
#[derive(Clone)]
pub struct Environment {
    pub(crate) store: Store,
    pub(crate) id: Arc<str>,
}

/// A number that goes up with every change of an environment's configuration. Read before anything a
/// decision rests on, verified when the decision commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence(pub i64);

impl Environment {
    pub(crate) fn new(store: Store, id: String) -> Self {
        Self {
            store,
            id: id.into(),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn connection_handle(&self, id: String) -> Connection {
        Connection {
            environment: self.clone(),
            id: id.into(),
        }
    }

    /// The present generation of the configuration.
    pub async fn fence(&self) -> Result<Fence> {
        let (generation,): (i64,) = self
            .store
            .db()
            .one(
                "SELECT generation FROM environments WHERE id = $1",
                binds![&*self.id],
            )
            .await?;
        Ok(Fence(generation))
    }

    /// Begins a change of configuration. Holding the generation keeps every decision's commit out
    /// until this one is through; they then see that they rest on old ground.
    pub(crate) async fn change(&self) -> Result<Tx> {
        let mut tx = self.store.db().begin().await?;
        let touched = tx
            .run(
                "UPDATE environments SET generation = generation + 1 WHERE id = $1",
                binds![&*self.id],
            )
            .await?;
        if touched == 0 {
            return Err(Error::NotFound);
        }
        tx.notify("configuration").await?;
        Ok(tx)
    }

    /// Commits a change of configuration with its events.
    pub(crate) async fn finish(&self, mut tx: Tx, new: &[NewEvent]) -> Result<()> {
        events::append(&mut tx, &self.id, new).await?;
        tx.commit().await?;
        let signals = self.store.signals();
        Signals::raise(signals.configuration());
        Signals::raise(signals.written());
        Ok(())
    }
}
