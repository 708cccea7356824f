//! SCIM resources: the verbs that HTTP calls, the same for every resource type.

mod cursor;
mod list;
pub(crate) mod members;
mod query;

use std::collections::HashMap;
use std::sync::Arc;

use rolecall_scim::{
    Error as ScimError, Meta, Object, Projection, ResourceType, etag, matches_etag,
};
use rolecall_store::{Error as StoreError, ResourceRow};
use serde_json::{Value, json};

use crate::context::{Context, parse};
use crate::error::scim_error;
use crate::memberships::{GroupRef, Memberships};
use crate::{App, request};

use members::{MOST, Members};

/// A resource as it is answered.
pub struct Answer {
    /// Absent where the protocol answers 204; or 304, to a GET.
    pub body: Option<Object>,
    pub location: String,
    pub version: i64,
    pub created: bool,
}

impl Answer {
    pub fn etag(&self) -> String {
        etag(self.version)
    }
}

/// What the client asks of a request besides its body.
#[derive(Debug, Default, Clone)]
pub struct Conditions {
    pub if_match: Option<String>,
    pub if_none_match: Option<String>,
    pub attributes: Option<String>,
    pub excluded_attributes: Option<String>,
}

impl Conditions {
    pub(crate) fn projection(
        &self,
        context: &Context,
        kind: ResourceType,
    ) -> Result<Projection, ScimError> {
        Projection::parse(
            &context.schemas,
            kind,
            self.attributes.as_deref(),
            self.excluded_attributes.as_deref(),
        )
    }

    /// RFC 7644 §3.14: a change meant for another version, or for no version at all, is refused.
    pub(crate) fn hold_for(&self, version: i64) -> Result<(), ScimError> {
        self.expect(version)?;
        if self.know(version) {
            return Err(ScimError::precondition_failed(format!(
                "If-None-Match names the present version, {}.",
                etag(version)
            )));
        }
        Ok(())
    }

    /// RFC 9110 §13.1.1: what is to be created has no version that `If-Match` could name.
    fn hold_for_new(&self) -> Result<(), ScimError> {
        match self.if_match.as_deref().map(str::trim) {
            None | Some("*") => Ok(()),
            Some(_) => Err(ScimError::precondition_failed(
                "If-Match names a version, and what is to be created has none yet.",
            )),
        }
    }

    fn expect(&self, version: i64) -> Result<(), ScimError> {
        match &self.if_match {
            Some(header) if !matches_etag(header, version) => {
                Err(ScimError::precondition_failed(format!(
                    "If-Match names another version; the present one is {}.",
                    etag(version)
                )))
            }
            _ => Ok(()),
        }
    }

    fn know(&self, version: i64) -> bool {
        let header = self.if_none_match.as_ref();
        header.is_some_and(|header| matches_etag(header, version))
    }
}

/// Why an attempt did not commit.
pub(crate) enum Failed {
    /// What it rested on has changed: read, decide and write again.
    Stale,
    Error(ScimError),
}

impl From<ScimError> for Failed {
    fn from(error: ScimError) -> Self {
        Self::Error(error)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => Self::Stale,
            other => Self::Error(scim_error(other)),
        }
    }
}

/// Attempts of one request to commit, each on fresh ground.
pub(crate) struct Attempts<'a> {
    app: &'a App,
    pub(crate) context: Arc<Context>,
    left: u32,
}

/// Enough for dozens of requests that touch the same users at once: each round, one gets through.
const MOST_ATTEMPTS: u32 = 100;

impl<'a> Attempts<'a> {
    pub(crate) fn new(app: &'a App, context: &Arc<Context>) -> Self {
        Self {
            app,
            context: context.clone(),
            left: MOST_ATTEMPTS,
        }
    }

    /// Ok to try again after `failed`, with what changed meanwhile taken in.
    pub(crate) async fn again(&mut self, failed: Failed) -> Result<(), ScimError> {
        match failed {
            Failed::Error(error) => Err(error),
            Failed::Stale if self.left == 0 => Err(scim_error(StoreError::Stale)),
            Failed::Stale => {
                self.left -= 1;
                self.context = self
                    .app
                    .fresh_context(&self.context)
                    .await
                    .map_err(scim_error)?;
                self.context.open()
            }
        }
    }
}

impl App {
    pub async fn create(
        &self,
        context: &Arc<Context>,
        kind: ResourceType,
        body: &[u8],
        conditions: &Conditions,
    ) -> Result<Answer, ScimError> {
        conditions.hold_for_new()?;
        match kind {
            ResourceType::User => self.create_user(context, body, conditions).await,
            ResourceType::Group => self.create_group(context, body, conditions).await,
        }
    }

    pub async fn replace(
        &self,
        context: &Arc<Context>,
        kind: ResourceType,
        id: &str,
        body: &[u8],
        conditions: &Conditions,
    ) -> Result<Answer, ScimError> {
        let _one = self.locks.hold(id).await;
        match kind {
            ResourceType::User => self.replace_user(context, id, body, conditions).await,
            ResourceType::Group => self.replace_group(context, id, body, conditions).await,
        }
    }

    pub async fn patch(
        &self,
        context: &Arc<Context>,
        kind: ResourceType,
        id: &str,
        body: &[u8],
        conditions: &Conditions,
    ) -> Result<Answer, ScimError> {
        let _one = self.locks.hold(id).await;
        match kind {
            ResourceType::User => self.patch_user(context, id, body, conditions).await,
            ResourceType::Group => self.patch_group(context, id, body, conditions).await,
        }
    }

