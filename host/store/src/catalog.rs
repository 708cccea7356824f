//! The catalogue: one document per environment.

use crate::db::binds;
use crate::events::NewEvent;
use crate::{Environment, Result};

impl Environment {
    /// The catalogue's JSON text; `{}` before the first one.
    pub async fn catalog(&self) -> Result<String> {
        let (catalog,): (String,) = self
            .store
            .db()
            .one(
                "SELECT catalog FROM environments WHERE id = $1",
                binds![&*self.id],
            )
            .await?;
        Ok(catalog)
    }

    /// Replaces the catalogue and marks every user of the environment to be decided against it.
    pub async fn put_catalog(&self, catalog: &str, events: &[NewEvent]) -> Result<()> {
        let mut tx = self.change().await?;
        tx.run(
            "UPDATE environments SET catalog = $2 WHERE id = $1",
            binds![&*self.id, catalog],
        )
        .await?;
        tx.run(
            "INSERT INTO due (user_id, connection_id, claimed_until) \
             SELECT r.id, r.connection_id, 0 FROM resources r JOIN connections c ON c.id = r.connection_id \
             WHERE c.environment_id = $1 AND r.kind = 'User' AND r.active = 1 \
             ON CONFLICT (user_id) DO UPDATE SET claimed_until = 0",
            binds![&*self.id],
        )
        .await?;
        crate::due::announce(&mut tx, self.store.signals()).await?;
        self.finish(tx, events).await
    }
}
