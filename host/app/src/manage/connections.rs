//! Connections: create, read, change, delete.

use rolecall_store::{
    Connection as Handle, ConnectionEdit, ConnectionRow, Error as StoreError, NewConnection,
    NewToken,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::context::parse;
use crate::error::{Problem, problem};
use crate::manage::{Cursor, Operator, Page, check_name, event, nullable};
use crate::policy::{DEACTIVATE, Operation, PURGE};
use crate::schemas::{KEEP, REFUSE};
use crate::secret::Secret;
use crate::{App, clock, id};

/// One IdP provisioning into one tenant's subtree.
#[derive(Debug, Serialize, ToSchema)]
pub struct Connection {
    pub id: String,
    pub tenant: String,
    pub name: String,
    /// `entra`, `okta`, `onelogin`, `google`, `jumpcloud`, `ping` or `custom`.
    pub kind: String,
    /// `tolerant` or `strict`.
    pub strictness: String,
    /// The ceiling: the only roles its decisions may grant; null for no ceiling.
    pub grantable: Option<Vec<String>>,
    /// While false, resources are stored and nothing is decided.
    pub decide: bool,
    /// What the IdP may do: some of `create`, `update`, `deactivate` and `delete`.
    pub operations: Vec<String>,
    /// What becomes of a user that the IdP deletes. `purge`: nothing is left. `deactivate`: SCIM does not find it any
    /// more, here it stays, inactive; its creation brings it back under the same id. Users kept by then stay when the
    /// setting changes; they go with the connection.
    pub on_delete: String,
    /// What becomes of extensions (by URN) that no schema declares. `keep`: stored and answered as they came; `refuse`: a
    /// request that has one is a 400. Without a setting, tolerant connections keep and strict ones refuse.
    pub undeclared_extensions: String,
    /// Revision of the active mapping; null for the stock mapping.
    pub active_revision: Option<i64>,
    pub scim_url: String,
    /// RFC 3339.
    pub created_at: String,
}

/// A new connection, with its first token: the only time it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedConnection {
    #[serde(flatten)]
    pub connection: Connection,
    pub token: String,
    pub token_id: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateConnection {
    pub tenant: String,
    pub name: String,
    pub kind: String,
    #[serde(default)]
    pub strictness: Option<String>,
    #[serde(default)]
    pub grantable: Option<Vec<String>>,
    #[serde(default)]
    pub decide: Option<bool>,
    /// All by default.
    #[serde(default)]
    pub operations: Option<Vec<String>>,
    /// `purge` by default.
    #[serde(default)]
    pub on_delete: Option<String>,
    /// `keep` or `refuse`; by default as the connection is tolerant or strict.
    #[serde(default)]
    pub undeclared_extensions: Option<String>,
}

/// A JSON merge patch: what is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EditConnection {
    pub name: Option<String>,
    pub strictness: Option<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<String>>)]
    pub grantable: Option<Option<Vec<String>>>,
    pub decide: Option<bool>,
    pub operations: Option<Vec<String>>,
    pub on_delete: Option<String>,
    /// Null: as the connection is tolerant or strict.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub undeclared_extensions: Option<Option<String>>,
}

const KINDS: [&str; 7] = [
    "entra",
    "okta",
    "onelogin",
    "google",
    "jumpcloud",
    "ping",
    "custom",
];
const STRICTNESS: [&str; 2] = ["tolerant", "strict"];
const ON_DELETE: [&str; 2] = [PURGE, DEACTIVATE];
const UNDECLARED: [&str; 2] = [KEEP, REFUSE];

