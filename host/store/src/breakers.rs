//! Circuit breakers: plugins that a connection does not ask for a while, since they failed too often.
//!
//! Opening and closing one is a change of configuration: every decision rests on it, on every host.

use sqlx::FromRow;

use crate::connections::row_in;
use crate::db::{Tx, binds, each, locking, rows};
use crate::environment::Environment;
use crate::events::NewEvent;
use crate::mappings::{activate_in, may_bind};
use crate::{Connection, Error, Result, Store};

/// A breaker that has been open.
#[derive(Debug, Clone, FromRow)]
pub struct BreakerRow {
    /// Of the plugin.
    pub digest: String,
    /// The mapping it failed in; 0 is the stock mapping.
    pub revision: i64,
    /// `open`, `half_open` or `closed`.
    pub state: String,
    pub failures: i64,
    /// JSON: code and detail of the last failure.
    pub problem: String,
    /// Milliseconds from the last failure to the next try.
    pub wait: i64,
    pub opened_at: i64,
    pub next_at: Option<i64>,
    pub closed_at: Option<i64>,
    /// The revision that the server went back to by itself.
    pub returned_to: Option<i64>,
}

/// A breaker to open.
#[derive(Debug)]
pub struct Opening {
    pub digest: String,
    pub revision: i64,
    pub failures: i64,
    pub problem: String,
    pub wait: i64,
    pub at: i64,
    /// Go back to the revision before if this one was activated since.
    pub fresh_since: i64,
}

/// A breaker that somebody is to be decided by, to try: claimed for one worker.
#[derive(Debug, Clone, FromRow)]
pub struct DueBreaker {
    pub connection_id: String,
    pub digest: String,
    pub revision: i64,
    pub failures: i64,
    pub wait: i64,
}

/// Claimed at a time.
const CLAIM: i64 = 8;
/// How long a claim lasts: what a crashed host had claimed is taken up by another after it.
const CLAIM_MS: i64 = 30_000;

const BREAKERS: &str = "SELECT digest, revision, state, failures, problem, wait, opened_at, next_at, closed_at, returned_to \
     FROM breakers WHERE connection_id = $1 ORDER BY digest";

impl Connection {
    /// By digest.
    pub async fn breakers(&self) -> Result<Vec<BreakerRow>> {
        self.store().db().all(BREAKERS, binds![&*self.id]).await
    }

    /// Opens a breaker, and makes the last revision that worked the active one, if there is one. `events` are told which.
    /// False: somebody was quicker, or the mapping is not active any more.
    pub async fn open_breaker(
        &self,
        new: Opening,
        events: impl FnOnce(Option<i64>) -> Vec<NewEvent>,
    ) -> Result<bool> {
        let mut tx = self.environment.change().await?;
        let row = row_in(&mut tx, self.environment.id(), &self.id).await?;
        let open: Option<(i64,)> = tx
            .optional(
                "SELECT revision FROM breakers WHERE connection_id = $1 AND digest = $2 AND revision = $3 \
                 AND state <> 'closed'",
                binds![&*self.id, &new.digest, new.revision],
            )
            .await?;
        if row.active_revision.unwrap_or(0) != new.revision || open.is_some() {
            return Ok(false);
        }
        let back: Option<(i64,)> = tx
            .optional(
                "SELECT m.revision FROM mappings m WHERE m.connection_id = $1 AND m.revision <> $2 \
                 AND m.worked = 1 AND m.replaced_at >= $3 \
                 AND EXISTS (SELECT 1 FROM mappings a WHERE a.connection_id = $1 AND a.revision = $2 \
                   AND a.activated_at >= $3) \
                 ORDER BY m.replaced_at DESC, m.revision DESC LIMIT 1",
                binds![&*self.id, new.revision, new.fresh_since],
            )
            .await?;
        let back = match back {
            Some((revision,)) if may_bind(&mut tx, self, revision).await? => Some(revision),
            _ => None,
        };
        // Nobody is decided by a mapping that is not active.
        let next_at = back.is_none().then_some(new.at + new.wait);
        tx.run(
            "INSERT INTO breakers (connection_id, digest, revision, state, failures, problem, wait, opened_at, next_at, \
             closed_at, returned_to) VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, NULL, $9) \
             ON CONFLICT (connection_id, digest) DO UPDATE SET revision = excluded.revision, state = excluded.state, \
             failures = excluded.failures, problem = excluded.problem, wait = excluded.wait, \
             opened_at = excluded.opened_at, next_at = excluded.next_at, closed_at = NULL, \
             returned_to = excluded.returned_to",
            binds![
                &*self.id,
                new.digest,
                new.revision,
                new.failures,
                new.problem,
                new.wait,
                new.at,
                next_at,
                back
            ],
        )
        .await?;
        if let Some(back) = back {
            activate_in(&mut tx, self, back, new.at).await?;
            tx.run(
                "UPDATE mappings SET returned_from_at = $3 WHERE connection_id = $1 AND revision = $2",
                binds![&*self.id, new.revision, new.at],
            )
            .await?;
        }
        self.environment.finish(tx, &events(back)).await?;
        Ok(true)
    }

