//! Resources in an order that an index answers: a page costs the same at the end of a list as at its beginning,
//! if what came before it is known.

use crate::db::binds;
use crate::resources::ResourceRow;
use crate::{Connection, Result};

/// An order of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By id, which is by age.
    Id { descending: bool },
    /// By folded `userName` or `displayName`.
    Name { descending: bool },
}

/// The statements of one order.
struct Statements {
    first: &'static str,
    after: &'static str,
    at: &'static str,
}

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT r.id, r.version, r.inputs, r.active, r.display, r.external_id, r.doc, r.created_at, r.modified_at \
             FROM ",
            $($rest),*
        )
    };
}

macro_rules! statements {
    ($column:literal, $beyond:literal, $direction:literal) => {
        Statements {
            first: select!(
                "resources r WHERE r.connection_id = $1 AND r.kind = $2 ORDER BY r.",
                $column,
                $direction,
                " LIMIT $3"
            ),
            after: select!(
                "resources r WHERE r.connection_id = $1 AND r.kind = $2 AND r.",
                $column,
                $beyond,
                "$4 ORDER BY r.",
                $column,
                $direction,
                " LIMIT $3"
            ),
            // The offset walks the index alone; only the page's documents are read.
            at: select!(
                "(SELECT ",
                $column,
                " FROM resources WHERE connection_id = $1 AND kind = $2 ORDER BY ",
                $column,
                $direction,
                " LIMIT $3 OFFSET $4) p JOIN resources r ON r.connection_id = $1 AND r.kind = $2 AND r.",
                $column,
                " = p.",
                $column,
                " ORDER BY r.",
                $column,
                $direction
            ),
        }
    };
}

impl Order {
    fn statements(self) -> Statements {
        match self {
            Self::Id { descending: false } => statements!("id", " > ", ""),
            Self::Id { descending: true } => statements!("id", " < ", " DESC"),
            Self::Name { descending: false } => statements!("name_key", " > ", ""),
            Self::Name { descending: true } => statements!("name_key", " < ", " DESC"),
        }
    }
}

impl Connection {
    /// The next resources after an id or name; from the beginning without one.
    pub async fn resources_after(
        &self,
        kind: &str,
        order: Order,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<ResourceRow>> {
        let statements = order.statements();
        let mut binds = binds![&*self.id, kind, limit];
        let sql = match after {
            None => statements.first,
            Some(after) => {
                binds.push(after.into());
                statements.after
            }
        };
        self.store().db().all(sql, binds).await
    }

    /// A page by index.
    pub async fn resources_at(
        &self,
        kind: &str,
        order: Order,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<ResourceRow>> {
        let sql = order.statements().at;
        let binds = binds![&*self.id, kind, limit, offset];
        self.store().db().all(sql, binds).await
    }
}