impl App {
    fn connection_view(&self, row: ConnectionRow) -> Result<Connection, Problem> {
        let grantable = row
            .grantable
            .as_deref()
            .map(|text| parse("ceiling", text))
            .transpose();
        let by_strictness = if row.strictness == "strict" {
            REFUSE
        } else {
            KEEP
        };
        Ok(Connection {
            scim_url: self.scim_url(&row.id),
            id: row.id,
            tenant: row.tenant,
            name: row.name,
            kind: row.kind,
            strictness: row.strictness,
            grantable: grantable.map_err(problem("connection"))?,
            decide: row.decide != 0,
            operations: parse("list of operations", &row.operations)
                .map_err(problem("connection"))?,
            on_delete: row.on_delete,
            undeclared_extensions: row
                .undeclared_extensions
                .unwrap_or_else(|| by_strictness.to_owned()),
            active_revision: row.active_revision,
            created_at: clock::rfc3339(row.created_at),
        })
    }

    pub async fn create_connection(
        &self,
        operator: &Operator,
        new: CreateConnection,
    ) -> Result<CreatedConnection, Problem> {
        check_name("/name", &new.name)?;
        check_one_of("/kind", &new.kind, &KINDS)?;
        let strictness = new.strictness.unwrap_or_else(|| STRICTNESS[0].to_owned());
        check_one_of("/strictness", &strictness, &STRICTNESS)?;
        let all = || Operation::ALL.map(|it| it.name().to_owned()).to_vec();
        let operations = in_order(&new.operations.unwrap_or_else(all))?;
        let on_delete = new.on_delete.unwrap_or_else(|| PURGE.to_owned());
        check_one_of("/on_delete", &on_delete, &ON_DELETE)?;
        if let Some(undeclared) = &new.undeclared_extensions {
            check_one_of("/undeclared_extensions", undeclared, &UNDECLARED)?;
        }
        operator.check_grantable(new.grantable.as_deref()).await?;
        match operator.environment.tenant(&new.tenant).await {
            Err(StoreError::NotFound) => {
                return Err(Problem::field(
                    "/tenant",
                    "unknown_tenant",
                    "There is no such tenant.",
                ));
            }
            tenant => drop(tenant.map_err(problem("tenant"))?),
        }
        let (token, secret) = new_token()?;
        let token_id = token.id.clone();
        let id = id::new();
        let data = json!({
            "name": new.name, "kind": new.kind, "strictness": strictness, "grantable": new.grantable,
            "operations": operations, "on_delete": on_delete,
            "undeclared_extensions": new.undeclared_extensions,
        });
        let created = event(
            "connection.created",
            Some(&id),
            Some(&new.tenant),
            Some(&id),
            &data,
        );
        let row = NewConnection {
            id,
            tenant: new.tenant,
            name: new.name,
            kind: new.kind,
            strictness,
            grantable: new.grantable.map(|roles| json!(roles).to_string()),
            decide: new.decide.unwrap_or(true),
            operations: json!(operations).to_string(),
            on_delete,
            undeclared_extensions: new.undeclared_extensions,
            now: clock::now(),
        };
        let row = operator
            .environment
            .create_connection(row, token, &[created])
            .await;
        let connection = self.connection_view(row.map_err(problem("connection"))?)?;
        Ok(CreatedConnection {
            connection,
            token: secret.reveal().to_owned(),
            token_id,
        })
    }

    pub async fn connection(&self, operator: &Operator, id: &str) -> Result<Connection, Problem> {
        self.connection_view(operator.handle(id).await?.1)
    }

    pub async fn connections(
        &self,
        operator: &Operator,
        cursor: &Cursor,
    ) -> Result<Page<Connection>, Problem> {
        let rows = operator
            .environment
            .connections(cursor.after(), cursor.limit() + 1)
            .await;
        let rows = rows.map_err(problem("connection"))?;
        cursor.page(rows, |row| row.id.clone(), |row| self.connection_view(row))
    }

