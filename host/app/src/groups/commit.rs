//! A change of a group, committed with what it means for its members.
//!
//! A small change decides the users it touches before the commit, so that a role which one group takes
//! away and another gives back never flickers. A large one commits first, with what invariant 4 takes
//! away, and leaves the deciding to the workers.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rolecall_scim::{Error as ScimError, Object, ResourceType};
use rolecall_store::{
    Body, Change, GroupEffect, Insert, Leaving, Memberships, NewEvent, ResourceRow, Touch, Update,
};

use crate::context::Context;
use crate::decide::{GroupRef, Standing};
use crate::groups::body_of;
use crate::groups::roster::{self, Difference};
use crate::policy::Operation;
use crate::resources::{Failed, text};
use crate::{App, clock};

/// Users that a change may touch and still decide them before it commits.
const SMALL: usize = 100;

/// What becomes of a group.
pub(super) struct Edit<'a> {
    pub(super) id: &'a str,
    /// None: it is new.
    pub(super) before: Option<&'a ResourceRow>,
    /// None: it goes away.
    pub(super) after: Option<&'a Object>,
    pub(super) members: Difference,
}

impl App {
    /// Commits the edit; returns the group as it then stands, unless it went away.
    pub(super) async fn commit_group(
        &self,
        context: &Arc<Context>,
        edit: Edit<'_>,
    ) -> Result<Option<ResourceRow>, Failed> {
        let at = clock::now();
        let body = match edit.after {
            Some(doc) => Some(body_of(doc, text(doc)?)),
            None => None,
        };
        if let (Some(row), Some(body)) = (edit.before, &body)
            && row.doc == body.doc
            && edit.members.is_empty()
        {
            return Ok(Some(row.clone()));
        }
        context.policy.allow(match (edit.before, edit.after) {
            (None, _) => Operation::Create,
            (Some(_), Some(_)) => Operation::Update,
            (Some(_), None) => Operation::Delete,
        })?;
        let mut change = Change::new(context.fence, at);
        change
            .events
            .push(group_event(context, &edit, body.as_ref(), at));
        let kinds = self.existing(context, &edit).await?;
        let touched = touched(context, &edit, body.as_ref()).await?;
        match touched {
            Touched::Few(ids) => {
                self.decide_touched(context, &edit, body.as_ref(), ids, &mut change)
                    .await?;
            }
            Touched::Many { all_members } => {
                many(&edit, all_members, &mut change);
            }
        }
        if body.is_some() {
            change.memberships.push(Memberships {
                group: edit.id.to_owned(),
                add: roster::rows(&edit.members.add, &kinds),
                remove: edit.members.remove.clone(),
            });
        }
        let stored = body.as_ref().map(|body| ResourceRow {
            id: edit.id.to_owned(),
            version: edit.before.map_or(1, |row| row.version + 1),
            inputs: edit.before.map_or(0, |row| row.inputs),
            active: 1,
            display: body.display.clone(),
            external_id: body.external_id.clone(),
            doc: body.doc.clone(),
            created_at: edit.before.map_or(at, |row| row.created_at),
            modified_at: at,
        });
        let id = edit.id.to_owned();
        match (edit.before, body) {
            (None, Some(body)) => change.insert = Some(Insert { id, body }),
            (Some(row), Some(body)) => {
                change.updates.push(Update {
                    id,
                    version: row.version,
                    inputs: None,
                    body,
                });
            }
            (Some(row), None) => {
                let version = Some(row.version);
                change.deletes.push(Touch {
                    id,
                    version,
                    inputs: None,
                    bump: false,
                });
            }
            (None, None) => {}
        }
        context.connection.commit(change).await?;
        Ok(stored)
    }

    /// The resource types of the new members. A member must exist: we never create one.
    async fn existing(
        &self,
        context: &Context,
        edit: &Edit<'_>,
    ) -> Result<HashMap<String, String>, Failed> {
        let ids: Vec<&str> = edit
            .members
            .add
            .iter()
            .map(|member| member.value.as_str())
            .collect();
        let kinds: HashMap<String, String> = context
            .connection
            .kinds_of(&ids)
            .await?
            .into_iter()
            .collect();
        match ids
            .into_iter()
            .find(|id| !kinds.contains_key(*id) || *id == edit.id)
        {
            None => Ok(kinds),
            Some(id) if id == edit.id => {
                Err(ScimError::invalid_value("A group can't be a member of itself.").into())
            }
            Some(id) => Err(ScimError::invalid_value(format!(
                "members: there is no resource {id:?} here; create it before it joins a group.",
            ))
            .into()),
        }
    }

