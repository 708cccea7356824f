//! PATCH /Groups/{id} (RFC 7644 §3.5.2). Costs what it changes, whatever the group's size.

use std::sync::Arc;

use rolecall_scim::{Error as ScimError, Object, PatchRequest, ResourceType, Strictness, patch};
use rolecall_store::ResourceRow;

use crate::App;
use crate::context::{Context, parse};
use crate::groups::commit::Edit;
use crate::groups::roster;
use crate::resources::{Answer, Attempts, Conditions, Failed, location};

impl App {
    pub(crate) async fn patch_group(
        &self,
        context: &Arc<Context>,
        id: &str,
        body: &[u8],
        conditions: &Conditions,
    ) -> Result<Answer, ScimError> {
        conditions.projection(context, ResourceType::Group)?;
        let mut attempts = Attempts::new(self, context);
        loop {
            let context = attempts.context.clone();
            match self.try_patch_group(&context, id, body, conditions).await {
                Ok(row) => return self.patched(&context, &row, conditions).await,
                Err(failed) => attempts.again(failed).await?,
            }
        }
    }

    async fn try_patch_group(
        &self,
        context: &Arc<Context>,
        id: &str,
        body: &[u8],
        conditions: &Conditions,
    ) -> Result<ResourceRow, Failed> {
        let (schemas, kind) = (&context.schemas, ResourceType::Group);
        let request = PatchRequest::read(schemas, kind, context.strictness, body)?;
        let row = context.connection.resource("Group", id).await?;
        conditions.hold_for(row.version)?;
        let mut doc: Object = parse("resource", &row.doc)?;
        let patched = patch(schemas, kind, id, &mut doc, &request)?;
        let members = roster::difference(context, id, &patched.members).await?;
        let edit = Edit {
            id,
            before: Some(&row),
            after: Some(&doc),
            members,
        };
        let row = self.commit_group(context, edit).await?.unwrap_or(row);
        self.forgave(context, &patched.tolerances);
        Ok(row)
    }

    /// 204 by default, because the members of a large group are the cost of an answer; 200 to who asks
    /// for attributes, and on strict connections.
    async fn patched(
        &self,
        context: &Context,
        row: &ResourceRow,
        conditions: &Conditions,
    ) -> Result<Answer, ScimError> {
        let asked = conditions.attributes.is_some() || conditions.excluded_attributes.is_some();
        if asked || context.strictness == Strictness::Strict {
            return self
                .answer(context, ResourceType::Group, row, conditions, false)
                .await;
        }
        Ok(Answer {
            body: None,
            location: location(context, ResourceType::Group, &row.id),
            version: row.version,
            created: false,
        })
    }
}
