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

#[derive(FromRow)]
struct OfGroup {
    group_id: String,
    #[sqlx(flatten)]
    member: MemberRow,
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

    /// At most `limit` of them, behind the member `after`.
    pub async fn members_after(
        &self,
        group: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<MemberRow>> {
        self.store()
            .db()
            .all(
                "SELECT member_id, kind, display FROM members \
                 WHERE group_id = $1 AND connection_id = $2 AND member_id > $3 ORDER BY member_id LIMIT $4",
                binds![group, &*self.id, after, limit],
            )
            .await
    }

    /// Those of `candidates` that are members of the group.
    pub async fn members_among(&self, group: &str, candidates: &[&str]) -> Result<Vec<MemberRow>> {
        let found = self.members_of_each(&[group], candidates).await?;
        Ok(found.into_iter().map(|(_, member)| member).collect())
    }

    /// Those of `candidates` that are members, of each of some groups: with the group's id, and in the order of both.
    pub async fn members_of_each(
        &self,
        groups: &[&str],
        candidates: &[&str],
    ) -> Result<Vec<(String, MemberRow)>> {
        let pairs = groups
            .iter()
            .flat_map(|group| candidates.iter().map(move |id| (*group, *id, &*self.id)));
        let values: Vec<_> = pairs.collect();
        if values.is_empty() {
            return Ok(vec![]);
        }
        let found: Vec<OfGroup> = self
            .store()
            .db()
            .all(
                each!(
                    "SELECT m.group_id, m.member_id, m.kind, m.display FROM",
                    "CROSS JOIN members m WHERE m.group_id = e.value->>0 AND m.member_id = e.value->>1 \
                     AND m.connection_id = e.value->>2 ORDER BY m.group_id, m.member_id"
                ),
                rows(&values),
            )
            .await?;
        let pair = |found: OfGroup| (found.group_id, found.member);
        Ok(found.into_iter().map(pair).collect())
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
