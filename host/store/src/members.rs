//! Group members as rows, so that a change costs what it changes.

use sqlx::FromRow;

use crate::db::{binds, each, rows};
use crate::{Connection, Result};

/// A membership, seen from either side.
#[derive(Debug, Clone, FromRow)]
pub struct MemberRow {
    pub group_id: String,
    pub member_id: String,
    /// Resource type of the member.
    pub kind: String,
    /// As the IdP sent it.
    pub display: Option<String>,
    /// `displayName` of the group.
    pub group_display: Option<String>,
    /// `externalId` of the group.
    pub group_external_id: Option<String>,
}

impl Connection {
    /// Members of a group, in id order.
    pub async fn members(&self, group: &str) -> Result<Vec<MemberRow>> {
        self.store()
            .db()
            .all(
                "SELECT m.group_id, m.member_id, m.kind, m.display, g.display AS group_display, \
                 g.external_id AS group_external_id FROM members m JOIN resources g ON g.id = m.group_id \
                 WHERE m.group_id = $1 AND m.connection_id = $2 ORDER BY m.member_id",
                binds![group, &*self.id],
            )
            .await
    }

    /// How many members a group has.
    pub async fn member_count(&self, group: &str) -> Result<i64> {
        let (count,): (i64,) = self
            .store()
            .db()
            .one(
                "SELECT COUNT(*) FROM members WHERE group_id = $1 AND connection_id = $2",
                binds![group, &*self.id],
            )
            .await?;
        Ok(count)
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

    /// The resource types of those `ids` that exist in this connection.
    pub async fn kinds_of(&self, ids: &[&str]) -> Result<Vec<(String, String)>> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let values: Vec<_> = ids.iter().map(|id| (*id, &*self.id)).collect();
        self.store()
            .db()
            .all(
                each!(
                    "SELECT r.id, r.kind FROM",
                    "CROSS JOIN resources r WHERE r.id = e.value->>0 AND r.connection_id = e.value->>1 \
                     AND r.kind IN ('User', 'Group') ORDER BY r.id"
                ),
                rows(&values),
            )
            .await
    }

    /// The groups each of `members` is in, ordered by member and group.
    pub async fn groups_of(&self, members: &[&str]) -> Result<Vec<MemberRow>> {
        if members.is_empty() {
            return Ok(vec![]);
        }
        let values: Vec<_> = members.iter().map(|id| (*id, &*self.id)).collect();
        self.store()
            .db()
            .all(
                each!(
                    "SELECT m.group_id, m.member_id, m.kind, m.display, g.display AS group_display, \
                     g.external_id AS group_external_id FROM",
                    "CROSS JOIN members m CROSS JOIN resources g WHERE m.member_id = e.value->>0 \
                     AND m.connection_id = e.value->>1 AND g.id = m.group_id ORDER BY m.member_id, m.group_id"
                ),
                rows(&values),
            )
            .await
    }
}
