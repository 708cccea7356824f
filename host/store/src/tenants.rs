//! Tenants: customer accounts, as a tree.

use sqlx::FromRow;

use crate::db::{Tx, binds};
use crate::events::NewEvent;
use crate::leave::{self, Ending};
use crate::{Environment, Error, Result};

#[derive(Debug, Clone, FromRow)]
pub struct TenantRow {
    pub key: String,
    pub parent: Option<String>,
    pub name: String,
    pub plan: Option<String>,
    pub kind: Option<String>,
    /// 1: SCIM is switched on for this tenant's connections.
    pub provisioning: i64,
    /// 1: nobody has access here or below.
    pub disabled: i64,
    pub created_at: i64,
}

#[derive(Debug)]
pub struct NewTenant {
    pub key: String,
    pub parent: Option<String>,
    pub name: String,
    pub plan: Option<String>,
    pub kind: Option<String>,
    pub provisioning: bool,
    pub now: i64,
}

/// What to change of a tenant; `None` leaves as is.
#[derive(Debug, Default)]
pub struct TenantEdit {
    pub name: Option<String>,
    pub plan: Option<Option<String>>,
    pub kind: Option<Option<String>>,
    pub provisioning: Option<bool>,
    pub disabled: Option<bool>,
}

const COLUMNS_BY_KEY: &str = "SELECT key, parent, name, plan, kind, provisioning, disabled, created_at \
     FROM tenants WHERE environment_id = $1 AND key = $2";

impl Environment {
    pub async fn tenant(&self, key: &str) -> Result<TenantRow> {
        self.store
            .db()
            .one(COLUMNS_BY_KEY, binds![&*self.id, key])
            .await
    }

    /// Tenants in key order, from after `after`.
    pub async fn tenants(&self, after: &str, limit: i64) -> Result<Vec<TenantRow>> {
        self.store
            .db()
            .all(
                "SELECT key, parent, name, plan, kind, provisioning, disabled, created_at FROM tenants \
                 WHERE environment_id = $1 AND key > $2 ORDER BY key LIMIT $3",
                binds![&*self.id, after, limit],
            )
            .await
    }

    /// A tenant and everything below it.
    pub async fn subtree(&self, root: &str) -> Result<Vec<TenantRow>> {
        self.store
            .db()
            .all(
                "WITH RECURSIVE below (key) AS ( \
                   SELECT key FROM tenants WHERE environment_id = $1 AND key = $2 \
                   UNION SELECT t.key FROM tenants t JOIN below b ON t.parent = b.key WHERE t.environment_id = $1) \
                 SELECT t.key, t.parent, t.name, t.plan, t.kind, t.provisioning, t.disabled, t.created_at \
                 FROM tenants t JOIN below b ON b.key = t.key WHERE t.environment_id = $1 ORDER BY t.key",
                binds![&*self.id, root],
            )
            .await
    }

    /// Whether a tenant or one above it is disabled.
    pub async fn is_disabled(&self, key: &str) -> Result<bool> {
        let (disabled,): (i64,) = self
            .store
            .db()
            .one(
                "WITH RECURSIVE above (key, parent, disabled) AS ( \
                   SELECT key, parent, disabled FROM tenants WHERE environment_id = $1 AND key = $2 \
                   UNION SELECT t.key, t.parent, t.disabled FROM tenants t JOIN above a ON t.key = a.parent \
                   WHERE t.environment_id = $1) \
                 SELECT COUNT(*) FROM above WHERE disabled = 1",
                binds![&*self.id, key],
            )
            .await?;
        Ok(disabled > 0)
    }

    pub async fn create_tenant(&self, new: NewTenant, events: &[NewEvent]) -> Result<TenantRow> {
        let mut tx = self.change().await?;
        if let Some(parent) = &new.parent {
            tenant_in(&mut tx, &self.id, parent).await?;
        }
        tx.run(
            "INSERT INTO tenants (environment_id, key, parent, name, plan, kind, provisioning, disabled, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)",
            binds![&*self.id, &new.key, new.parent, new.name, new.plan, new.kind, new.provisioning, new.now],
        )
        .await?;
        let row = tenant_in(&mut tx, &self.id, &new.key).await?;
        self.finish(tx, events).await?;
        Ok(row)
    }

