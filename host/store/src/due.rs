//! Users whose decision is to be made again in the background.

use sqlx::FromRow;

use crate::db::{Tx, binds, locking};
use crate::signals::Signals;
use crate::{Connection, Environment, Result};

/// A user to decide, claimed for one worker.
#[derive(Debug, Clone, FromRow)]
pub struct DueUser {
    pub user_id: String,
    pub connection_id: String,
}

/// How long a claim lasts: what a crashed host had claimed is taken up by another after it.
const CLAIM_MS: i64 = 30_000;

/// Wakes the workers when the transaction commits. Raised early on this host: a worker that comes too
/// soon finds nothing and looks again within its interval.
pub(crate) async fn announce(tx: &mut Tx, signals: &Signals) -> Result<()> {
    tx.notify("due").await?;
    Signals::raise(signals.due());
    Ok(())
}

impl Environment {
    /// Claims up to `limit` users of this environment; hosts beside each other get different ones.
    pub async fn claim_due(&self, now: i64, limit: i64) -> Result<Vec<DueUser>> {
        let db = self.store.db();
        let any: Option<(String,)> = db
            .optional(
                "SELECT user_id FROM due WHERE claimed_until <= $1 LIMIT 1",
                binds![now],
            )
            .await?;
        if any.is_none() {
            return Ok(vec![]);
        }
        let mut tx = db.begin().await?;
        let claimed: Vec<DueUser> = tx
            .all(
                locking!(
                    "SELECT d.user_id, d.connection_id FROM due d JOIN connections c ON c.id = d.connection_id \
                     WHERE c.environment_id = $1 AND d.claimed_until <= $2 ORDER BY d.user_id LIMIT $3",
                    "FOR UPDATE OF d SKIP LOCKED"
                ),
                binds![&*self.id, now, limit],
            )
            .await?;
        let values: Vec<_> = claimed
            .iter()
            .map(|due| (&due.user_id, now + CLAIM_MS))
            .collect();
        tx.run(
            crate::db::each!(
                "UPDATE due SET claimed_until = CAST(e.value->>1 AS BIGINT) FROM",
                "WHERE due.user_id = e.value->>0"
            ),
            crate::db::rows(&values),
        )
        .await?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// The handle to a connection found by [`Self::claim_due`].
    pub fn connection_of_due(&self, due: &DueUser) -> Connection {
        self.connection_handle(due.connection_id.clone())
    }
}

impl Connection {
    /// How many users wait.
    pub async fn due_count(&self) -> Result<i64> {
        let (count,): (i64,) = self
            .store()
            .db()
            .one(
                "SELECT COUNT(*) FROM due WHERE connection_id = $1",
                binds![&*self.id],
            )
            .await?;
        Ok(count)
    }

    /// Gives a claim back: the user is tried again at `at`.
    pub async fn postpone(&self, user: &str, at: i64) -> Result<()> {
        let mut tx = self.store().db().begin().await?;
        tx.run(
            "UPDATE due SET claimed_until = $3 WHERE user_id = $1 AND connection_id = $2",
            binds![user, &*self.id, at],
        )
        .await?;
        tx.commit().await
    }

    /// The user went away before it was decided.
    pub async fn forget_due(&self, user: &str) -> Result<()> {
        let mut tx = self.store().db().begin().await?;
        tx.run(
            "DELETE FROM due WHERE user_id = $1 AND connection_id = $2",
            binds![user, &*self.id],
        )
        .await?;
        tx.commit().await
    }
}
