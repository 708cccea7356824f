//! POST /Users (RFC 7644 §3.3).

use std::sync::Arc;

use rolecall_scim::{
    Error as ScimError, Object, ResourceType, SchemaSet, Strictness, Tolerances, fold, quirk, read,
};
use rolecall_store::{Change, Equality, Error as StoreError, Insert, ResourceRow, Unique};
use serde_json::Value;

use crate::context::Context;
use crate::decide::{Before, Subject};
use crate::error::scim_error;
use crate::policy::Operation;
use crate::resources::{Answer, Attempts, Conditions, Failed, text};
use crate::users::body_of;
use crate::users::store::{refuse, user_event};
use crate::{App, clock, id};

impl App {
    pub(crate) async fn create_user(
        &self,
        context: &Arc<Context>,
        body: &[u8],
        conditions: &Conditions,
    ) -> Result<Answer, ScimError> {
        conditions.projection(ResourceType::User)?;
        let read = read(
            SchemaSet::standard(),
            ResourceType::User,
            context.strictness,
            body,
        )?;
        let doc = read.resource;
        let id = id::new();
        let mut attempts = Attempts::new(self, context);
        loop {
            match self.try_create_user(&attempts.context, &id, &doc).await {
                Ok(row) => {
                    let context = &attempts.context;
                    self.forgave(context, &read.tolerances);
                    return self
                        .answer(context, ResourceType::User, &row, conditions, true)
                        .await;
                }
                Err(Failed::Error(error)) if error.status == 409 => {
                    let context = &attempts.context;
                    let restored = self.restore(context, &doc, error, conditions).await?;
                    self.forgave(context, &read.tolerances);
                    let name = quirk::RETURN_BY_CREATION;
                    self.forgave(context, &Tolerances::one(name));
                    return Ok(restored);
                }
                Err(failed) => attempts.again(failed).await?,
            }
        }
    }

    async fn try_create_user(
        &self,
        context: &Arc<Context>,
        id: &str,
        doc: &Object,
    ) -> Result<ResourceRow, Failed> {
        context.policy.allow(Operation::Create)?;
        if context.policy.keeps_deleted
            && let Some(kept) = self.kept_user(context, doc).await?
        {
            return self
                .write_user(context, &kept, body_of(doc, text(doc)?), true)
                .await;
        }
        let at = clock::now();
        let body = body_of(doc, text(doc)?);
        let subject = Subject {
            id,
            doc: &body.doc,
            active: body.active,
            groups: &[],
            before: Before::Nothing,
        };
        let decided = self.decide(context, subject, at).await?;
        if let Some(problem) = decided.refusal {
            return Err(refuse(problem).into());
        }
        let row = ResourceRow {
            id: id.to_owned(),
            version: 1,
            inputs: 0,
            active: i64::from(body.active),
            display: body.display.clone(),
            external_id: body.external_id.clone(),
            doc: body.doc.clone(),
            created_at: at,
            modified_at: at,
        };
        let mut change = Change::new(context.fence, at);
        change
            .events
            .push(user_event("user.created", context, id, 1, &body.doc, at));
        change.events.extend(decided.events);
        change.decisions.extend(decided.write);
        change.insert = Some(Insert {
            id: id.to_owned(),
            body,
        });
        context.commit(change, None).await?;
        Ok(row)
    }

    /// A tolerant connection takes the creation of a user that exists and is inactive as its return:
    /// Okta re-assigns that way. The id stays. Anybody else is a conflict.
    async fn restore(
        &self,
        context: &Arc<Context>,
        doc: &Object,
        conflict: ScimError,
        conditions: &Conditions,
    ) -> Result<Answer, ScimError> {
        if context.strictness == Strictness::Strict {
            return Err(conflict);
        }
        let Some(inactive) = self.inactive(context, doc).await.map_err(scim_error)? else {
            return Err(conflict);
        };
        let _one = self.locks.hold(&inactive.id).await;
        let mut attempts = Attempts::new(self, context);
        loop {
            let attempt = self.try_restore(&attempts.context, &inactive.id, doc).await;
            match attempt {
                Ok(Some(row)) => {
                    let context = &attempts.context;
                    return self
                        .answer(context, ResourceType::User, &row, conditions, true)
                        .await;
                }
                Ok(None) => return Err(conflict),
                Err(failed) => attempts.again(failed).await?,
            }
        }
    }

    /// The one user that has the document's userName or externalId, if it is inactive.
    async fn inactive(
        &self,
        context: &Context,
        doc: &Object,
    ) -> Result<Option<ResourceRow>, StoreError> {
        let string = |name: &str| doc.get(name).and_then(Value::as_str);
        let name = string("userName").map(|name| Equality::Name(fold(name)));
        let external_id = string("externalId").map(|id| Equality::ExternalId(id.to_owned()));
        let mut found: Vec<ResourceRow> = vec![];
        for equality in name.into_iter().chain(external_id) {
            found.extend(context.connection.find("User", &equality, "", 1).await?);
        }
        found.dedup_by(|one, other| one.id == other.id);
        let one = (found.len() == 1).then(|| found.remove(0));
        Ok(one.filter(|row| row.active == 0))
    }

    /// None: somebody was quicker, and the user is active.
    async fn try_restore(
        &self,
        context: &Arc<Context>,
        id: &str,
        doc: &Object,
    ) -> Result<Option<ResourceRow>, Failed> {
        context.policy.allow(Operation::Create)?;
        let row = match context.connection.resource("User", id).await {
            Ok(row) if row.active == 0 => row,
            Ok(_) | Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match self.store_user(context, &row, doc).await {
            Err(Failed::Error(error)) if error.status == 409 => {
                Err(scim_error(StoreError::Conflict(Unique::ExternalId)).into())
            }
            other => other.map(Some),
        }
    }
}
