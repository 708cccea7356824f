//! DELETE /Groups/{id} (RFC 7644 §3.6). What its members had through it ends in the same transaction
//! (invariant 4).

use std::sync::Arc;

use rolecall_scim::Error as ScimError;

use crate::App;
use crate::context::Context;
use crate::groups::commit::Edit;
use crate::groups::roster::Difference;
use crate::resources::{Attempts, Conditions, Failed};

impl App {
    pub(crate) async fn delete_group(
        &self,
        context: &Arc<Context>,
        id: &str,
        conditions: &Conditions,
    ) -> Result<(), ScimError> {
        let mut attempts = Attempts::new(self, context);
        loop {
            match self
                .try_delete_group(&attempts.context, id, conditions)
                .await
            {
                Ok(()) => return Ok(()),
                Err(failed) => attempts.again(failed).await?,
            }
        }
    }

    async fn try_delete_group(
        &self,
        context: &Arc<Context>,
        id: &str,
        conditions: &Conditions,
    ) -> Result<(), Failed> {
        let row = context.connection.resource("Group", id).await?;
        conditions.hold_for(row.version)?;
        let members = Difference::default();
        let edit = Edit {
            id,
            before: Some(&row),
            after: None,
            members,
        };
        self.commit_group(context, edit).await.map(|_| ())
    }
}
