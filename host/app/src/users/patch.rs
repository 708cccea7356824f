//! PATCH /Users/{id} (RFC 7644 §3.5.2).

use std::sync::Arc;

use rolecall_scim::{Error as ScimError, Object, PatchRequest, ResourceType, SchemaSet, patch};
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
        conditions.projection(ResourceType::User)?;
        let schemas = SchemaSet::standard();
        let request = PatchRequest::read(schemas, ResourceType::User, context.strictness, body)?;
        let mut attempts = Attempts::new(self, context);
        loop {
            match self
                .try_patch_user(&attempts.context, id, &request, conditions)
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
        request: &PatchRequest,
        conditions: &Conditions,
    ) -> Result<ResourceRow, Failed> {
        let row = context.connection.resource("User", id).await?;
        conditions.hold_for(row.version)?;
        let schemas = SchemaSet::standard();
        let mut doc: Object = parse("resource", &row.doc)?;
        let patched = patch(schemas, ResourceType::User, id, &mut doc, request)?;
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