    /// Changes a tenant. Disabling ends all access in it and below, in this transaction; enabling
    /// marks the users who may come back to be decided again.
    pub async fn edit_tenant(
        &self,
        key: &str,
        edit: TenantEdit,
        now: i64,
        events: &[NewEvent],
    ) -> Result<TenantRow> {
        let mut tx = self.change().await?;
        let old = tenant_in(&mut tx, &self.id, key).await?;
        let disabled = edit.disabled.unwrap_or(old.disabled != 0);
        tx.run(
            "UPDATE tenants SET name = $3, plan = $4, kind = $5, provisioning = $6, disabled = $7 \
             WHERE environment_id = $1 AND key = $2",
            binds![
                &*self.id,
                key,
                edit.name.unwrap_or(old.name),
                edit.plan.clone().unwrap_or_else(|| old.plan.clone()),
                edit.kind.unwrap_or(old.kind),
                edit.provisioning.unwrap_or(old.provisioning != 0),
                disabled,
            ],
        )
        .await?;
        if disabled && old.disabled == 0 {
            leave::end(&mut tx, &self.id, &Ending::Tenant(key.to_owned()), now).await?;
        }
        let plan_changed = edit.plan.is_some_and(|plan| plan != old.plan);
        if (!disabled && old.disabled != 0) || plan_changed {
            self.mark_connections_reaching(&mut tx, key).await?;
        }
        let row = tenant_in(&mut tx, &self.id, key).await?;
        self.finish(tx, events).await?;
        Ok(row)
    }

    /// Deletes a tenant without sub-tenants and connections; placements in it end.
    pub async fn delete_tenant(&self, key: &str, now: i64, events: &[NewEvent]) -> Result<()> {
        let mut tx = self.change().await?;
        tenant_in(&mut tx, &self.id, key).await?;
        let users: Vec<(i64,)> = tx
            .all(
                "SELECT (SELECT COUNT(*) FROM tenants WHERE environment_id = $1 AND parent = $2) \
                 + (SELECT COUNT(*) FROM connections WHERE environment_id = $1 AND tenant = $2)",
                binds![&*self.id, key],
            )
            .await?;
        if users.first().is_some_and(|(count,)| *count > 0) {
            return Err(Error::Conflict(crate::Unique::Other));
        }
        leave::end(&mut tx, &self.id, &Ending::Tenant(key.to_owned()), now).await?;
        tx.run(
            "DELETE FROM tenants WHERE environment_id = $1 AND key = $2",
            binds![&*self.id, key],
        )
        .await?;
        self.finish(tx, events).await
    }

    /// Marks the users of every connection whose subtree holds `key`.
    async fn mark_connections_reaching(&self, tx: &mut Tx, key: &str) -> Result<()> {
        tx.run(
            "WITH RECURSIVE around (key, parent, up) AS ( \
               SELECT key, parent, 1 FROM tenants WHERE environment_id = $1 AND key = $2 \
               UNION SELECT t.key, t.parent, 1 FROM tenants t JOIN around a ON t.key = a.parent AND a.up = 1 \
               WHERE t.environment_id = $1), \
             below (key) AS ( \
               SELECT key FROM around UNION SELECT t.key FROM tenants t JOIN below b ON t.parent = b.key \
               WHERE t.environment_id = $1) \
             INSERT INTO due (user_id, connection_id, claimed_until) \
             SELECT r.id, r.connection_id, 0 FROM resources r JOIN connections c ON c.id = r.connection_id \
             WHERE c.environment_id = $1 AND r.kind = 'User' AND r.active = 1 \
             AND c.tenant IN (SELECT key FROM below) \
             ON CONFLICT (user_id) DO UPDATE SET claimed_until = 0",
            binds![&*self.id, key],
        )
        .await?;
        crate::due::announce(tx, self.store.signals()).await
    }
}

async fn tenant_in(tx: &mut Tx, environment: &str, key: &str) -> Result<TenantRow> {
    tx.optional(COLUMNS_BY_KEY, binds![environment, key])
        .await?
        .ok_or(Error::NotFound)
}
