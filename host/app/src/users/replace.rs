//! PUT /Users/{id} (RFC 7644 §3.5.1).

use std::sync::Arc;

use rolecall_scim::{Error as ScimError, ResourceType};
use rolecall_store::ResourceRow;
use serde_json::Value;

use crate::App;
use crate::context::Context;
use crate::resources::{Answer, Attempts, Conditions, Failed};

impl App {
    pub(crate) async fn replace_user(
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
                .try_replace_user(&attempts.context, id, body, conditions)
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

    async fn try_replace_user(
        &self,
        context: &Arc<Context>,
        id: &str,
        body: &[u8],
        conditions: &Conditions,
    ) -> Result<ResourceRow, Failed> {
        let row = context.connection.resource("User", id).await?;
        conditions.hold_for(row.version)?;
        let read = context.read_over(ResourceType::User, body, &row)?;
        let mut doc = read.resource;
        // Nobody comes back because a PUT forgot to mention `active`.
        if row.active == 0 && !read.says_active {
            doc.insert("active".to_owned(), Value::Bool(false));
        }
        context.policy.allow_change(&row, &doc)?;
        let row = self.store_user(context, &row, &doc).await?;
        self.forgave(context, &read.tolerances);
        Ok(row)
    }
}
