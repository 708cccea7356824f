//! DELETE /Users/{id} (RFC 7644 §3.6). Ends all access in the same transaction, and runs no plugin
//! (invariant 4).

use std::sync::Arc;

use rolecall_scim::Error as ScimError;
use rolecall_store::{AccessItem, Change, Touch, access_changed, difference};

use crate::context::Context;
use crate::policy::Operation;
use crate::resources::{Attempts, Conditions, Failed};
use crate::users::store::user_event;
use crate::{App, clock};

impl App {
    pub(crate) async fn delete_user(
        &self,
        context: &Arc<Context>,
        id: &str,
        conditions: &Conditions,
    ) -> Result<(), ScimError> {
        let mut attempts = Attempts::new(self, context);
        loop {
            match self
                .try_delete_user(&attempts.context, id, conditions)
                .await
            {
                Ok(()) => return Ok(()),
                Err(failed) => attempts.again(failed).await?,
            }
        }
    }

    async fn try_delete_user(
        &self,
        context: &Arc<Context>,
        id: &str,
        conditions: &Conditions,
    ) -> Result<(), Failed> {
        let at = clock::now();
        context.policy.allow(Operation::Delete)?;
        let row = context.connection.resource("User", id).await?;
        conditions.hold_for(row.version)?;
        if context.policy.keeps_deleted {
            return self.keep_user(context, &row).await;
        }
        let held = context.connection.access_of(&[id]).await?;
        let held: Vec<AccessItem> = held.into_iter().map(|stored| stored.item).collect();
        let mut change = Change::new(context.fence, at);
        let deleted = user_event("user.deleted", context, id, row.version, &row.doc, at);
        change.events.push(deleted);
        let (_, lost) = difference(&held, &[]);
        if !lost.is_empty() {
            change
                .events
                .push(access_changed(at, context.connection.id(), id, &[], &lost));
        }
        change.deletes.push(Touch {
            id: id.to_owned(),
            version: Some(row.version),
            inputs: Some(row.inputs),
            bump: false,
        });
        context.commit(change, None).await?;
        Ok(())
    }
}
