//! Group members as rows, so that a change costs what it changes.

use sqlx::FromRow;

use crate::db::{binds, each, rows};
use crate::{Connection, Result};

/// A member of a group.
#[derive(Debug, Clone, FromRow)]
pub struct MemberRow {
    pub member_id: String,
    /// Its resource type.
    pub kind: String,
    /// As the IdP sent it.
    pub display: Option<String>,
}

/// A resource that can be a member of a group.
#[derive(Debug, Clone, FromRow)]
pub struct Candidate {
    pub id: String,
    pub kind: String,
    pub version: i64,
}

impl Connection {
    /// Members of a group, in id order.
    pub async fn members(&self, group: &str) -> Result<Vec<MemberRow>> {
        self.store()
            .db()
            .all(
                "SELECT member_id, kind, display FROM members WHERE group_id = $1 AND connection_id = $2 \
                 ORDER BY member_id",
                binds![group, &*self.id],
            )
            .await
    }

    /// Those of `candidates` that are members of the group.
    pub async fn members_among(&self, group: &str, candidates: &[&str]) -> Result<Vec<String>> {
        if candidates.is_empty() {
            return Ok(vec![]);
        }
        let values: Vec<_> = candidates
            .iter()
            .map(|id| (group, *id, &*self.id))
            .collect();
        let found: Vec<(String,)> = self
            .store()
            .db()
            .all(
                each!(
                    "SELECT m.member_id FROM",
                    "CROSS JOIN members m WHERE m.group_id = e.value->>0 AND m.member_id = e.value->>1 \
                     AND m.connection_id = e.value->>2 ORDER BY m.member_id"
                ),
                rows(&values),
            )
            .await?;
        Ok(found.into_iter().map(|(id,)| id).collect())
    }

    /// Those of `ids` that exist in this connection and can be members.
    pub async fn candidates(&self, ids: &[&str]) -> Result<Vec<Candidate>> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let values: Vec<_> = ids.iter().map(|id| (*id, &*self.id)).collect();
        self.store()
            .db()
            .all(
                each!(
                    "SELECT r.id, r.kind, r.version FROM",
                    "CROSS JOIN resources r WHERE r.id = e.value->>0 AND r.connection_id = e.value->>1 \
                     AND r.kind IN ('User', 'Group') ORDER BY r.id"
                ),
                rows(&values),
            )
            .await
    }
}
