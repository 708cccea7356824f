//! Resources in an order that an index answers: a page costs the same at the end of a list as at its beginning,
//! if what came before it is known.

use std::ops::RangeInclusive;

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
    /// By the time of the last change, and then by id.
    Modified { descending: bool },
}

/// A place in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind<'a> {
    /// An id or a name.
    Key(&'a str),
    /// Milliseconds since 1970, and the id.
    Modified(i64, &'a str),
}

/// The statements of one order.
struct Statements {
    /// None: a place before all others serves.
    first: Option<&'static str>,
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
            first: Some(select!(
                "resources r WHERE r.connection_id = $1 AND r.kind = $2 ORDER BY r.",
                $column,
                $direction,
                " LIMIT $3"
            )),
            after: select!(
                "resources r WHERE r.connection_id = $1 AND r.kind = $2 AND r.",
                $column,
                $beyond,
                "$4 ORDER BY r.",
                $column,
                $direction,
                " LIMIT $3"
            ),
            // The offset walks the index alone; only the page's documents are read. The order of the join is that of
            // the text, or SQLite may walk the offset once for each resource.
            at: select!(
                "(SELECT ",
                $column,
                " FROM resources WHERE connection_id = $1 AND kind = $2 ORDER BY ",
                $column,
                $direction,
                " LIMIT $3 OFFSET $4) p CROSS JOIN resources r WHERE r.connection_id = $1 AND r.kind = $2 AND r.",
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

/// The same where equals are told apart by their id. `$4` and `$5` are the place, `$6` is the far end.
macro_rules! modified {
    ($beyond:literal, $until:literal, $direction:literal) => {
        Statements {
            first: None,
            after: select!(
                "resources r WHERE r.connection_id = $1 AND r.kind = $2 AND (r.modified_at, r.id)",
                $beyond,
                "($4, $5) AND r.modified_at",
                $until,
                "$6 ORDER BY r.modified_at",
                $direction,
                ", r.id",
                $direction,
                " LIMIT $3"
            ),
            at: select!(
                "(SELECT id FROM resources WHERE connection_id = $1 AND kind = $2 ORDER BY modified_at",
                $direction,
                ", id",
                $direction,
                " LIMIT $3 OFFSET $4) p CROSS JOIN resources r WHERE r.id = p.id ORDER BY r.modified_at",
                $direction,
                ", r.id",
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
            Self::Modified { descending: false } => modified!(" > ", " <= ", ""),
            Self::Modified { descending: true } => modified!(" < ", " >= ", " DESC"),
        }
    }
}

impl Connection {
    /// The next resources behind a place; from the beginning without one.
    pub async fn resources_after(
        &self,
        kind: &str,
        order: Order,
        behind: Option<Behind<'_>>,
        limit: i64,
    ) -> Result<Vec<ResourceRow>> {
        if let Order::Modified { descending } = order {
            let always = i64::MIN..=i64::MAX;
            let rows = self.modified_within(kind, &always, descending, behind, limit);
            return rows.await;
        }
        let statements = order.statements();
        let mut binds = binds![&*self.id, kind, limit];
        let sql = match (behind, statements.first) {
            (None, Some(first)) => first,
            (behind, _) => {
                let key = behind.map(|(Behind::Key(key) | Behind::Modified(_, key))| key);
                binds.push(key.unwrap_or_default().into());
                statements.after
            }
        };
        self.store().db().all(sql, binds).await
    }

    /// The next of the resources whose last change lies within a span (milliseconds since 1970), in its order.
    pub async fn modified_within(
        &self,
        kind: &str,
        span: &RangeInclusive<i64>,
        descending: bool,
        behind: Option<Behind<'_>>,
        limit: i64,
    ) -> Result<Vec<ResourceRow>> {
        let (least, most) = (*span.start(), *span.end());
        // No id is empty: the first place lies before all that were changed then.
        let (near, far) = if descending {
            (most.saturating_add(1), least)
        } else {
            (least, most)
        };
        let (at, id) = match behind {
            Some(Behind::Modified(at, id)) => (at, id),
            Some(Behind::Key(_)) | None => (near, ""),
        };
        let sql = Order::Modified { descending }.statements().after;
        let binds = binds![&*self.id, kind, limit, at, id, far];
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
