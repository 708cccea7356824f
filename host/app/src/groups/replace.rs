//! PUT /Groups/{id} (RFC 7644 §3.5.1).

use std::sync::Arc;

use rolecall_scim::{Error as ScimError, MemberChange, ResourceType, take_members};
use rolecall_store::ResourceRow;

use crate::App;
use crate::context::Context;
use crate::groups::commit::Edit;
use crate::groups::roster;
use crate::resources::{Answer, Attempts, Conditions, Failed};

impl App {
    pub(crate) async fn replace_group(
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
            match self.try_replace_group(&context, id, body, conditions).await {
                Ok(row) => {
                    return self
                        .answer(&context, ResourceType::Group, &row, conditions, false)
                        .await;
                }
                Err(failed) => attempts.again(failed).await?,
            }
        }
    }

    async fn try_replace_group(
        &self,
        context: &Arc<Context>,
        id: &str,
        body: &[u8],
        conditions: &Conditions,
    ) -> Result<ResourceRow, Failed> {
        let row = context.connection.resource("Group", id).await?;
        conditions.hold_for(row.version)?;
        let read = context.read_over(ResourceType::Group, body, &row)?;
        let mut doc = read.resource;
        let changes = [MemberChange::Replace(take_members(&mut doc)?)];
        let members = roster::difference(context, id, &changes).await?;
        let edit = Edit {
            id,
            before: Some(&row),
            after: Some(&doc),
            members,
        };
        let row = self.commit_group(context, edit).await?.unwrap_or(row);
        self.forgave(context, &read.tolerances);
        Ok(row)
    }
}
