//! Tenants: create, read, change, delete.

use rolecall_store::{Error as StoreError, NewTenant, TenantEdit, TenantRow};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::catalogue::{Catalogue, KEY_RULE, is_key};
use crate::clock;
use crate::context::parse;
use crate::error::{Problem, problem};
use crate::manage::{Cursor, Operator, Page, check_name, event, nullable};

/// A customer account. Tenants form a tree.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tenant {
    pub key: String,
    pub name: String,
    pub parent: Option<String>,
    /// A plan of the catalogue: bounds the features granted here.
    pub plan: Option<String>,
    /// What kind of account it is, in the operator's own words (`customer`, `reseller`, `test`).
    pub kind: Option<String>,
    /// Whether SCIM is switched on for its connections.
    pub provisioning: bool,
    /// Nobody has access here or below while it is disabled.
    pub disabled: bool,
    /// RFC 3339.
    pub created_at: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTenant {
    /// 1 to 128 letters, digits or any of `- _ . : /`; unique in the environment, and for good.
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub parent: Option<String>,
    #[serde(default)]
    pub plan: Option<String>,
    #[serde(default)]
    pub kind: Option<String>,
    #[serde(default)]
    pub provisioning: bool,
}

/// A JSON merge patch: what is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EditTenant {
    pub name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub plan: Option<Option<String>>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub kind: Option<Option<String>>,
    pub provisioning: Option<bool>,
    pub disabled: Option<bool>,
}

impl From<TenantRow> for Tenant {
    fn from(row: TenantRow) -> Self {
        Self {
            key: row.key,
            name: row.name,
            parent: row.parent,
            plan: row.plan,
            kind: row.kind,
            provisioning: row.provisioning != 0,
            disabled: row.disabled != 0,
            created_at: clock::rfc3339(row.created_at),
        }
    }
}

impl Operator {
    pub async fn create_tenant(&self, new: CreateTenant) -> Result<Tenant, Problem> {
        if !is_key(&new.key) {
            return Err(Problem::field("/key", "invalid_key", KEY_RULE));
        }
        check_name("/name", &new.name)?;
        self.check_plan(new.plan.as_deref()).await?;
        check_kind(new.kind.as_deref())?;
        let data = json!({
            "name": new.name, "parent": new.parent, "plan": new.plan, "provisioning": new.provisioning,
        });
        let created = event(
            "tenant.created",
            None,
            Some(&new.key),
            Some(&new.key),
            &data,
        );
        let row = NewTenant {
            key: new.key,
            parent: new.parent,
            name: new.name,
            plan: new.plan,
            kind: new.kind,
            provisioning: new.provisioning,
            now: clock::now(),
        };
        match self.environment.create_tenant(row, &[created]).await {
            Err(StoreError::NotFound) => Err(Problem::field(
                "/parent",
                "unknown_tenant",
                "There is no such parent tenant.",
            )),
            created => Ok(created.map_err(problem("tenant"))?.into()),
        }
    }

    pub async fn tenant(&self, key: &str) -> Result<Tenant, Problem> {
        Ok(self
            .environment
            .tenant(key)
            .await
            .map_err(problem("tenant"))?
            .into())
    }

    pub async fn tenants(&self, cursor: &Cursor) -> Result<Page<Tenant>, Problem> {
        let rows = self
            .environment
            .tenants(cursor.after(), cursor.limit() + 1)
            .await;
        let rows = rows.map_err(problem("tenant"))?;
        cursor.page(rows, |row| row.key.clone(), |row| Ok(row.into()))
    }

    pub async fn edit_tenant(&self, key: &str, edit: EditTenant) -> Result<Tenant, Problem> {
        if let Some(name) = &edit.name {
            check_name("/name", name)?;
        }
        self.check_plan(edit.plan.as_ref().and_then(Option::as_deref))
            .await?;
        check_kind(edit.kind.as_ref().and_then(Option::as_deref))?;
        let kind = match edit.disabled {
            Some(true) => "tenant.disabled",
            Some(false) => "tenant.enabled",
            None => "tenant.updated",
        };
        let data = json!({
            "name": edit.name, "plan": edit.plan, "kind": edit.kind, "provisioning": edit.provisioning,
        });
        let edited = event(kind, None, Some(key), Some(key), &data);
        let edit = TenantEdit {
            name: edit.name,
            plan: edit.plan,
            kind: edit.kind,
            provisioning: edit.provisioning,
            disabled: edit.disabled,
        };
        let row = self
            .environment
            .edit_tenant(key, edit, clock::now(), &[edited])
            .await;
        Ok(row.map_err(problem("tenant"))?.into())
    }

    pub async fn delete_tenant(&self, key: &str) -> Result<(), Problem> {
        let deleted = event("tenant.deleted", None, Some(key), Some(key), &json!({}));
        match self
            .environment
            .delete_tenant(key, clock::now(), &[deleted])
            .await
        {
            Err(StoreError::Conflict(_)) => Err(Problem::conflict(
                "tenant_in_use",
                "The tenant has sub-tenants or connections; delete those first.",
            )),
            deleted => deleted.map_err(problem("tenant")),
        }
    }

    async fn check_plan(&self, plan: Option<&str>) -> Result<(), Problem> {
        let Some(plan) = plan else { return Ok(()) };
        let text = self
            .environment
            .catalog()
            .await
            .map_err(problem("catalogue"))?;
        let catalogue: Catalogue = parse("catalogue", &text).map_err(problem("catalogue"))?;
        if catalogue.plans.iter().any(|known| known.key == plan) {
            return Ok(());
        }
        let detail = format!("The catalogue has no plan {plan:?}; declare it there first.");
        Err(Problem::field("/plan", "unknown_plan", detail))
    }
}

fn check_kind(kind: Option<&str>) -> Result<(), Problem> {
    match kind {
        Some(kind) if !is_key(kind) => Err(Problem::field("/kind", "invalid_key", KEY_RULE)),
        _ => Ok(()),
    }
}