    pub async fn delete(
        &self,
        context: &Arc<Context>,
        kind: ResourceType,
        id: &str,
        conditions: &Conditions,
    ) -> Result<(), ScimError> {
        let _one = self.locks.hold(id).await;
        match kind {
            ResourceType::User => self.delete_user(context, id, conditions).await,
            ResourceType::Group => self.delete_group(context, id, conditions).await,
        }
    }

    pub async fn get(
        &self,
        context: &Arc<Context>,
        kind: ResourceType,
        id: &str,
        conditions: &Conditions,
    ) -> Result<Answer, ScimError> {
        let row = context
            .connection
            .resource(kind.name(), id)
            .await
            .map_err(scim_error)?;
        request::about(kind, &row.id, &row.doc);
        conditions.expect(row.version)?;
        // A user's groups change without its version: who wants to see them has to look.
        let timeless = row.inputs == 0
            || kind != ResourceType::User
            || !conditions.projection(context, kind)?.wants("groups");
        if timeless && conditions.know(row.version) {
            return Ok(Answer {
                body: None,
                location: location(context, kind, id),
                version: row.version,
                created: false,
            });
        }
        self.answer(context, kind, &row, conditions, false).await
    }

    /// The stored resource as answered, with members or groups where they are wanted.
    pub(crate) async fn answer(
        &self,
        context: &Context,
        kind: ResourceType,
        row: &ResourceRow,
        conditions: &Conditions,
        created: bool,
    ) -> Result<Answer, ScimError> {
        let projection = conditions.projection(context, kind)?;
        let rendered = self
            .rendered(context, kind, std::slice::from_ref(row), &projection)
            .await?;
        let location = location(context, kind, &row.id);
        let body = rendered.into_iter().next();
        Ok(Answer {
            body,
            location,
            version: row.version,
            created,
        })
    }

    /// Renders rows, the first as many as [`Self::complete`] takes.
    pub(crate) async fn rendered(
        &self,
        context: &Context,
        kind: ResourceType,
        rows: &[ResourceRow],
        projection: &Projection,
    ) -> Result<Vec<Object>, ScimError> {
        let with = With {
            groups: projection.wants("groups"),
            members: if projection.wants("members") {
                Members::All
            } else {
                Members::Nobody
            },
        };
        let rendered = self.complete(context, kind, rows, with).await?;
        Ok(rendered
            .into_iter()
            .map(|resource| projection.apply(resource))
            .collect())
    }

    /// Rows with id, meta, and what is wanted `with` them. It ends before the row with which their members or groups
    /// would be more than memory should hold, but not before the first.
    pub(crate) async fn complete(
        &self,
        context: &Context,
        kind: ResourceType,
        rows: &[ResourceRow],
        with: With<'_>,
    ) -> Result<Vec<Object>, ScimError> {
        // Every membership counts the inputs up: who is still at 0 never was in a group.
        let grouped = rows.iter().filter(|row| row.inputs > 0);
        let ids: Vec<&str> = grouped.map(|row| row.id.as_str()).collect();
        let memberships = match kind {
            ResourceType::User if with.groups => Memberships::within(context, &ids, MOST).await,
            _ => Ok((Memberships::default(), ids.len())),
        };
        let (memberships, known) = memberships.map_err(scim_error)?;
        let first_unknown = ids.get(known);
        let mut members = match kind {
            ResourceType::Group => members::read(context, rows, with.members).await?,
            ResourceType::User => HashMap::new(),
        };
        let mut completed = Vec::with_capacity(rows.len());
        let mut held = 0;
        for row in rows {
            let mut doc: Object = parse("resource", &row.doc).map_err(scim_error)?;
            match kind {
                ResourceType::User => {
                    let groups = memberships.groups(&row.id);
                    held += groups.len();
                    let is_too_many = held > MOST || first_unknown == Some(&&*row.id);
                    if is_too_many && !completed.is_empty() {
                        break;
                    }
                    if !groups.is_empty() {
                        let values = groups.iter().map(|it| group_value(&context.scim_url, it));
                        doc.insert("groups".to_owned(), values.collect());
                    }
                }
                ResourceType::Group => match (members.remove(&*row.id), with.members) {
                    (Some(values), _) => {
                        doc.insert("members".to_owned(), Value::Array(values));
                    }
                    (None, Members::All) => break,
                    (None, _) => {}
                },
            }
            completed.push(rolecall_scim::render(
                kind,
                &doc,
                &Meta {
                    id: &row.id,
                    version: row.version,
                    created_ms: row.created_at,
                    modified_ms: row.modified_at,
                    location: &location(context, kind, &row.id),
                },
            ));
        }
        Ok(completed)
    }
}

pub(crate) fn location(context: &Context, kind: ResourceType, id: &str) -> String {
    format!("{}{}/{id}", context.scim_url, kind.endpoint())
}

/// What resources are completed with besides what stands in their rows.
#[derive(Clone, Copy)]
pub(crate) struct With<'a> {
    pub(crate) groups: bool,
    pub(crate) members: Members<'a>,
}

/// RFC 7643 §4.1.2 `groups`.
fn group_value(scim_url: &str, group: &GroupRef) -> Value {
    json!({
        "value": group.value,
        "$ref": format!("{scim_url}/Groups/{}", group.value),
        "display": group.display,
        "type": group.kind.as_deref().unwrap_or("direct"),
    })
}

/// Text of a canonical document.
pub(crate) fn text(doc: &Object) -> Result<String, ScimError> {
    serde_json::to_string(doc).map_err(|error| {
        tracing::error!(%error, request = request::id(), "a canonical document does not serialise");
        ScimError::internal("This is our fault; it has been logged.")
    })
}
