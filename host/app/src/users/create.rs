//! POST /Users (RFC 7644 §3.3).

use std::sync::Arc;

use rolecall_scim::{
    Error as ScimError, Object, ResourceType, Strictness, Tolerances, fold, quirk,
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
        conditions.projection(context, ResourceType::User)?;
        let id = id::new();
        let mut attempts = Attempts::new(self, context);
        loop {
            let context = attempts.context.clone();
            let mut read = context.read(ResourceType::User, body)?;
            let doc = &read.resource;
            let row = match self.try_create_user(&context, &id, doc).await {
                Err(Failed::Error(conflict)) if conflict.status == 409 => {
                    let restored = self.try_restore(&context, doc, conflict).await;
                    let back = Tolerances::one(quirk::RETURN_BY_CREATION);
                    read.tolerances.merge(&back);
                    restored
                }
                row => row,
            };
            match row {
                Ok(row) => {
                    self.forgave(&context, &read.tolerances);
                    return self
                        .answer(&context, ResourceType::User, &row, conditions, true)
                        .await;
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
    async fn try_restore(
        &self,
        context: &Arc<Context>,
        doc: &Object,
        conflict: ScimError,
    ) -> Result<ResourceRow, Failed> {
        if context.strictness == Strictness::Strict {
            return Err(conflict.into());
        }
        let Some(inactive) = self.inactive(context, doc).await? else {
            return Err(conflict.into());
        };
        let id = &inactive.id;
        let _one = self.locks.hold(id).await;
        let row = match context.connection.resource("User", id).await {
            Ok(row) if row.active == 0 => row,
            // Somebody was quicker.
            Ok(_) | Err(StoreError::NotFound) => return Err(conflict.into()),
            Err(error) => return Err(error.into()),
        };
        match self.store_user(context, &row, doc).await {
            Err(Failed::Error(error)) if error.status == 409 => {
                Err(scim_error(StoreError::Conflict(Unique::ExternalId)).into())
            }
            other => other,
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
}
