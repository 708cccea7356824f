//! POST /Groups (RFC 7644 §3.3).

use std::sync::Arc;

use rolecall_scim::{Error as ScimError, ResourceType, SchemaSet, read, take_members};

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
        conditions.projection(ResourceType::Group)?;
        let read = read(
            SchemaSet::standard(),
            ResourceType::Group,
            context.strictness,
            body,
        )?;
        let mut doc = read.resource;
        let add = take_members(&mut doc)?;
        let id = id::new();
        let mut attempts = Attempts::new(self, context);
        loop {
            let members = Difference {
                add: add.clone(),
                remove: vec![],
            };
            let edit = Edit {
                id: &id,
                before: None,
                after: Some(&doc),
                members,
            };
            match self.commit_group(&attempts.context, edit).await {
                Ok(Some(row)) => {
                    let context = &attempts.context;
                    self.forgave(context, &read.tolerances);
                    return self
                        .answer(context, ResourceType::Group, &row, conditions, true)
                        .await;
                }
                Ok(None) => return Err(ScimError::not_found("The group is gone.")),
                Err(failed) => attempts.again(failed).await?,
            }
        }
    }
}
