//! Mappings: immutable revisions of a connection's three slots.

use std::collections::HashMap;

use serde::Deserialize;
use sqlx::FromRow;

use crate::connections::row_in;
use crate::db::{Tx, binds};
use crate::events::NewEvent;
use crate::{Connection, Error, Result, breakers};

#[derive(Debug, Clone, FromRow)]
pub struct MappingRow {
    pub revision: i64,
    /// JSON as the app wrote it: plugin, settings and prepared bytes of each slot.
    pub slots: String,
    pub created_at: i64,
    pub activated_at: Option<i64>,
    /// When the server went back from it by itself.
    pub returned_from_at: Option<i64>,
}

pub struct NewMapping {
    pub slots: String,
    /// Digests of those in the slots.
    pub plugins: Vec<String>,
    pub now: i64,
}

impl Connection {
    /// Newest first, from before `before`.
    pub async fn mappings(&self, before: i64, limit: i64) -> Result<Vec<MappingRow>> {
        self.store()
            .db()
            .all(
                "SELECT revision, slots, created_at, activated_at, returned_from_at FROM mappings \
                 WHERE connection_id = $1 AND revision < $2 ORDER BY revision DESC LIMIT $3",
                binds![&*self.id, before, limit],
            )
            .await
    }

    pub async fn mapping(&self, revision: i64) -> Result<MappingRow> {
        self.store()
            .db()
            .one(
                "SELECT revision, slots, created_at, activated_at, returned_from_at FROM mappings \
                 WHERE connection_id = $1 AND revision = $2",
                binds![&*self.id, revision],
            )
            .await
    }

    /// Adds the next revision.
    pub async fn create_mapping(
        &self,
        new: NewMapping,
        event: impl FnOnce(i64) -> NewEvent,
    ) -> Result<MappingRow> {
        let mut tx = self.environment.change().await?;
        self.environment
            .expect_signed(&mut tx, &new.plugins)
            .await?;
        let last: Option<(i64,)> = tx
            .optional(
                "SELECT COALESCE(MAX(revision), 0) FROM mappings WHERE connection_id = $1",
                binds![&*self.id],
            )
            .await?;
        let revision = last.map_or(1, |(revision,)| revision + 1);
        tx.run(
            "INSERT INTO mappings (connection_id, revision, slots, created_at) VALUES ($1, $2, $3, $4)",
            binds![&*self.id, revision, &new.slots, new.now],
        )
        .await?;
        self.environment.finish(tx, &[event(revision)]).await?;
        Ok(MappingRow {
            revision,
            slots: new.slots,
            created_at: new.now,
            activated_at: None,
            returned_from_at: None,
        })
    }

    /// Makes a revision the active one, new or old, and marks every user to be decided by it. An
    /// activation under way is superseded: the workers always decide by the active revision. Stale: a plugin of it may not
    /// be bound any more.
    pub async fn activate(&self, revision: i64, now: i64, events: &[NewEvent]) -> Result<i64> {
        let mut tx = self.environment.change().await?;
        let row = row_in(&mut tx, self.environment.id(), &self.id).await?;
        if row.active_revision != Some(revision) && !may_bind(&mut tx, self, revision).await? {
            return Err(Error::Stale);
        }
        let total = activate_in(&mut tx, self, revision, now).await?;
        breakers::forget(&mut tx, self).await?;
        self.environment.finish(tx, events).await?;
        Ok(total)
    }
}

/// Whether all plugins of a revision may be bound anew.
pub(crate) async fn may_bind(tx: &mut Tx, connection: &Connection, revision: i64) -> Result<bool> {
    let slots: Option<(String,)> = tx
        .optional(
            "SELECT slots FROM mappings WHERE connection_id = $1 AND revision = $2",
            binds![&*connection.id, revision],
        )
        .await?;
    let (slots,) = slots.ok_or(Error::NotFound)?;
    let slots: HashMap<String, StoredSlot> =
        serde_json::from_str(&slots).map_err(|error| Error::corrupt("mapping", &error))?;
    let plugins: Vec<String> = slots.into_values().map(|slot| slot.plugin).collect();
    match connection.environment.expect_signed(tx, &plugins).await {
        Err(Error::Stale) => Ok(false),
        result => result.map(|()| true),
    }
}

/// What of a slot matters here.
#[derive(Deserialize)]
struct StoredSlot {
    plugin: String,
}

/// Makes a revision the active one; returns how many users are to be decided by it. Whether the one before has worked is
/// seen now, in the decisions it leaves behind: no decision has to note it. One that ended with an open breaker has not, so
/// the server never goes back to what it went back from.
pub(crate) async fn activate_in(
    tx: &mut Tx,
    connection: &Connection,
    revision: i64,
    now: i64,
) -> Result<i64> {
    let id = &*connection.id;
    tx.run(
        "UPDATE mappings SET replaced_at = $2, worked = CASE WHEN EXISTS (SELECT 1 FROM resources r \
           JOIN decisions d ON d.user_id = r.id WHERE r.connection_id = $1 AND r.kind = 'User' \
           AND d.state IN ('active', 'refused') AND d.revision = mappings.revision) \
         AND NOT EXISTS (SELECT 1 FROM breakers b WHERE b.connection_id = $1 AND b.state <> 'closed' \
           AND b.revision = mappings.revision) THEN 1 ELSE 0 END \
         WHERE connection_id = $1 AND revision = (SELECT active_revision FROM connections WHERE id = $1)",
        binds![id, now],
    )
    .await?;
    let found = tx
        .run(
            "UPDATE mappings SET activated_at = $3, returned_from_at = NULL \
             WHERE connection_id = $1 AND revision = $2",
            binds![id, revision, now],
        )
        .await?;
    if found == 0 {
        return Err(Error::NotFound);
    }
    let total = connection.mark_all(tx).await?;
    tx.run(
        "UPDATE connections SET active_revision = $2, redecide_total = $3 WHERE id = $1",
        binds![id, revision, total],
    )
    .await?;
    Ok(total)
}
