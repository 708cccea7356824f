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
    /// A value of a multi-valued attribute kept in `lookups`.
    Lookup {
        attribute: String,
        value: String,
    },
    /// Groups that have this member.
    Member(String),
    /// Users in this group.
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
                select!(
                    "members m CROSS JOIN resources r",
                    "m.group_id = $3 AND m.member_id > $5 AND r.id = m.member_id ORDER BY m.member_id"
                ),
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
}
