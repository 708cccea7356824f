//! DELETE on a connection that keeps who is deleted: for SCIM the user is gone, for the product inactive.
//!
//! The row stays, of a kind that no SCIM request looks at, under a name that nobody else takes; its id, version and
//! document are there for the creation that brings it back. All access ends in the same transaction, and no plugin
//! runs (invariant 4).

use std::sync::Arc;

use rolecall_scim::{Object, fold};
use rolecall_store::{Body, DELETED_USER, Equality, Error as StoreError, ResourceRow};
use serde_json::Value;

use crate::context::{Context, parse};
use crate::decide::Standing;
use crate::resources::{Failed, text};
use crate::users::body_of;
use crate::users::store::{update, user_event};
use crate::{App, clock};

/// Under which the names that a kept user had are looked up.
const USER_NAME: &str = "deleted.userName";
const EXTERNAL_ID: &str = "deleted.externalId";
/// Kept users that had one name, one after the other; more are not looked at.
const MOST: i64 = 100;

impl App {
    pub(super) async fn keep_user(
        &self,
        context: &Arc<Context>,
        row: &ResourceRow,
    ) -> Result<(), Failed> {
        let (id, at) = (row.id.as_str(), clock::now());
        let mut doc: Object = parse("resource", &row.doc)?;
        doc.insert("active".to_owned(), Value::Bool(false));
        let body = kept(id, &doc)?;
        let standing = Standing::of(context, &[id])
            .await?
            .remove(id)
            .unwrap_or_default();
        let subject = standing.subject(id, &body.doc, false, &[]);
        let decided = self.decide(context, subject, at).await?;
        let version = row.version + 1;
        let mut event = user_event("user.deactivated", context, id, version, &body.doc, at);
        event.data.insert_str(1, "\"deleted\":true,");
        let mut change = update(context, row, event, decided, body);
        change.departures.push(id.to_owned());
        context.commit(change, Some(&row.doc)).await?;
        Ok(())
    }

    /// The kept user that a new document brings back: the one with its externalId, or, where one of the two has
    /// none, with its userName; of several the one that was deleted last.
    pub(super) async fn kept_user(
        &self,
        context: &Context,
        doc: &Object,
    ) -> Result<Option<ResourceRow>, StoreError> {
        let string = |name: &str| doc.get(name).and_then(Value::as_str);
        let external_id = string("externalId");
        let mut found = vec![];
        if let Some(external_id) = external_id {
            found = kept_by(context, EXTERNAL_ID, external_id.to_owned()).await?;
        }
        if found.is_empty() {
            let name = fold(string("userName").unwrap_or_default());
            found = kept_by(context, USER_NAME, name).await?;
            if external_id.is_some() {
                found.retain(|row| !has_external_id(row));
            }
        }
        Ok(found.into_iter().max_by_key(|row| row.modified_at))
    }
}

async fn kept_by(
    context: &Context,
    attribute: &str,
    value: String,
) -> Result<Vec<ResourceRow>, StoreError> {
    let attribute = attribute.to_owned();
    let equality = Equality::Lookup { attribute, value };
    context
        .connection
        .find(DELETED_USER, &equality, "", MOST)
        .await
}

fn has_external_id(row: &ResourceRow) -> bool {
    parse::<Object>("resource", &row.doc).is_ok_and(|doc| doc.contains_key("externalId"))
}

/// The columns of a kept user: its names are free for others.
fn kept(id: &str, doc: &Object) -> Result<Body, Failed> {
    let mut body = body_of(doc, text(doc)?);
    let name = std::mem::replace(&mut body.name_key, id.to_owned());
    let external_id = body.external_id.take();
    body.kind = DELETED_USER;
    body.lookups.push((USER_NAME, name));
    body.lookups
        .extend(external_id.map(|external_id| (EXTERNAL_ID, external_id)));
    Ok(body)
}
