//! Who joins a group. Members must exist: we never create one. And groups may be in groups, but not in a circle.

use std::collections::HashMap;

use rolecall_scim::{Error as ScimError, ResourceType};
use rolecall_store::Candidate;

use crate::context::Context;
use crate::groups::commit::Edit;
use crate::groups::reach::Reach;
use crate::memberships::Memberships;
use crate::resources::Failed;

/// Groups on the longest way from the outermost to the innermost. It bounds what one membership may mean.
const DEEPEST: usize = 32;

pub(super) struct Joining(Vec<Candidate>);

impl Joining {
    pub(super) async fn read(context: &Context, edit: &Edit<'_>) -> Result<Self, Failed> {
        let added = &edit.members.add;
        let ids: Vec<&str> = added.iter().map(|member| member.value.as_str()).collect();
        let joining = Self(context.connection.candidates(&ids).await?);
        let kinds = joining.kinds();
        match ids.into_iter().find(|id| !kinds.contains_key(id)) {
            None => Ok(joining),
            Some(id) => Err(ScimError::invalid_value(format!(
                "members: there is no resource {id:?} here; create it before it joins a group.",
            ))
            .into()),
        }
    }

    /// Resource types by id.
    pub(super) fn kinds(&self) -> HashMap<&str, &str> {
        let kinds = self.0.iter().map(|it| (&*it.id, &*it.kind));
        kinds.collect()
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = &Candidate> {
        let is_group = |it: &&Candidate| it.kind == ResourceType::Group.name();
        self.0.iter().filter(is_group)
    }

    /// Refuses groups that would close a circle, or reach too deep. The commit verifies what this rests on: the
    /// inputs of the group count what is above it, the versions of those below what is in them.
    pub(super) async fn nest(
        &self,
        context: &Context,
        edit: &Edit<'_>,
        reach: &Reach,
    ) -> Result<(), Failed> {
        if self.groups().next().is_none() {
            return Ok(());
        }
        let own: Vec<&str> = edit.before.iter().map(|_| edit.id).collect();
        let above = Memberships::of(context, &own).await?;
        let name = || {
            let doc = edit.after.and_then(|doc| doc.get("displayName")?.as_str());
            doc.unwrap_or_default()
        };
        for Candidate { id, .. } in self.groups() {
            if let Some(way) = above.way(edit.id, id) {
                let outward: Vec<_> = way.iter().skip(1).map(|id| above.display(id)).collect();
                return Err(circle(name(), &outward).into());
            }
            let depth = above.height(edit.id, DEEPEST) + 1 + reach.depth(id, DEEPEST);
            if depth > DEEPEST {
                return Err(ScimError::invalid_value(format!(
                    "members: groups can be in groups {DEEPEST} deep; with the group {id:?} in {:?} they would be {depth} deep.",
                    name(),
                ))
                .into());
            }
        }
        Ok(())
    }
}

/// `outward`: the groups that the group is in, up to the one that was to be its member.
fn circle(group: &str, outward: &[&str]) -> ScimError {
    let member = outward.last().copied().unwrap_or(group);
    let names = [group]
        .into_iter()
        .chain(outward.iter().copied())
        .chain([group]);
    let quoted: Vec<String> = names.map(|name| format!("{name:?}")).collect();
    let circle = quoted.join(" in ");
    ScimError::invalid_value(format!(
        "members: {member:?} can't be a member of {group:?}, that would be a circle: {circle}.",
    ))
}
