//! Extension schemas: declared for all connections of the environment, or for one.

use std::sync::Arc;

use rolecall_scim::schema::{Attribute, Mistake, Schema};
use rolecall_scim::{ResourceType, discovery};
use rolecall_store::{Declarations, NewEvent, SchemaRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::{FieldError, Problem, problem};
use crate::manage::{Cursor, Operator, Page, check_name, event};
use crate::{clock, schemas};

/// Most schemas declared in one place.
const MOST: i64 = 50;

/// A declared extension schema (RFC 7643 §7).
#[derive(Debug, Serialize, ToSchema)]
pub struct DeclaredSchema {
    /// The URN.
    pub id: String,
    /// `User` or `Group`: what it extends.
    pub resource_type: String,
    pub name: String,
    pub description: String,
    /// As in SCIM's `/Schemas`, every characteristic stated.
    #[schema(value_type = Vec<Object>)]
    pub attributes: Vec<Value>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// An entry of SCIM's `/Schemas`, with the resource type that it extends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutSchema {
    /// `User` or `Group`.
    #[schema(value_type = String)]
    pub resource_type: ResourceType,
    /// A name for people.
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// Attributes as in RFC 7643 §7: `name`, `type`, `multiValued`, `description`, `required`, `canonicalValues`,
    /// `caseExact`, `mutability`, `returned`, `uniqueness` (`none`), `referenceTypes`, `subAttributes`; all but the name
    /// have the RFC's defaults.
    #[schema(value_type = Vec<Object>)]
    pub attributes: Vec<Arc<Attribute>>,
    /// The URN of the path, if it is given.
    #[serde(default)]
    pub id: Option<String>,
    /// Ignored, like `meta`: an entry of `/Schemas` has it.
    #[serde(default)]
    pub schemas: Option<Vec<String>>,
    #[serde(default)]
    pub meta: Option<Value>,
}

impl Operator {
    /// The schemas declared for a connection, or, without one, for all of the environment's; by URN.
    pub async fn schemas(
        &self,
        connection: Option<&str>,
        cursor: &Cursor,
    ) -> Result<Page<DeclaredSchema>, Problem> {
        let place = self.place(connection).await?;
        let after = cursor.after().to_ascii_lowercase();
        let rows = place.declarations.page(&after, cursor.limit() + 1).await;
        let rows = rows.map_err(problem("schema"))?;
        cursor.page(rows, |row| row.urn.clone(), |row| view(&row))
    }

    pub async fn schema(
        &self,
        connection: Option<&str>,
        urn: &str,
    ) -> Result<DeclaredSchema, Problem> {
        let place = self.place(connection).await?;
        let row = place.declarations.find(&urn.to_ascii_lowercase()).await;
        view(&row.map_err(problem("schema"))?)
    }

    /// Declares a schema, or changes its declaration; says whether it is new. Stored resources stay as they are: values
    /// are held against a schema when they are written.
    pub async fn put_schema(
        &self,
        connection: Option<&str>,
        urn: &str,
        put: PutSchema,
    ) -> Result<(DeclaredSchema, bool), Problem> {
        let place = self.place(connection).await?;
        let (kind, schema) = (put.resource_type, schema_of(urn, put)?);
        let (known, others) = place.known(&schema.id).await?;
        let others = schemas::declared(&others).map_err(problem("schema"))?;
        refuse(schema.mistakes(kind, &others))?;
        let now = clock::now();
        let row = SchemaRow {
            urn: schema.id.to_ascii_lowercase(),
            resource_type: kind.name().to_owned(),
            schema: json!(schema).to_string(),
            created_at: known.as_ref().map_or(now, |known| known.created_at),
            updated_at: now,
        };
        let is_new = known.is_none();
        if let Some(known) = known
            && known.schema == row.schema
            && known.resource_type == row.resource_type
        {
            return Ok((view(&known)?, false));
        }
        let data = json!({ "resource_type": kind.name(), "schema": schema });
        let kind = if is_new {
            "schema.created"
        } else {
            "schema.updated"
        };
        let declared = place.event(kind, &schema.id, &data);
        let put = place.declarations.put(&row, &[declared]).await;
        put.map_err(problem("connection"))?;
        Ok((view(&row)?, is_new))
    }

    /// Takes a declaration back. Stored values stay, as those of an extension that nobody declared.
    pub async fn delete_schema(&self, connection: Option<&str>, urn: &str) -> Result<(), Problem> {
        let place = self.place(connection).await?;
        let urn = urn.to_ascii_lowercase();
        let known = place.declarations.find(&urn).await;
        let (_, schema) =
            schemas::read(&known.map_err(problem("schema"))?).map_err(problem("schema"))?;
        let deleted = place.event("schema.deleted", &schema.id, &json!({}));
        let delete = place.declarations.delete(&urn, &[deleted]).await;
        delete.map_err(problem("schema"))
    }

    async fn place(&self, connection: Option<&str>) -> Result<Place, Problem> {
        let Some(id) = connection else {
            return Ok(Place {
                declarations: self.environment.declarations(),
                wider: None,
                connection: None,
                tenant: None,
            });
        };
        let (handle, row) = self.handle(id).await?;
        Ok(Place {
            declarations: handle.declarations(),
            wider: Some(self.environment.declarations()),
            connection: Some(row.id),
            tenant: Some(row.tenant),
        })
    }
}

/// Where schemas are declared.
struct Place {
    declarations: Declarations,
    /// The environment's, where it is a connection's.
    wider: Option<Declarations>,
    connection: Option<String>,
    tenant: Option<String>,
}

impl Place {
    /// The schema of that URN here, and all others that connections have with it.
    async fn known(&self, urn: &str) -> Result<(Option<SchemaRow>, Vec<SchemaRow>), Problem> {
        let key = urn.to_ascii_lowercase();
        let all = async |declarations: &Declarations| {
            let rows = declarations.page("", MOST + 1).await;
            rows.map_err(problem("schema"))
        };
        let mut here = all(&self.declarations).await?;
        let known = here.iter().position(|row| row.urn == key);
        let known = known.map(|at| here.remove(at));
        if known.is_none() && here.len() as i64 >= MOST {
            let detail = format!("There are {MOST} schemas already; delete one.");
            return Err(Problem::conflict("too_many_schemas", detail));
        }
        let mut others = match &self.wider {
            None => vec![],
            Some(wider) => all(wider).await?,
        };
        others.retain(|row| row.urn != key);
        others.append(&mut here);
        Ok((known, others))
    }

    fn event(&self, kind: &'static str, urn: &str, data: &Value) -> NewEvent {
        let (connection, tenant) = (self.connection.as_deref(), self.tenant.as_deref());
        event(kind, connection, tenant, Some(urn), data)
    }
}

fn schema_of(urn: &str, put: PutSchema) -> Result<Schema, Problem> {
    check_name("/name", &put.name)?;
    if put.id.is_some_and(|id| !id.eq_ignore_ascii_case(urn)) {
        let detail = format!("The path says {urn:.300}: leave id out, or say the same.");
        return Err(Problem::field("/id", "not_the_path", detail));
    }
    Ok(Schema {
        id: urn.to_owned(),
        name: put.name,
        description: put.description,
        attributes: put.attributes,
    })
}

fn refuse(mistakes: Vec<Mistake>) -> Result<(), Problem> {
    let Some(first) = mistakes.first() else {
        return Ok(());
    };
    let problem = Problem::refused(first.code, first.detail.clone());
    let errors = mistakes.into_iter().map(|mistake| FieldError {
        pointer: mistake.pointer,
        code: mistake.code.to_owned(),
        detail: mistake.detail,
    });
    Err(problem.with(errors.collect()))
}

fn view(row: &SchemaRow) -> Result<DeclaredSchema, Problem> {
    let (kind, schema) = schemas::read(row).map_err(problem("schema"))?;
    Ok(DeclaredSchema {
        resource_type: kind.name().to_owned(),
        attributes: discovery::attributes(&schema),
        id: schema.id,
        name: schema.name,
        description: schema.description,
        created_at: clock::rfc3339(row.created_at),
        updated_at: clock::rfc3339(row.updated_at),
    })
}
