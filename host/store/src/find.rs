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
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.version, r.inputs, r.active, r.display, r.external_id, r.doc, r.created_at, r.modified_at \
             FROM resources r ",
            $rest
        )
    };
}

impl Connection {
    /// At most `limit` resources that satisfy the equality, in the order of a listing.
    pub async fn find(
        &self,
        kind: &str,
        equality: &Equality,
        limit: i64,
    ) -> Result<Vec<ResourceRow>> {
        let (sql, value, attribute) = match equality {
            Equality::Id(id) => (
                select!("WHERE r.connection_id = $1 AND r.kind = $2 AND r.id = $3 LIMIT $4"),
                id,
                None,
            ),
            Equality::Name(key) => (
                select!("WHERE r.connection_id = $1 AND r.kind = $2 AND r.name_key = $3 LIMIT $4"),
                key,
                None,
            ),
            Equality::ExternalId(id) => (
                select!(
                    "WHERE r.connection_id = $1 AND r.kind = $2 AND r.external_id = $3 LIMIT $4"
                ),
                id,
                None,
            ),
            Equality::Lookup { attribute, value } => (
                select!(
                    "WHERE r.connection_id = $1 AND r.kind = $2 AND r.id IN (SELECT resource_id FROM lookups \
                     WHERE connection_id = $1 AND value = $3 AND attribute = $5) ORDER BY r.id LIMIT $4"
                ),
                value,
                Some(attribute),
            ),
            Equality::Member(id) => (
                select!(
                    "WHERE r.connection_id = $1 AND r.kind = $2 AND r.id IN (SELECT group_id FROM members \
                     WHERE member_id = $3) ORDER BY r.id LIMIT $4"
                ),
                id,
                None,
            ),
            Equality::Group(id) => (
                select!(
                    "WHERE r.connection_id = $1 AND r.kind = $2 AND r.id IN (SELECT member_id FROM members \
                     WHERE group_id = $3) ORDER BY r.id LIMIT $4"
                ),
                id,
                None,
            ),
        };
        let mut binds = binds![&*self.id, kind, value, limit];
        if let Some(attribute) = attribute {
            binds.push(attribute.into());
        }
        self.store().db().all(sql, binds).await
    }
}
