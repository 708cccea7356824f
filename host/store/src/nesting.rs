//! Groups in groups. Memberships are followed upwards for what somebody is in, and downwards for whom a change of a
//! group reaches; what stands in no nested group costs one look into an index of nothing.

use sqlx::FromRow;

use crate::db::{each, rows};
use crate::{Connection, Result};

/// A membership, with the group as its members see it.
#[derive(Debug, Clone, FromRow)]
pub struct MembershipRow {
    pub member_id: String,
    pub group_id: String,
    /// `displayName` of the group.
    pub display: Option<String>,
    /// `externalId` of the group.
    pub external_id: Option<String>,
}

/// A group in a group.
#[derive(Debug, Clone, FromRow)]
pub struct NestedRow {
    pub group_id: String,
    pub member_id: String,
    /// Of the member: its members are these as long as it has this version.
    pub version: i64,
}

impl Connection {
    /// The memberships of `members`, and those of the groups they are in, and so on: each once, by member and group, and
    /// at most `limit`.
    pub async fn memberships_above(
        &self,
        members: &[&str],
        limit: i64,
    ) -> Result<Vec<MembershipRow>> {
        if members.is_empty() {
            return Ok(vec![]);
        }
        let values: Vec<_> = members.iter().map(|id| (*id, &*self.id)).collect();
        let mut binds = rows(&values);
        binds.push(limit.into());
        self.store()
            .db()
            .all(
                each!(
                    "WITH RECURSIVE above (member_id, group_id) AS (SELECT m.member_id, m.group_id FROM",
                    "CROSS JOIN members m WHERE m.member_id = e.value->>0 AND m.connection_id = e.value->>1 \
                     UNION SELECT m.member_id, m.group_id FROM above a CROSS JOIN members m \
                     WHERE m.member_id = a.group_id AND m.kind = 'Group') \
                     SELECT a.member_id, a.group_id, g.display, g.external_id FROM above a CROSS JOIN resources g \
                     WHERE g.id = a.group_id ORDER BY a.member_id, a.group_id LIMIT $2"
                ),
                binds,
            )
            .await
    }

    /// The groups in `groups`, and those in them, and so on: each membership once.
    pub async fn nested_below(&self, groups: &[&str]) -> Result<Vec<NestedRow>> {
        if groups.is_empty() {
            return Ok(vec![]);
        }
        let values: Vec<_> = groups.iter().map(|id| (*id, &*self.id)).collect();
        self.store()
            .db()
            .all(
                each!(
                    "WITH RECURSIVE below (group_id, member_id) AS (SELECT m.group_id, m.member_id FROM",
                    "CROSS JOIN resources g CROSS JOIN members m WHERE g.id = e.value->>0 \
                     AND g.connection_id = e.value->>1 AND m.group_id = g.id AND m.kind = 'Group' \
                     UNION SELECT m.group_id, m.member_id FROM below b CROSS JOIN members m \
                     WHERE m.group_id = b.member_id AND m.kind = 'Group') \
                     SELECT b.group_id, b.member_id, r.version FROM below b CROSS JOIN resources r \
                     WHERE r.id = b.member_id ORDER BY b.group_id, b.member_id"
                ),
                rows(&values),
            )
            .await
    }

    /// The users that are members of one of `groups`, each once: all of them, or some that are more than `most`.
    pub async fn users_in(&self, groups: &[&str], most: usize) -> Result<Vec<String>> {
        if groups.is_empty() {
            return Ok(vec![]);
        }
        let values: Vec<_> = groups.iter().map(|id| (*id, &*self.id)).collect();
        let mut binds = rows(&values);
        // No order and no DISTINCT: it stops when it has enough.
        binds.push((((most + 1) * groups.len()) as i64).into());
        let found: Vec<(String,)> = self
            .store()
            .db()
            .all(
                each!(
                    "SELECT m.member_id FROM",
                    "CROSS JOIN members m WHERE m.group_id = e.value->>0 AND m.connection_id = e.value->>1 \
                     AND m.kind = 'User' LIMIT $2"
                ),
                binds,
            )
            .await?;
        let mut users: Vec<String> = found.into_iter().map(|(id,)| id).collect();
        users.sort_unstable();
        users.dedup();
        Ok(users)
    }
}