    /// After a try that succeeded: who is pending is decided again. False: it is not half-open any more.
    pub async fn close_breaker(
        &self,
        due: &DueBreaker,
        now: i64,
        events: &[NewEvent],
    ) -> Result<bool> {
        let mut tx = self.environment.change().await?;
        let closed = tx
            .run(
                "UPDATE breakers SET state = 'closed', closed_at = $4, next_at = NULL \
                 WHERE connection_id = $1 AND digest = $2 AND revision = $3 AND state = 'half_open'",
                binds![&*self.id, &due.digest, due.revision, now],
            )
            .await?;
        if closed == 0 {
            return Ok(false);
        }
        self.mark_pending(&mut tx).await?;
        self.environment.finish(tx, events).await?;
        Ok(true)
    }

    /// After a try that failed with this problem, or that told nothing: failures and wait as they are to be.
    pub async fn keep_open(
        &self,
        due: &DueBreaker,
        problem: Option<String>,
        now: i64,
    ) -> Result<()> {
        let mut tx = self.store().db().begin().await?;
        tx.run(
            "UPDATE breakers SET state = 'open', failures = $4, problem = COALESCE($5, problem), wait = $6, next_at = $7 \
             WHERE connection_id = $1 AND digest = $2 AND revision = $3 AND state = 'half_open'",
            binds![
                &*self.id,
                &due.digest,
                due.revision,
                due.failures,
                problem,
                due.wait,
                now + due.wait
            ],
        )
        .await?;
        tx.commit().await
    }

    /// Forgets all breakers. Makes the revision that the server last went back from the active one again, if there is
    /// one, and else marks who is pending to be decided again. Returns the active revision, and how many users that
    /// concerns; `events` are told the revision that became active.
    pub async fn retry(
        &self,
        now: i64,
        events: impl FnOnce(Option<i64>) -> Vec<NewEvent>,
    ) -> Result<(i64, i64)> {
        let mut tx = self.environment.change().await?;
        let active = row_in(&mut tx, self.environment.id(), &self.id)
            .await?
            .active_revision;
        let left: Option<(i64,)> = tx
            .optional(
                "SELECT revision FROM breakers WHERE connection_id = $1 AND state <> 'closed' AND returned_to = $2 \
                 ORDER BY opened_at DESC LIMIT 1",
                binds![&*self.id, active],
            )
            .await?;
        let left = left.map(|(revision,)| revision);
        let total = if let Some(revision) = left {
            if !may_bind(&mut tx, self, revision).await? {
                return Err(Error::Stale);
            }
            activate_in(&mut tx, self, revision, now).await?
        } else {
            let total = self.mark_pending(&mut tx).await?;
            tx.run(
                "UPDATE connections SET redecide_total = $2 WHERE id = $1",
                binds![&*self.id, total],
            )
            .await?;
            total
        };
        forget(&mut tx, self).await?;
        self.environment.finish(tx, &events(left)).await?;
        Ok((left.or(active).unwrap_or(0), total))
    }

    /// Of the users whose decision is pending, who has waited longest, and who was decided last.
    pub async fn ends_of_pending(&self) -> Result<Vec<String>> {
        let db = self.store().db();
        let mut ends: Vec<(String,)> = db
            .all(
                "SELECT user_id FROM decisions WHERE connection_id = $1 AND state = 'pending' \
                 ORDER BY decided_at, user_id LIMIT 1",
                binds![&*self.id],
            )
            .await?;
        let last: Vec<(String,)> = db
            .all(
                "SELECT user_id FROM decisions WHERE connection_id = $1 AND state = 'pending' \
                 ORDER BY decided_at DESC, user_id DESC LIMIT 1",
                binds![&*self.id],
            )
            .await?;
        ends.extend(last);
        ends.dedup();
        Ok(ends.into_iter().map(|(id,)| id).collect())
    }