    pub async fn edit_connection(
        &self,
        operator: &Operator,
        id: &str,
        edit: EditConnection,
    ) -> Result<Connection, Problem> {
        let (handle, row) = operator.handle(id).await?;
        if let Some(name) = &edit.name {
            check_name("/name", name)?;
        }
        if let Some(strictness) = &edit.strictness {
            check_one_of("/strictness", strictness, &STRICTNESS)?;
        }
        let operations = edit.operations.as_deref().map(in_order).transpose()?;
        if let Some(on_delete) = &edit.on_delete {
            check_one_of("/on_delete", on_delete, &ON_DELETE)?;
        }
        if let Some(Some(undeclared)) = &edit.undeclared_extensions {
            check_one_of("/undeclared_extensions", undeclared, &UNDECLARED)?;
        }
        operator
            .check_grantable(edit.grantable.as_ref().and_then(Option::as_deref))
            .await?;
        let data = json!({
            "name": edit.name, "strictness": edit.strictness, "grantable": edit.grantable,
            "decide": edit.decide, "operations": operations, "on_delete": edit.on_delete,
            "undeclared_extensions": edit.undeclared_extensions,
        });
        let edited = event(
            "connection.updated",
            Some(id),
            Some(&row.tenant),
            Some(id),
            &data,
        );
        let edit = ConnectionEdit {
            name: edit.name,
            strictness: edit.strictness,
            grantable: edit
                .grantable
                .map(|roles| roles.map(|roles| json!(roles).to_string())),
            decide: edit.decide,
            operations: operations.map(|operations| json!(operations).to_string()),
            on_delete: edit.on_delete,
            undeclared_extensions: edit.undeclared_extensions,
        };
        let row = handle
            .edit(edit, &[edited])
            .await
            .map_err(problem("connection"))?;
        self.connection_view(row)
    }

    /// Deletes it with everything it provisioned; all access from it ends (invariant 4).
    pub async fn delete_connection(&self, operator: &Operator, id: &str) -> Result<(), Problem> {
        let (handle, row) = operator.handle(id).await?;
        let data = json!({ "name": row.name });
        let deleted = event(
            "connection.deleted",
            Some(id),
            Some(&row.tenant),
            Some(id),
            &data,
        );
        handle
            .delete(clock::now(), &[deleted])
            .await
            .map_err(problem("connection"))
    }
}

impl Operator {
    pub(crate) async fn handle(&self, id: &str) -> Result<(Handle, ConnectionRow), Problem> {
        self.environment
            .connection(id)
            .await
            .map_err(problem("connection"))
    }

    async fn check_grantable(&self, roles: Option<&[String]>) -> Result<(), Problem> {
        let Some(roles) = roles else { return Ok(()) };
        let catalogue = self.catalog().await?.index();
        match roles
            .iter()
            .position(|role| !catalogue.roles.contains_key(role))
        {
            None => Ok(()),
            Some(at) => Err(Problem::field(
                format!("/grantable/{at}"),
                "unknown_role",
                format!("The catalogue has no role {:?}.", roles[at]),
            )),
        }
    }
}

/// A token and the secret that is shown once.
pub(crate) fn new_token() -> Result<(NewToken, Secret), Problem> {
    let secret = Secret::generate("scim").map_err(|error| {
        tracing::error!(%error, "no random bytes");
        Problem::internal()
    })?;
    let token = NewToken {
        id: id::new(),
        hash: secret.hash(),
        last_four: secret.last_four(),
        now: clock::now(),
    };
    Ok((token, secret))
}

/// The operations named, each once, in the order of the documentation.
fn in_order(names: &[String]) -> Result<Vec<Operation>, Problem> {
    let all = Operation::ALL.map(Operation::name);
    for (at, name) in names.iter().enumerate() {
        check_one_of(&format!("/operations/{at}"), name, &all)?;
    }
    let wanted = |operation: &Operation| names.iter().any(|name| name == operation.name());
    Ok(Operation::ALL.into_iter().filter(wanted).collect())
}

fn check_one_of(pointer: &str, value: &str, allowed: &[&str]) -> Result<(), Problem> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let detail = format!("{value:?} is none of {}.", allowed.join(", "));
    Err(Problem::field(pointer, "not_allowed", detail))
}
