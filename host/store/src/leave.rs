//! Leaving always works (invariant 4): ends access in the caller's transaction, and runs no plugin.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::access::{self, AccessItem};
use crate::db::{Tx, binds, each, rows};
use crate::events::{self, NewEvent};
use crate::{Result, StoredAccess};

/// What ends.
#[derive(Debug)]
pub enum Ending {
    /// All access in a tenant and below it.
    Tenant(String),
    /// All access a connection gave.
    Connection(String),
    /// What came from groups that users left: (group, user), by user.
    Memberships(Vec<(String, String)>),
}

/// Ends the access and writes an `access.changed` event for each user who lost something.
pub(crate) async fn end(tx: &mut Tx, environment: &str, ending: &Ending, now: i64) -> Result<()> {
    let affected = affected(tx, environment, ending).await?;
    let mut by_user: BTreeMap<(String, String), Vec<AccessItem>> = BTreeMap::new();
    for (connection, StoredAccess { user_id, item }) in affected {
        by_user.entry((user_id, connection)).or_default().push(item);
    }
    let ended_tenants = match ending {
        Ending::Tenant(key) => subtree(tx, environment, key).await?,
        _ => vec![],
    };
    let left_groups: HashSet<(&str, &str)> = match ending {
        Ending::Memberships(pairs) => pairs
            .iter()
            .map(|(group, user)| (&**group, &**user))
            .collect(),
        _ => HashSet::new(),
    };
    let mut log = Vec::new();
    let mut rewritten = Vec::new();
    for ((user, connection), items) in by_user {
        let left = access::keep(&items, |item| match ending {
            Ending::Tenant(_) => !ended_tenants.contains(&item.tenant),
            Ending::Connection(_) => false,
            Ending::Memberships(_) => {
                let mut groups = item.groups.iter();
                !groups.any(|group| left_groups.contains(&(&**group, &*user)))
            }
        });
        let (_, lost) = access::difference(&items, &left);
        if !lost.is_empty() {
            log.push(access_changed(now, &connection, &user, &[], &lost));
        }
        if left.len() != items.len() {
            rewritten.push((user, connection, left));
        }
    }
    let users: Vec<_> = rewritten.iter().map(|(user, ..)| (user,)).collect();
    clear(tx, &users).await?;
    let items: Vec<_> = rewritten
        .iter()
        .flat_map(|(user, connection, left)| numbered(environment, connection, user, left))
        .collect();
    insert(tx, &items).await?;
    events::append(tx, environment, &log).await
}

/// The event of a change of access.
pub fn access_changed(
    at: i64,
    connection: &str,
    user: &str,
    gained: &[&AccessItem],
    lost: &[&AccessItem],
) -> NewEvent {
    #[derive(serde::Serialize)]
    struct Data<'a> {
        gained: &'a [&'a AccessItem],
        lost: &'a [&'a AccessItem],
    }
    let data = serde_json::to_string(&Data { gained, lost });
    NewEvent {
        at,
        kind: "access.changed",
        connection: Some(connection.to_owned()),
        tenant: None,
        subject: Some(user.to_owned()),
        data: data.unwrap_or_else(|_| "{}".to_owned()),
    }
}

#[derive(sqlx::FromRow)]
struct Affected {
    connection_id: String,
    #[sqlx(flatten)]
    row: access::AccessRow,
}

