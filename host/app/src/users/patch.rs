//! PATCH /Users/{id} (RFC 7644 §3.5.2).

use std::sync::Arc;

use rolecall_scim::{Error as ScimError, Object, PatchRequest, ResourceType, patch};
use rolecall_store::ResourceRow;

use crate::App;
use crate::context::{Context, parse};
use crate::resources::{Answer, Attempts, Conditions, Failed};

impl App {
    pub(crate) async fn patch_user(
        &self,
        context: &Arc<Context>,
        id: &str,
        body: &[u8],
        conditions: &Conditions,
    ) -> Result<Answer, ScimError> {
        conditions.projection(context, ResourceType::User)?;
        let mut attempts = Attempts::new(self, context);
        loop {
            match self
                .try_patch_user(&attempts.context, id, body, conditions)
                .await
            {
                Ok(row) => {
                    let context = &attempts.context;
                    return self
                        .answer(context, ResourceType::User, &row, conditions, false)
                        .await;
                }
                Err(failed) => attempts.again(failed).await?,
            }
        }
    }

    async fn try_patch_user(
        &self,
        context: &Arc<Context>,
        id: &str,
        body: &[u8],
        conditions: &Conditions,
    ) -> Result<ResourceRow, Failed> {
        let (schemas, kind) = (&context.schemas, ResourceType::User);
        let request = PatchRequest::read(schemas, kind, context.strictness, body)?;
        let row = context.connection.resource("User", id).await?;
        conditions.hold_for(row.version)?;
        let mut doc: Object = parse("resource", &row.doc)?;
        let patched = patch(schemas, kind, id, &mut doc, &request)?;
        let row = if patched.changed {
            context.policy.allow_change(&row, &doc)?;
            self.store_user(context, &row, &doc).await?
        } else {
            row
        };
        self.forgave(context, &patched.tolerances);
        Ok(row)
    }
}
