//! POST /Groups (RFC 7644 §3.3).

use std::sync::Arc;

use rolecall_scim::{Error as ScimError, ResourceType, take_members};

use crate::context::Context;
use crate::groups::commit::Edit;
use crate::groups::roster::Difference;
use crate::resources::{Answer, Attempts, Conditions};
use crate::{App, id};

impl App {
    pub(crate) async fn create_group(
        &self,
        context: &Arc<Context>,
        body: &[u8],
        conditions: &Conditions,
    ) -> Result<Answer, ScimError> {
        conditions.projection(context, ResourceType::Group)?;
        let id = id::new();
        let mut attempts = Attempts::new(self, context);
        loop {
            let context = attempts.context.clone();
            let read = context.read(ResourceType::Group, body)?;
            let mut doc = read.resource;
            let members = Difference {
                add: take_members(&mut doc)?,
                remove: vec![],
            };
            let edit = Edit {
                id: &id,
                before: None,
                after: Some(&doc),
                members,
            };
            match self.commit_group(&context, edit).await {
                Ok(Some(row)) => {
                    self.forgave(&context, &read.tolerances);
                    return self
                        .answer(&context, ResourceType::Group, &row, conditions, true)
                        .await;
                }
                Ok(None) => return Err(ScimError::not_found("The group is gone.")),
                Err(failed) => attempts.again(failed).await?,
            }
        }
    }
}
