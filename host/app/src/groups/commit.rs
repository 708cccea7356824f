//! A change of a group, committed with what it means for its members.
//!
//! A small change decides the users it touches before the commit, so that a role which one group takes
//! away and another gives back never flickers. A large one commits first, with what invariant 4 takes
//! away, and leaves the deciding to the workers.

use std::sync::Arc;

use rolecall_scim::{Object, ResourceType};
use rolecall_store::{
    Body, Change, GroupEffect, Insert, Leaving, Memberships as MembershipChange, NewEvent,
    ResourceRow, Touch, Update,
};

use crate::context::Context;
use crate::decide::Standing;
use crate::groups::body_of;
use crate::groups::joining::Joining;
use crate::groups::reach::Reach;
use crate::groups::roster::{self, Difference};
use crate::memberships::{Memberships, Name};
use crate::policy::Operation;
use crate::resources::{Failed, text};
use crate::{App, clock};

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
        change.events = group_events(context, &edit, body.as_ref(), at);
        let joining = Joining::read(context, &edit).await?;
        let reach = Reach::of(context, &edit, body.as_ref(), &joining).await?;
        joining.nest(context, &edit, &reach).await?;
        reach.rest_on_groups(&mut change);
        match &reach.users {
            Some(users) => {
                self.decide_reached(context, &edit, body.as_ref(), users, &mut change)
                    .await?;
            }
            None => many(&edit, &reach, &mut change),
        }
        if body.is_some() {
            change.memberships.push(MembershipChange {
                group: edit.id.to_owned(),
                add: roster::rows(&edit.members.add, &joining.kinds()),
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
                    inputs: Some(row.inputs),
                    body,
                });
            }
            (Some(row), None) => {
                change.deletes.push(Touch {
                    id,
                    version: Some(row.version),
                    inputs: Some(row.inputs),
                    bump: false,
                });
            }
            (None, None) => {}
        }
        let before = edit.before.map(|row| row.doc.as_str());
        context.commit(change, before).await?;
        Ok(stored)
    }

    /// Decides every user the edit reaches, each as it will be after it.
    async fn decide_reached(
        &self,
        context: &Arc<Context>,
        edit: &Edit<'_>,
        body: Option<&Body>,
        ids: &[String],
        change: &mut Change,
    ) -> Result<(), Failed> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let users = context
            .connection
            .resources(ResourceType::User.name(), &ids)
            .await?;
        if users.len() < ids.len() {
            return Err(Failed::Stale);
        }
        let memberships = memberships_after(context, edit, body, &ids).await?;
        let standings = Standing::within(context, &ids, &memberships).await?;
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
            let subject = standing.subject(&user.id, &user.doc, true, &standing.groups);
            let decided = self.decide(context, subject, change.at).await?;
            change.decisions.extend(decided.write);
            change.events.extend(decided.events);
        }
        Ok(())
    }
}

/// What those users are in once the edit is through.
async fn memberships_after(
    context: &Context,
    edit: &Edit<'_>,
    body: Option<&Body>,
    users: &[&str],
) -> Result<Memberships, rolecall_store::Error> {
    if users.is_empty() {
        return Ok(Memberships::default());
    }
    let own = edit.before.map(|_| edit.id);
    let members: Vec<&str> = users.iter().copied().chain(own).collect();
    let mut memberships = Memberships::of(context, &members).await?;
    let Some(body) = body else {
        memberships.remove(edit.id);
        return Ok(memberships);
    };
    let name = Name {
        display: body.display.clone().unwrap_or_default(),
        external_id: body.external_id.clone(),
    };
    memberships.name(edit.id, name);
    for id in &edit.members.remove {
        memberships.leave(id, edit.id);
    }
    for member in &edit.members.add {
        memberships.join(&member.value, edit.id);
    }
    Ok(memberships)
}

fn many(edit: &Edit<'_>, reach: &Reach, change: &mut Change) {
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
        everybody: reach.everybody,
        due,
    });
}

/// Members that one event lists; a change of more is several events, all of the same version. The first tells of the
/// group, the others only go on with the lists: the document may be as large as a body.
const LISTED: usize = 1_000;

fn group_events(context: &Context, edit: &Edit<'_>, body: Option<&Body>, at: i64) -> Vec<NewEvent> {
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
    let Difference { add, remove } = &edit.members;
    let parts = add.len().max(remove.len()).div_ceil(LISTED).max(1);
    let (mut added, mut removed) = (add.chunks(LISTED), remove.chunks(LISTED));
    let mut resource = Some(format!("\"resource\":{doc},"));
    let event = || {
        let resource = resource.take().unwrap_or_default();
        let added = added.next().unwrap_or_default().iter();
        let added: Vec<&str> = added.map(|member| member.value.as_str()).collect();
        let removed = removed.next().unwrap_or_default();
        let lists = serde_json::json!({ "added": added, "removed": removed }).to_string();
        let lists = lists.strip_prefix('{').unwrap_or("}");
        NewEvent {
            at,
            kind,
            connection: Some(context.connection.id().to_owned()),
            tenant: Some(context.row.tenant.clone()),
            subject: Some(edit.id.to_owned()),
            data: format!("{{\"version\":{version},{resource}{lists}"),
        }
    };
    std::iter::repeat_with(event).take(parts).collect()
}
