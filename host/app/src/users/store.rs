//! A new document for an existing user: decided, and committed with its access and events.

use std::sync::Arc;

use rolecall_mapping::Problem;
use rolecall_scim::{Error as ScimError, Object};
use rolecall_store::{Body, Change, NewEvent, ResourceRow, Update};

use crate::context::Context;
use crate::decide::{Decided, Standing};
use crate::resources::{Failed, text};
use crate::users::body_of;
use crate::{App, clock};

impl App {
    /// Writes `doc` in place of what `row` holds. Without a difference nothing happens: no new version,
    /// no event (RFC 7644 §3.5.2: a no-op keeps `meta`).
    pub(crate) async fn store_user(
        &self,
        context: &Arc<Context>,
        row: &ResourceRow,
        doc: &Object,
    ) -> Result<ResourceRow, Failed> {
        let body = body_of(doc, text(doc)?);
        if body.doc == row.doc {
            return Ok(row.clone());
        }
        self.write_user(context, row, body, false).await
    }

    /// The same for a document that differs, or for a user that comes `back` from deletion.
    pub(super) async fn write_user(
        &self,
        context: &Arc<Context>,
        row: &ResourceRow,
        body: Body,
        back: bool,
    ) -> Result<ResourceRow, Failed> {
        let at = clock::now();
        let id = row.id.as_str();
        let standing = Standing::of(context, &[id])
            .await?
            .remove(id)
            .unwrap_or_default();
        let decided = self
            .decide(
                context,
                standing.subject(id, &body.doc, body.active, &standing.groups),
                at,
            )
            .await?;
        if let Some(problem) = decided.refusal {
            return Err(refuse(problem).into());
        }
        let kind = match (row.active != 0, body.active) {
            (true, false) => "user.deactivated",
            (false, true) => "user.reactivated",
            _ => "user.updated",
        };
        let stored = ResourceRow {
            version: row.version + 1,
            active: i64::from(body.active),
            display: body.display.clone(),
            external_id: body.external_id.clone(),
            doc: body.doc.clone(),
            modified_at: at,
            ..row.clone()
        };
        let mut event = user_event(kind, context, id, stored.version, &body.doc, at);
        if back {
            event.data.insert_str(1, "\"deleted\":false,");
        }
        let change = update(context, row, event, decided, body);
        context.commit(change, Some(&row.doc)).await?;
        Ok(stored)
    }
}

/// A decided update of a user, with its event first.
pub(super) fn update(
    context: &Context,
    row: &ResourceRow,
    event: NewEvent,
    decided: Decided,
    body: Body,
) -> Change {
    let mut change = Change::new(context.fence, event.at);
    change.events.push(event);
    change.events.extend(decided.events);
    change.decisions.extend(decided.write);
    change.updates.push(Update {
        id: row.id.clone(),
        version: row.version,
        inputs: Some(row.inputs),
        body,
    });
    change
}

/// The tenant's own rules say no: the plugin's words reach the IdP (invariant 5).
pub(crate) fn refuse(problem: Problem) -> ScimError {
    ScimError::invalid_value(problem.detail)
}

/// The log holds the whole document: preview, replay and audit read it there.
pub(crate) fn user_event(
    kind: &'static str,
    context: &Context,
    id: &str,
    version: i64,
    doc: &str,
    at: i64,
) -> NewEvent {
    NewEvent {
        at,
        kind,
        connection: Some(context.connection.id().to_owned()),
        tenant: Some(context.row.tenant.clone()),
        subject: Some(id.to_owned()),
        data: format!("{{\"version\":{version},\"resource\":{doc}}}"),
    }
}
