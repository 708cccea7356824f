//! Finding resources by an indexed equality. The rest of a filter is the protocol crate's to judge:
//! one evaluator in the whole product, the index only spares it the others.

use crate::db::binds;
use crate::resources::ResourceRow;
use crate::{Connection, Result};

/// An equality that an index answers; strings folded as the protocol compares them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Equality {
    Id(String),
    /// `userName` or `displayName` of a group, folded.
    Name(String),
    ExternalId(String),
    /// `displayName` of a user, as [`crate::Body::display_key`] has it.
    Display(String),
    /// A value of a multi-valued attribute kept in `lookups`.
    Lookup {
        attribute: String,
        value: String,
    },
    /// Groups that have this member.
    Member(String),
    /// Users in this group, directly or through groups in it.
    Group(String),
}

macro_rules! select {
    ($from:literal, $rest:literal) => {
        concat!(
            "SELECT r.id, r.version, r.inputs, r.active, r.display, r.external_id, r.doc, r.created_at, r.modified_at \
             FROM ",
            $from,
            " WHERE r.connection_id = $1 AND r.kind = $2 AND ",
            $rest,
            " LIMIT $4"
        )
    };
}

/// Who has the key, and who has none yet: users that a host of an older version has written since.
const BY_DISPLAY: &str = "SELECT r.id, r.version, r.inputs, r.active, r.display, r.external_id, r.doc, r.created_at, \
     r.modified_at FROM (SELECT k.id FROM (SELECT id FROM resources WHERE connection_id = $1 AND kind = $2 \
     AND display_key = $3 AND id > $5 ORDER BY id LIMIT $4) k UNION ALL SELECT n.id FROM (SELECT id FROM resources \
     WHERE connection_id = $1 AND kind = 'User' AND display IS NOT NULL AND display_key IS NULL AND id > $5 \
     ORDER BY id LIMIT $4) n) f CROSS JOIN resources r WHERE r.id = f.id AND r.kind = $2 ORDER BY r.id LIMIT $4";

/// The members of several groups, each once, in id order: from one to the next by the index, so that a batch costs
/// what it yields, and not what the groups hold.
const USERS_BELOW: &str = "WITH RECURSIVE below (id) AS (SELECT CAST($3 AS TEXT) UNION SELECT m.member_id FROM below b \
     CROSS JOIN members m WHERE m.group_id = b.id AND m.kind = 'Group'), \
     walk (id, n) AS (SELECT (SELECT MIN((SELECT MIN(m.member_id) FROM members m WHERE m.group_id = b.id \
     AND m.kind = 'User' AND m.member_id > $5)) FROM below b), CAST(1 AS BIGINT) \
     UNION ALL SELECT (SELECT MIN((SELECT MIN(m.member_id) FROM members m WHERE m.group_id = b.id \
     AND m.kind = 'User' AND m.member_id > w.id)) FROM below b), w.n + 1 \
     FROM walk w WHERE w.id IS NOT NULL AND w.n < $4) \
     SELECT r.id, r.version, r.inputs, r.active, r.display, r.external_id, r.doc, r.created_at, r.modified_at \
     FROM walk w CROSS JOIN resources r WHERE r.id = w.id AND r.connection_id = $1 AND r.kind = $2 ORDER BY w.n";

/// Groups below a group whose members are looked up one by one. Beyond it everybody is a candidate: a step from one
/// member to the next asks each of the groups.
const MOST_BELOW: i64 = 100;

impl Connection {
    /// At most `limit` resources after the id `after` that satisfy the equality, in id order.
    pub async fn find(
        &self,
        kind: &str,
        equality: &Equality,
        after: &str,
        limit: i64,
    ) -> Result<Vec<ResourceRow>> {
        let (sql, value, attribute) = match equality {
            Equality::Id(id) => (select!("resources r", "r.id = $3 AND r.id > $5"), id, None),
            Equality::Name(key) => (
                select!("resources r", "r.name_key = $3 AND r.id > $5"),
                key,
                None,
            ),
            Equality::ExternalId(id) => (
                select!("resources r", "r.external_id = $3 AND r.id > $5"),
                id,
                None,
            ),
            Equality::Display(key) => (BY_DISPLAY, key, None),
            // The index of what is joined has the order, so that a batch costs what it yields.
            Equality::Lookup { attribute, value } => (
                select!(
                    "lookups l CROSS JOIN resources r",
                    "l.connection_id = $1 AND l.attribute = $6 AND l.value = $3 AND l.resource_id > $5 \
                     AND r.id = l.resource_id ORDER BY l.resource_id"
                ),
                value,
                Some(attribute),
            ),
            Equality::Member(id) => (
                select!(
                    "members m CROSS JOIN resources r",
                    "m.member_id = $3 AND m.group_id > $5 AND r.id = m.group_id ORDER BY m.group_id"
                ),
                id,
                None,
            ),
            Equality::Group(id) => (
                match self.groups_below(id).await? {
                    0 => select!(
                        "members m CROSS JOIN resources r",
                        "m.group_id = $3 AND m.member_id > $5 AND r.id = m.member_id ORDER BY m.member_id"
                    ),
                    1..=MOST_BELOW => USERS_BELOW,
                    _ => select!("resources r", "$3 <> '' AND r.id > $5 ORDER BY r.id"),
                },
                id,
                None,
            ),
        };
        let mut binds = binds![&*self.id, kind, value, limit, after];
        if let Some(attribute) = attribute {
            binds.push(attribute.into());
        }
        self.store().db().all(sql, binds).await
    }

    /// How many groups are in the group, directly or through others; not counted further than it matters.
    async fn groups_below(&self, group: &str) -> Result<i64> {
        let (count,): (i64,) = self
            .store()
            .db()
            .one(
                "WITH RECURSIVE below (id) AS (SELECT m.member_id FROM resources g CROSS JOIN members m \
                 WHERE g.id = $1 AND g.connection_id = $2 AND m.group_id = g.id AND m.kind = 'Group' \
                 UNION SELECT m.member_id FROM below b CROSS JOIN members m WHERE m.group_id = b.id AND m.kind = 'Group') \
                 SELECT COUNT(*) FROM (SELECT id FROM below LIMIT $3) counted",
                binds![group, &*self.id, MOST_BELOW + 1],
            )
            .await?;
        Ok(count)
    }
}
