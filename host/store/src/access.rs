//! Access: the decisions in force, as the product reads them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::db::{binds, each, rows};
use crate::{Connection, Environment, Error, Result};

/// One item in force. Of kind `tenant` it is a placement, and `name` is the tenant's key again;
/// of kind `role`, `feature` or `permission` it is a grant in that tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessItem {
    pub tenant: String,
    pub kind: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    pub reason: String,
    /// The ids of the groups it came from: it ends when the user leaves one of them.
    pub groups: Vec<String>,
}

impl AccessItem {
    pub fn is_placement(&self) -> bool {
        self.kind == "tenant"
    }

    /// What it gives, whatever the reason.
    pub fn key(&self) -> (&str, &str, &str, Option<&str>) {
        (&self.tenant, &self.kind, &self.name, self.object.as_deref())
    }
}

/// An item and whose it is.
#[derive(Debug, Clone)]
pub struct StoredAccess {
    pub user_id: String,
    pub item: AccessItem,
}

/// What of `items` stays when only `member_of` groups are left: items name the groups they came from,
/// and a grant needs a placement in its tenant (invariant 4).
pub fn remaining(items: &[AccessItem], member_of: &HashSet<&str>) -> Vec<AccessItem> {
    keep(items, |item| {
        item.groups
            .iter()
            .all(|group| member_of.contains(group.as_str()))
    })
}

pub(crate) fn keep(items: &[AccessItem], stays: impl Fn(&AccessItem) -> bool) -> Vec<AccessItem> {
    let kept: Vec<&AccessItem> = items.iter().filter(|item| stays(item)).collect();
    let placed: HashSet<&str> = kept
        .iter()
        .filter(|item| item.is_placement())
        .map(|item| item.tenant.as_str())
        .collect();
    kept.into_iter()
        .filter(|item| placed.contains(item.tenant.as_str()))
        .cloned()
        .collect()
}

/// What somebody gains and loses from `old` to `new`; reasons may change without a gain or loss.
pub fn difference<'a>(
    old: &'a [AccessItem],
    new: &'a [AccessItem],
) -> (Vec<&'a AccessItem>, Vec<&'a AccessItem>) {
    let missing_from = |these: &'a [AccessItem], others: &[AccessItem]| {
        let others: HashSet<_> = others.iter().map(AccessItem::key).collect();
        let mut seen = HashSet::new();
        these
            .iter()
            .filter(|item| !others.contains(&item.key()) && seen.insert(item.key()))
            .collect::<Vec<_>>()
    };
    (missing_from(new, old), missing_from(old, new))
}

#[derive(FromRow)]
pub(crate) struct AccessRow {
    user_id: String,
    tenant: String,
    kind: String,
    name: String,
    object: Option<String>,
    reason: String,
    groups: String,
}

impl TryFrom<AccessRow> for StoredAccess {
    type Error = Error;

    fn try_from(row: AccessRow) -> Result<Self> {
        let groups = serde_json::from_str(&row.groups)
            .map_err(|error| Error::corrupt("list of groups", &error))?;
        Ok(Self {
            user_id: row.user_id,
            item: AccessItem {
                tenant: row.tenant,
                kind: row.kind,
                name: row.name,
                object: row.object,
                reason: row.reason,
                groups,
            },
        })
    }
}

pub(crate) fn parsed(found: Vec<AccessRow>) -> Result<Vec<StoredAccess>> {
    found.into_iter().map(StoredAccess::try_from).collect()
}

impl Connection {
    /// The access in force of some users of this connection, in order.
    pub async fn access_of(&self, users: &[&str]) -> Result<Vec<StoredAccess>> {
        if users.is_empty() {
            return Ok(vec![]);
        }
        let values: Vec<_> = users.iter().map(|id| (*id, &*self.id)).collect();
        let found = self
            .store()
            .db()
            .all(
                each!(
                    "SELECT a.user_id, a.tenant, a.kind, a.name, a.object, a.reason, a.groups FROM",
                    "CROSS JOIN access a WHERE a.user_id = e.value->>0 AND a.connection_id = e.value->>1 \
                     ORDER BY a.user_id, a.ordinal"
                ),
                rows(&values),
            )
            .await?;
        parsed(found)
    }
}

impl Environment {
    /// One user's access in force, in one tenant or all.
    pub async fn access(&self, user: &str, tenant: Option<&str>) -> Result<Vec<AccessItem>> {
        let found = self
            .store
            .db()
            .all(
                "SELECT user_id, tenant, kind, name, object, reason, groups FROM access \
                 WHERE user_id = $1 AND environment_id = $2 AND ($3 IS NULL OR tenant = $3) ORDER BY ordinal",
                binds![user, &*self.id, tenant.map(str::to_owned)],
            )
            .await?;
        Ok(parsed(found)?
            .into_iter()
            .map(|stored| stored.item)
            .collect())
    }
}
