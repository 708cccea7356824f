//! SCIM resources of a connection: reading them.

use sqlx::FromRow;

use crate::db::{binds, each, rows};
use crate::{Connection, Result};

/// The kind of a user whose IdP deleted it while its connection keeps who is deleted. No query for users or groups
/// finds it.
pub const DELETED_USER: &str = "DeletedUser";

/// A stored User or Group; `doc` is the canonical JSON without id, meta and members.
#[derive(Debug, Clone, FromRow)]
pub struct ResourceRow {
    pub id: String,
    pub version: i64,
    pub inputs: i64,
    pub active: i64,
    pub display: Option<String>,
    pub external_id: Option<String>,
    pub doc: String,
    pub created_at: i64,
    pub modified_at: i64,
}

impl Connection {
    pub async fn resource(&self, kind: &str, id: &str) -> Result<ResourceRow> {
        self.store()
            .db()
            .one(
                "SELECT id, version, inputs, active, display, external_id, doc, created_at, modified_at \
                 FROM resources WHERE id = $1 AND connection_id = $2 AND kind = $3",
                binds![id, &*self.id, kind],
            )
            .await
    }

    /// Those of `ids` that exist, in id order.
    pub async fn resources(&self, kind: &str, ids: &[&str]) -> Result<Vec<ResourceRow>> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let values: Vec<_> = ids.iter().map(|id| (*id, &*self.id, kind)).collect();
        self.store()
            .db()
            .all(
                each!(
                    "SELECT r.id, r.version, r.inputs, r.active, r.display, r.external_id, r.doc, r.created_at, \
                     r.modified_at FROM",
                    "CROSS JOIN resources r WHERE r.id = e.value->>0 AND r.connection_id = e.value->>1 \
                     AND r.kind = e.value->>2 ORDER BY r.id"
                ),
                rows(&values),
            )
            .await
    }

    pub async fn resource_count(&self, kind: &str) -> Result<i64> {
        let (count,): (i64,) = self
            .store()
            .db()
            .one(
                "SELECT COUNT(*) FROM resources WHERE connection_id = $1 AND kind = $2",
                binds![&*self.id, kind],
            )
            .await?;
        Ok(count)
    }
}