/// All items of every user who may lose one.
async fn affected(
    tx: &mut Tx,
    environment: &str,
    ending: &Ending,
) -> Result<Vec<(String, StoredAccess)>> {
    let found: Vec<Affected> = match ending {
        Ending::Tenant(key) => {
            tx.all(
                "WITH RECURSIVE below (key) AS ( \
                   SELECT key FROM tenants WHERE environment_id = $1 AND key = $2 \
                   UNION SELECT t.key FROM tenants t JOIN below b ON t.parent = b.key WHERE t.environment_id = $1) \
                 SELECT connection_id, user_id, tenant, kind, name, object, reason, groups FROM access \
                 WHERE environment_id = $1 AND user_id IN \
                   (SELECT user_id FROM access WHERE environment_id = $1 AND tenant IN (SELECT key FROM below)) \
                 ORDER BY user_id, ordinal",
                binds![environment, key],
            )
            .await?
        }
        Ending::Connection(id) => {
            tx.all(
                "SELECT connection_id, user_id, tenant, kind, name, object, reason, groups FROM access \
                 WHERE environment_id = $1 AND connection_id = $2 ORDER BY user_id, ordinal",
                binds![environment, id],
            )
            .await?
        }
        Ending::Memberships(pairs) => {
            let users: BTreeSet<&String> = pairs.iter().map(|(_, user)| user).collect();
            let values: Vec<_> = users.into_iter().map(|user| (user, environment)).collect();
            tx.all(
                each!(
                    "SELECT a.connection_id, a.user_id, a.tenant, a.kind, a.name, a.object, a.reason, a.groups FROM",
                    "CROSS JOIN access a WHERE a.user_id = e.value->>0 AND a.environment_id = e.value->>1 \
                     ORDER BY a.user_id, a.ordinal"
                ),
                rows(&values),
            )
            .await?
        }
    };
    found
        .into_iter()
        .map(|found| Ok((found.connection_id, found.row.try_into()?)))
        .collect()
}

async fn subtree(tx: &mut Tx, environment: &str, key: &str) -> Result<Vec<String>> {
    let found: Vec<(String,)> = tx
        .all(
            "WITH RECURSIVE below (key) AS ( \
               SELECT key FROM tenants WHERE environment_id = $1 AND key = $2 \
               UNION SELECT t.key FROM tenants t JOIN below b ON t.parent = b.key WHERE t.environment_id = $1) \
             SELECT key FROM below",
            binds![environment, key],
        )
        .await?;
    Ok(found.into_iter().map(|(key,)| key).collect())
}

pub(crate) type NumberedItem<'a> = (&'a str, usize, &'a str, &'a str, &'a AccessItem);

pub(crate) fn numbered<'a>(
    environment: &'a str,
    connection: &'a str,
    user: &'a str,
    items: &'a [AccessItem],
) -> impl Iterator<Item = NumberedItem<'a>> {
    items
        .iter()
        .enumerate()
        .map(move |(ordinal, item)| (user, ordinal, environment, connection, item))
}

/// Removes all items of users (one-column rows of their ids).
pub(crate) async fn clear<T: serde::Serialize>(tx: &mut Tx, users: &[T]) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    for statement in [
        each!(
            "DELETE FROM access WHERE user_id IN (SELECT e.value->>0 FROM",
            ")"
        ),
        each!(
            "DELETE FROM access_groups WHERE user_id IN (SELECT e.value->>0 FROM",
            ")"
        ),
    ] {
        tx.run(statement, rows(users)).await?;
    }
    Ok(())
}

pub(crate) async fn insert(tx: &mut Tx, items: &[NumberedItem<'_>]) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let values: Vec<_> = items
        .iter()
        .map(|(user, ordinal, environment, connection, item)| {
            let groups = serde_json::to_string(&item.groups).unwrap_or_else(|_| "[]".to_owned());
            (
                user,
                ordinal,
                environment,
                connection,
                &item.tenant,
                &item.kind,
                &item.name,
                &item.object,
                &item.reason,
                groups,
            )
        })
        .collect();
    tx.run(
        each!(
            "INSERT INTO access (user_id, ordinal, environment_id, connection_id, tenant, kind, name, object, \
             reason, groups) SELECT e.value->>0, CAST(e.value->>1 AS BIGINT), e.value->>2, e.value->>3, e.value->>4, \
             e.value->>5, e.value->>6, e.value->>7, e.value->>8, e.value->>9 FROM"
        ),
        rows(&values),
    )
    .await?;
    let provenance: Vec<_> = items
        .iter()
        .flat_map(|(user, ordinal, _, _, item)| {
            item.groups.iter().map(move |group| (group, user, ordinal))
        })
        .collect();
    if provenance.is_empty() {
        return Ok(());
    }
    tx.run(
        each!(
            "INSERT INTO access_groups (group_id, user_id, ordinal) \
             SELECT e.value->>0, e.value->>1, CAST(e.value->>2 AS BIGINT) FROM",
            "WHERE true ON CONFLICT (group_id, user_id, ordinal) DO NOTHING"
        ),
        rows(&provenance),
    )
    .await?;
    Ok(())
}
