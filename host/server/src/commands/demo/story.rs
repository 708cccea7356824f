//! What two identity providers send, and what access becomes of it.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Context, Result, bail};
use hyper::Method;
use serde_json::{Value, json};

use super::product::{Customer, Product};
use crate::client::Client;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// One customer's identity provider at work.
struct Idp<'a> {
    client: &'a Client,
    customer: &'a Customer,
}

pub(super) async fn tell(client: &Client, product: &Product, out: &mut impl Write) -> Result<()> {
    writeln!(
        out,
        "Acme Analytics has two customers. What their identity providers send → what access becomes:"
    )?;
    let bluepeak = Idp {
        client,
        customer: &product.bluepeak,
    };
    writeln!(
        out,
        "\nBluepeak: Okta, mapped by a rule table (the stock plugin `rules`)"
    )?;
    bluepeak.okta(out).await?;
    let northwind = Idp {
        client,
        customer: &product.northwind,
    };
    writeln!(
        out,
        "\nNorthwind, a reseller: Entra ID, mapped by its own component (examples/reseller-mapping)"
    )?;
    northwind.entra(out).await
}

impl Idp<'_> {
    /// Okta updates users by PUT, and never deletes them by itself.
    async fn okta(&self, out: &mut impl Write) -> Result<()> {
        let mut maya = json!({
            "schemas": [USER, ENTERPRISE],
            "userName": "maya@bluepeak.example", "externalId": "00u1maya",
            "name": { "givenName": "Maya", "familyName": "Lund" }, "displayName": "Maya Lund",
            "emails": [{ "primary": true, "value": "maya@bluepeak.example", "type": "work" }],
            "title": "Analyst", "active": true, "groups": [], "password": "1mz050nq",
            (ENTERPRISE): { "department": "Sales" },
        });
        let id = self.write(Method::POST, "/Users", &maya).await?;
        self.show(out, "create   POST /Users  Maya, title \"Analyst\"", &id)
            .await?;

        maya[ENTERPRISE]["department"] = json!("Research");
        let path = format!("/Users/{id}");
        self.write(Method::PUT, &path, &maya).await?;
        self.show(out, "profile  PUT  /Users/…  department \"Research\"", &id)
            .await?;

        let group =
            json!({ "schemas": [GROUP], "displayName": "Analytics – Admins", "members": [] });
        let group = self.write(Method::POST, "/Groups", &group).await?;
        let join = json!({ "schemas": [PATCH], "Operations": [{
            "op": "add", "path": "members", "value": [{ "value": id, "display": "maya@bluepeak.example" }],
        }]});
        self.write(Method::PATCH, &format!("/Groups/{group}"), &join)
            .await?;
        self.show(
            out,
            "group    PATCH /Groups/…  Maya joins \"Analytics – Admins\"",
            &id,
        )
        .await?;

        maya["active"] = json!(false);
        self.write(Method::PUT, &path, &maya).await?;
        self.show(out, "leave    PUT  /Users/…  active: false", &id)
            .await?;

        maya["active"] = json!(true);
        self.write(Method::PUT, &path, &maya).await?;
        self.show(out, "return   PUT  /Users/…  active: true", &id)
            .await?;

        self.send(Method::DELETE, &path, None).await?;
        self.show(out, "delete   DELETE /Users/…", &id).await
    }

    /// Entra patches attribute by attribute, with capitalised operations and booleans as strings.
    async fn entra(&self, out: &mut impl Write) -> Result<()> {
        let ada = json!({
            "schemas": [USER, ENTERPRISE],
            "userName": "ada@northwind.example", "externalId": "ada-object-id", "active": true,
            "displayName": "Ada Byron", "name": { "givenName": "Ada", "familyName": "Byron" },
            "emails": [{ "primary": true, "type": "work", "value": "ada@northwind.example" }],
            "roles": [], "meta": { "resourceType": "User" },
            (ENTERPRISE): { "costCenter": "EU-4130" },
        });
        let id = self.write(Method::POST, "/Users", &ada).await?;
        self.show(
            out,
            "create   POST /Users  Ada, costCenter \"EU-4130\"",
            &id,
        )
        .await?;

        let path = format!("/Users/{id}");
        let replace = |path: String, value: Value| json!({ "schemas": [PATCH], "Operations": [{ "op": "Replace", "path": path, "value": value }] });
        let department = replace(format!("{ENTERPRISE}:department"), json!("EMEA Sales"));
        self.write(Method::PATCH, &path, &department).await?;
        self.show(
            out,
            "profile  PATCH /Users/…  department \"EMEA Sales\"",
            &id,
        )
        .await?;

        let group = json!({
            "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": "analysts-object-id", "displayName": "Northwind Analysts",
        });
        let group = self.write(Method::POST, "/Groups", &group).await?;
        let members = |op: &str| {
            json!({ "schemas": [PATCH], "Operations": [{
                "op": op, "path": "members", "value": [{ "$ref": null, "value": id }],
            }]})
        };
        let group = format!("/Groups/{group}");
        self.write(Method::PATCH, &group, &members("Add")).await?;
        self.show(
            out,
            "group    PATCH /Groups/…  Ada joins \"Northwind Analysts\"",
            &id,
        )
        .await?;
        self.write(Method::PATCH, &group, &members("Remove"))
            .await?;
        self.show(out, "group    PATCH /Groups/…  Ada leaves it", &id)
            .await?;

        self.write(
            Method::PATCH,
            &path,
            &replace("active".to_owned(), json!("False")),
        )
        .await?;
        self.show(out, "leave    PATCH /Users/…  active: \"False\"", &id)
            .await?;
        self.write(
            Method::PATCH,
            &path,
            &replace("active".to_owned(), json!("True")),
        )
        .await?;
        self.show(out, "return   PATCH /Users/…  active: \"True\"", &id)
            .await?;

        let nobody = json!({ "schemas": [USER], "userName": "temp@northwind.example" });
        let (status, answer) = self.raw(Method::POST, "/Users", Some(&nobody)).await?;
        writeln!(out, "  refused  POST /Users  Temp, no cost center")?;
        writeln!(
            out,
            "             → {status}: {}",
            answer["detail"].as_str().unwrap_or_default()
        )?;

        self.send(Method::DELETE, &path, None).await?;
        self.show(out, "delete   DELETE /Users/…", &id).await
    }

    /// Sends a write that must succeed; returns the resource's id, if the answer has one.
    async fn write(&self, method: Method, path: &str, body: &Value) -> Result<String> {
        let answer = self.send(method, path, Some(body)).await?;
        Ok(answer["id"].as_str().unwrap_or_default().to_owned())
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let (status, answer) = self.raw(method, path, body).await?;
        if !(200..300).contains(&status) {
            bail!("{path} answered {status}: {answer}");
        }
        Ok(answer)
    }

    async fn raw(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let url = format!("{}{path}", self.customer.scim_url);
        self.client
            .scim(method, &url, &self.customer.token, body)
            .await
    }

    /// A step, and what the product now reads of the user.
    async fn show(&self, out: &mut impl Write, step: &str, id: &str) -> Result<()> {
        writeln!(out, "  {step}")?;
        let path = format!("/v1/users?connection={}", self.customer.connection);
        let users = self.client.manage(Method::GET, &path, &Value::Null).await?;
        let users = users["data"].as_array().context("a list of users")?;
        let Some(user) = users.iter().find(|user| user["id"] == id) else {
            return Ok(writeln!(
                out,
                "             → gone, and all access with it"
            )?);
        };
        let path = format!("/v1/users/{id}");
        let access = self.client.manage(Method::GET, &path, &Value::Null).await?;
        let mut tenants: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for placement in access["placements"].as_array().into_iter().flatten() {
            tenants
                .entry(placement["tenant"].as_str().unwrap_or_default())
                .or_default();
        }
        for grant in access["grants"].as_array().into_iter().flatten() {
            let tenant = grant["tenant"].as_str().unwrap_or_default();
            tenants
                .entry(tenant)
                .or_default()
                .push(grant["name"].as_str().unwrap_or_default());
        }
        if tenants.is_empty() {
            return Ok(writeln!(
                out,
                "             → {}: no access",
                user["state"].as_str().unwrap_or_default()
            )?);
        }
        for (tenant, names) in tenants {
            let names = if names.is_empty() {
                "a member".to_owned()
            } else {
                names.join(", ")
            };
            writeln!(out, "             → {tenant}: {names}")?;
        }
        for grant in access["grants"].as_array().into_iter().flatten().take(2) {
            writeln!(
                out,
                "               because: {}",
                grant["reason"].as_str().unwrap_or_default()
            )?;
        }
        Ok(())
    }
}
