//! What a revision would decide about somebody, without storing anything.

use std::collections::HashSet;

use rolecall_scim::ResourceType;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::App;
use crate::context::parse;
use crate::decide::{Before, Subject};
use crate::error::{Problem, problem};
use crate::judged::Judged;
use crate::manage::Operator;
use crate::manage::users::{Grant, Placement};
use crate::mapping::{Active, StoredSlots};
use crate::memberships::GroupRef;
use crate::resources::text;

/// Somebody who need not exist.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// A SCIM User as the IdP would send it.
    pub user: Value,
    /// Names of groups the user would be in.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// A decision that nobody made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    pub revision: i64,
    /// `active`, `pending` or `refused`.
    pub state: &'static str,
    pub profile: Value,
    pub placements: Vec<Placement>,
    pub grants: Vec<Grant>,
    /// As in a decision: `slots`, `refused`, `problem`, `receipt`.
    pub explained: Value,
}

impl App {
    pub async fn preview(
        &self,
        operator: &Operator,
        connection: &str,
        revision: i64,
        request: PreviewRequest,
    ) -> Result<Preview, Problem> {
        let (handle, row) = operator.handle(connection).await?;
        let stored = handle.mapping(revision).await.map_err(problem("mapping"))?;
        let slots: StoredSlots = parse("mapping", &stored.slots).map_err(problem("mapping"))?;
        if row.active_revision != Some(revision) {
            operator.expect_signed(&slots.plugins()).await?;
        }
        let active = Active::bind(revision, &slots).map_err(problem("mapping"))?;
        let context = self.context(&handle).await.map_err(problem("connection"))?;
        let body = request.user.to_string();
        let read = context.read(ResourceType::User, body.as_bytes());
        let invalid =
            |error: crate::scim::Error| Problem::field("/user", "invalid_user", error.detail);
        let doc = text(&read.map_err(invalid)?.resource).map_err(invalid)?;
        let groups: Vec<GroupRef> = request
            .groups
            .iter()
            .enumerate()
            .map(|(at, display)| GroupRef {
                value: format!("preview-group-{at}"),
                display: display.clone(),
                external_id: None,
                kind: None,
            })
            .collect();
        let subject = Subject {
            id: "preview-user",
            doc: &doc,
            active: true,
            groups: &groups,
            before: Before::Nothing,
        };
        for plugin in active.plugins() {
            // Nobody waits for a preview but who asked for it. What can't be loaded is what it then tells.
            let _ = self.load(plugin).await;
        }
        let outcome = self
            .run(&context, &active, &subject)
            .await
            .map_err(|error| {
                tracing::error!(error = error.detail, "a preview failed");
                Problem::internal()
            })?;
        let member_of: HashSet<&str> = groups.iter().map(|group| group.value.as_str()).collect();
        let judged = Judged::of(&outcome, &context.ground, &member_of, revision)
            .map_err(problem("mapping"))?;
        Ok(Preview {
            revision,
            state: judged.state,
            profile: judged.profile,
            placements: judged.placements,
            grants: judged.grants,
            explained: json!(judged.explained),
        })
    }
}