    /// Whether anybody is decided by this revision. A refusal is a decision, too.
    pub async fn works_for_anybody(&self, revision: i64) -> Result<bool> {
        let found: Option<(String,)> = self
            .store()
            .db()
            .optional(
                "SELECT d.user_id FROM resources r JOIN decisions d ON d.user_id = r.id WHERE r.connection_id = $1 \
                 AND r.kind = 'User' AND d.state IN ('active', 'refused') AND d.revision = $2 LIMIT 1",
                binds![&*self.id, revision],
            )
            .await?;
        Ok(found.is_some())
    }

    /// Marks who is pending to be decided again; returns how many.
    async fn mark_pending(&self, tx: &mut Tx) -> Result<i64> {
        let marked = tx
            .run(
                "INSERT INTO due (user_id, connection_id, claimed_until) SELECT d.user_id, d.connection_id, 0 \
                 FROM decisions d JOIN resources r ON r.id = d.user_id \
                 WHERE d.connection_id = $1 AND d.state = 'pending' AND r.kind = 'User' AND r.active = 1 \
                 ON CONFLICT (user_id) DO UPDATE SET claimed_until = 0",
                binds![&*self.id],
            )
            .await?;
        crate::due::announce(tx, self.store().signals()).await?;
        Ok(marked as i64)
    }
}

/// Somebody chose a mapping: it gets a fresh chance.
pub(crate) async fn forget(tx: &mut Tx, connection: &Connection) -> Result<()> {
    tx.run(
        "DELETE FROM breakers WHERE connection_id = $1",
        binds![&*connection.id],
    )
    .await?;
    Ok(())
}

impl Environment {
    /// Claims breakers that it is time to try; hosts beside each other get different ones. They are half-open then.
    pub async fn claim_breakers(&self, now: i64) -> Result<Vec<DueBreaker>> {
        let db = self.store.db();
        let any: Option<(String,)> = db
            .optional(
                "SELECT digest FROM breakers WHERE next_at <= $1 LIMIT 1",
                binds![now],
            )
            .await?;
        if any.is_none() {
            return Ok(vec![]);
        }
        let mut tx = db.begin().await?;
        let claimed: Vec<DueBreaker> = tx
            .all(
                locking!(
                    "SELECT b.connection_id, b.digest, b.revision, b.failures, b.wait FROM breakers b \
                     JOIN connections c ON c.id = b.connection_id \
                     WHERE c.environment_id = $1 AND b.next_at <= $2 ORDER BY b.next_at LIMIT $3",
                    "FOR UPDATE OF b SKIP LOCKED"
                ),
                binds![&*self.id, now, CLAIM],
            )
            .await?;
        let values: Vec<_> = claimed
            .iter()
            .map(|due| (&due.connection_id, &due.digest, now + CLAIM_MS))
            .collect();
        tx.run(
            each!(
                "UPDATE breakers SET state = 'half_open', next_at = CAST(e.value->>2 AS BIGINT) FROM",
                "WHERE breakers.connection_id = e.value->>0 AND breakers.digest = e.value->>1"
            ),
            rows(&values),
        )
        .await?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// The handle to the connection of a breaker found by [`Self::claim_breakers`].
    pub fn connection_of_breaker(&self, due: &DueBreaker) -> Connection {
        self.connection_handle(due.connection_id.clone())
    }
}

impl Store {
    /// How many breakers are open or half-open, on all hosts: (digest, state, how many).
    pub async fn breaker_counts(&self) -> Result<Vec<(String, String, i64)>> {
        self.db()
            .all(
                "SELECT b.digest, b.state, COUNT(*) FROM breakers b JOIN connections c ON c.id = b.connection_id \
                 AND COALESCE(c.active_revision, 0) = b.revision WHERE b.state <> 'closed' GROUP BY b.digest, b.state \
                 ORDER BY b.digest, b.state",
                vec![],
            )
            .await
    }
}
