//! The sample product and its two customers, set up over the management API.

use anyhow::{Context, Result};
use hyper::Method;
use rolecall_plugin_bundle::RESELLER_MAPPING;
use serde_json::{Value, json};

use crate::client::Client;

pub(super) struct Product {
    pub(super) bluepeak: Customer,
    pub(super) northwind: Customer,
}

pub(super) struct Customer {
    pub(super) tenant: &'static str,
    pub(super) kind: &'static str,
    pub(super) connection: String,
    pub(super) scim_url: String,
    pub(super) token: String,
}

pub(super) async fn set_up(client: &Client) -> Result<Product> {
    client
        .manage(Method::PUT, "/v1/catalog", &catalogue())
        .await?;
    for tenant in tenants() {
        client.manage(Method::POST, "/v1/tenants", &tenant).await?;
    }
    let bluepeak = connect(client, "bluepeak", "okta", "Bluepeak's Okta").await?;
    map(client, &bluepeak, &rules()).await?;
    let northwind = connect(client, "northwind", "entra", "Northwind's Entra ID").await?;
    let plugin = client.upload(RESELLER_MAPPING).await?;
    let slot = json!({ "plugin": plugin["digest"] });
    map(
        client,
        &northwind,
        &json!({ "attributes": slot, "tenants": slot, "roles": slot }),
    )
    .await?;
    Ok(Product {
        bluepeak,
        northwind,
    })
}

fn catalogue() -> Value {
    json!({
        "permissions": [
            { "key": "reports.read" }, { "key": "reports.write" }, { "key": "users.manage" },
        ],
        "roles": [
            { "key": "viewer", "permissions": ["reports.read"] },
            { "key": "analyst", "permissions": ["reports.read", "reports.write"] },
            { "key": "admin", "permissions": ["reports.read", "reports.write", "users.manage"] },
        ],
        "features": [{ "key": "exports" }, { "key": "sso_audit" }],
        "plans": [{ "key": "team", "features": ["exports"] },
                  { "key": "enterprise", "features": ["exports", "sso_audit"] }],
    })
}

fn tenants() -> [Value; 6] {
    let below = |key: &str, name: &str, parent: &str| json!({ "key": key, "name": name, "parent": parent, "plan": "enterprise" });
    [
        json!({ "key": "bluepeak", "name": "Bluepeak", "plan": "team", "provisioning": true }),
        json!({ "key": "bluepeak-labs", "name": "Bluepeak Labs", "parent": "bluepeak", "plan": "team" }),
        json!({ "key": "northwind", "name": "Northwind", "kind": "reseller", "plan": "enterprise",
                "provisioning": true }),
        below("northwind-emea", "Northwind EMEA", "northwind"),
        below("northwind-apac", "Northwind APAC", "northwind"),
        below(
            "northwind-emea-sales",
            "Northwind EMEA Sales",
            "northwind-emea",
        ),
    ]
}

/// Bluepeak's mapping: nothing but settings of the stock plugin.
fn rules() -> Value {
    let settings = json!({
        "tenants": {
            "rules": [
                { "attribute": "department", "values": { "Research": "bluepeak-labs" } },
            ],
            "default": "bluepeak",
        },
        "roles": {
            "rules": [
                { "group": "Analytics – Admins", "role": "admin" },
                { "when": "title co \"Analyst\"", "role": "analyst", "feature": "exports" },
            ],
            "default_role": "viewer",
        },
    });
    let slot = json!({ "plugin": "rules", "settings": settings });
    json!({ "attributes": slot, "tenants": slot, "roles": slot })
}

async fn connect(
    client: &Client,
    tenant: &'static str,
    kind: &'static str,
    name: &str,
) -> Result<Customer> {
    let body = json!({ "tenant": tenant, "name": name, "kind": kind });
    let made = client
        .manage(Method::POST, "/v1/connections", &body)
        .await?;
    let text = |name: &str| {
        made[name]
            .as_str()
            .map(str::to_owned)
            .with_context(|| format!("no {name} in {made}"))
    };
    Ok(Customer {
        tenant,
        kind,
        connection: text("id")?,
        scim_url: text("scim_url")?,
        token: text("token")?,
    })
}

async fn map(client: &Client, customer: &Customer, mapping: &Value) -> Result<()> {
    let path = format!("/v1/connections/{}/mappings", customer.connection);
    let made = client.manage(Method::POST, &path, mapping).await?;
    let path = format!("{path}/{}/activate", made["revision"]);
    client.manage(Method::POST, &path, &json!({})).await?;
    Ok(())
}
