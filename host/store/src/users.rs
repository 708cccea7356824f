//! Users as the product's operator reads them: state, profile, decision.

use sqlx::FromRow;

use crate::db::{binds, each, rows};
use crate::{Connection, Environment, Result};

#[derive(Debug, Clone, FromRow)]
pub struct UserRow {
    pub id: String,
    pub connection_id: String,
    /// The SCIM document.
    pub doc: String,
    pub active: i64,
    pub version: i64,
    /// State of its decision, when one was made.
    pub state: Option<String>,
    pub profile: Option<String>,
    /// 1: waits to be decided again.
    pub due: i64,
    /// 1: its IdP deleted it, and its connection keeps who is deleted.
    pub deleted: i64,
    pub created_at: i64,
    pub modified_at: i64,
}

/// The decision in force or pending, explained.
#[derive(Debug, Clone, FromRow)]
pub struct DecisionRow {
    pub state: String,
    pub revision: Option<i64>,
    pub profile: String,
    /// JSON: slots, refused items, problem, receipt.
    pub explained: String,
    pub decided_at: i64,
}

/// Which users to list; all conditions must hold.
#[derive(Debug, Default)]
pub struct UserQuery {
    /// Placed in this tenant.
    pub tenant: Option<String>,
    /// Has this e-mail address, folded.
    pub email: Option<String>,
    pub connection: Option<String>,
    /// Exclusive start.
    pub after: String,
    pub limit: i64,
}

impl Environment {
    pub async fn users(&self, query: UserQuery) -> Result<Vec<UserRow>> {
        self.store
            .db()
            .all(
                "SELECT r.id, r.connection_id, r.doc, r.active, r.version, d.state, d.profile, \
                 CAST(CASE WHEN q.user_id IS NULL THEN 0 ELSE 1 END AS BIGINT) AS due, \
                 CAST(CASE WHEN r.kind = 'User' THEN 0 ELSE 1 END AS BIGINT) AS deleted, r.created_at, r.modified_at \
                 FROM resources r JOIN connections c ON c.id = r.connection_id \
                 LEFT JOIN decisions d ON d.user_id = r.id LEFT JOIN due q ON q.user_id = r.id \
                 WHERE c.environment_id = $1 AND r.kind IN ('User', 'DeletedUser') AND r.id > $2 \
                 AND ($3 IS NULL OR r.connection_id = $3) \
                 AND ($4 IS NULL OR r.id IN (SELECT user_id FROM access \
                   WHERE environment_id = $1 AND tenant = $4 AND kind = 'tenant')) \
                 AND ($5 IS NULL OR r.id IN (SELECT l.resource_id FROM connections own JOIN lookups l \
                   ON l.connection_id = own.id AND l.attribute = 'emails.value' AND l.value = $5 \
                   WHERE own.environment_id = $1)) \
                 ORDER BY r.id LIMIT $6",
                binds![
                    &*self.id,
                    query.after,
                    query.connection,
                    query.tenant,
                    query.email,
                    query.limit
                ],
            )
            .await
    }

    pub async fn user(&self, id: &str) -> Result<UserRow> {
        self.store
            .db()
            .one(
                "SELECT r.id, r.connection_id, r.doc, r.active, r.version, d.state, d.profile, \
                 CAST(CASE WHEN q.user_id IS NULL THEN 0 ELSE 1 END AS BIGINT) AS due, \
                 CAST(CASE WHEN r.kind = 'User' THEN 0 ELSE 1 END AS BIGINT) AS deleted, r.created_at, r.modified_at \
                 FROM resources r JOIN connections c ON c.id = r.connection_id \
                 LEFT JOIN decisions d ON d.user_id = r.id LEFT JOIN due q ON q.user_id = r.id \
                 WHERE c.environment_id = $1 AND r.kind IN ('User', 'DeletedUser') AND r.id = $2",
                binds![&*self.id, id],
            )
            .await
    }

    pub async fn decision(&self, user: &str) -> Result<DecisionRow> {
        self.store
            .db()
            .one(
                "SELECT d.state, d.revision, d.profile, d.explained, d.decided_at FROM decisions d \
                 JOIN connections c ON c.id = d.connection_id WHERE d.user_id = $1 AND c.environment_id = $2",
                binds![user, &*self.id],
            )
            .await
    }
}

impl Connection {
    /// The profiles of the last good decisions about some of the connection's users: (user, profile).
    pub async fn profiles_of(&self, users: &[&str]) -> Result<Vec<(String, String)>> {
        if users.is_empty() {
            return Ok(vec![]);
        }
        let values: Vec<_> = users.iter().map(|id| (*id, &*self.id)).collect();
        self.store()
            .db()
            .all(
                each!(
                    "SELECT d.user_id, d.profile FROM",
                    "CROSS JOIN decisions d WHERE d.user_id = e.value->>0 AND d.connection_id = e.value->>1"
                ),
                rows(&values),
            )
            .await
    }
}