    /// Decides every user the edit touches, each as it will be after it.
    async fn decide_touched(
        &self,
        context: &Arc<Context>,
        edit: &Edit<'_>,
        body: Option<&Body>,
        ids: Vec<String>,
        change: &mut Change,
    ) -> Result<(), Failed> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let users = context
            .connection
            .resources(ResourceType::User.name(), &ids)
            .await?;
        let standings = Standing::of(context, &ids).await?;
        let decided: BTreeSet<&str> = users.iter().map(|user| user.id.as_str()).collect();
        // Nested groups are members, too, and must still be there.
        change.touches.extend(
            ids.iter()
                .filter(|id| !decided.contains(**id))
                .map(|id| Touch {
                    id: (*id).to_owned(),
                    version: None,
                    inputs: None,
                    bump: true,
                }),
        );
        for user in &users {
            change.touches.push(Touch {
                id: user.id.clone(),
                version: Some(user.version),
                inputs: Some(user.inputs),
                bump: true,
            });
            let Some(standing) = standings.get(&user.id).filter(|_| user.active != 0) else {
                continue;
            };
            let groups = groups_after(&standing.groups, edit, body, &user.id);
            let subject = standing.subject(&user.id, &user.doc, true, &groups);
            let decided = self.decide(context, subject, change.at).await?;
            change.decisions.extend(decided.write);
            change.events.extend(decided.events);
        }
        Ok(())
    }
}

enum Touched {
    Few(Vec<String>),
    Many { all_members: bool },
}

/// Whose decision inputs the edit changes.
async fn touched(
    context: &Context,
    edit: &Edit<'_>,
    body: Option<&Body>,
) -> Result<Touched, rolecall_store::Error> {
    let Difference { add, remove } = &edit.members;
    let named = add.len() + remove.len();
    // What its members see of the group: its name and externalId, or that it is there at all.
    let all_members = edit.before.is_some_and(|row| {
        body.is_none_or(|body| body.display != row.display || body.external_id != row.external_id)
    });
    let standing = if all_members {
        context.connection.member_count(edit.id).await? as usize
    } else {
        0
    };
    if named + standing > SMALL {
        return Ok(Touched::Many { all_members });
    }
    let mut ids: BTreeSet<String> = add.iter().map(|member| member.value.clone()).collect();
    ids.extend(remove.iter().cloned());
    if all_members {
        ids.extend(
            context
                .connection
                .members(edit.id)
                .await?
                .into_iter()
                .map(|row| row.member_id),
        );
    }
    Ok(Touched::Few(ids.into_iter().collect()))
}

fn many(edit: &Edit<'_>, all_members: bool, change: &mut Change) {
    let Difference { add, remove } = &edit.members;
    let leaving = match (edit.after, remove.is_empty()) {
        (None, _) => Leaving::Everybody,
        (Some(_), true) => Leaving::Nobody,
        (Some(_), false) => Leaving::These(remove.clone()),
    };
    let due: Vec<String> = add.iter().map(|member| member.value.clone()).collect();
    // The effect counts their inputs up; here they only must be there.
    change.touches.extend(due.iter().map(|id| Touch {
        id: id.clone(),
        version: None,
        inputs: None,
        bump: false,
    }));
    change.group_effects.push(GroupEffect {
        group: edit.id.to_owned(),
        leaving,
        all_members,
        due,
    });
}

/// A user's groups once the edit is through, ordered by id: same input, same bytes.
fn groups_after(
    before: &[GroupRef],
    edit: &Edit<'_>,
    body: Option<&Body>,
    user: &str,
) -> Vec<GroupRef> {
    let was = before.iter().any(|group| group.value == edit.id);
    let leaves = edit.members.remove.iter().any(|id| id == user);
    let joins = edit.members.add.iter().any(|member| member.value == user);
    let mut after: Vec<GroupRef> = before
        .iter()
        .filter(|group| group.value != edit.id)
        .cloned()
        .collect();
    if let Some(body) = body.filter(|_| joins || (was && !leaves)) {
        after.push(GroupRef {
            value: edit.id.to_owned(),
            display: body.display.clone().unwrap_or_default(),
            external_id: body.external_id.clone(),
        });
    }
    after.sort_by(|a, b| a.value.cmp(&b.value));
    after
}

fn group_event(context: &Context, edit: &Edit<'_>, body: Option<&Body>, at: i64) -> NewEvent {
    let kind = match (edit.before, body) {
        (None, _) => "group.created",
        (Some(_), Some(_)) => "group.updated",
        (Some(_), None) => "group.deleted",
    };
    let doc = body.map_or_else(
        || edit.before.map_or("{}", |row| row.doc.as_str()),
        |body| body.doc.as_str(),
    );
    let version = edit
        .before
        .map_or(1, |row| row.version + i64::from(body.is_some()));
    let added: Vec<&str> = edit
        .members
        .add
        .iter()
        .map(|member| member.value.as_str())
        .collect();
    let lists = serde_json::json!({ "added": added, "removed": edit.members.remove }).to_string();
    let lists = lists.strip_prefix('{').unwrap_or("}");
    NewEvent {
        at,
        kind,
        connection: Some(context.connection.id().to_owned()),
        tenant: Some(context.row.tenant.clone()),
        subject: Some(edit.id.to_owned()),
        data: format!("{{\"version\":{version},\"resource\":{doc},{lists}"),
    }
}
