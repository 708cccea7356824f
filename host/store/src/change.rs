//! What one SCIM request wants committed, as a value: resource, decision, access and events in one
//! transaction or not at all (invariant 6), with the versions it rests on (invariant 7).

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::access::AccessItem;
use crate::environment::Fence;
use crate::events::NewEvent;
use crate::{Connection, Result};

/// A transaction to be.
#[derive(Debug)]
pub struct Change {
    /// The configuration this was decided under.
    pub fence: Fence,
    /// Milliseconds since 1970.
    pub at: i64,
    pub insert: Option<Insert>,
    pub updates: Vec<Update>,
    pub deletes: Vec<Touch>,
    /// Ids of updated users that leave every group, each of which changes with it.
    pub departures: Vec<String>,
    pub touches: Vec<Touch>,
    pub memberships: Vec<Memberships>,
    pub decisions: Vec<DecisionWrite>,
    pub group_effects: Vec<GroupEffect>,
    pub events: Vec<NewEvent>,
}

impl Change {
    pub fn new(fence: Fence, at: i64) -> Self {
        Self {
            fence,
            at,
            insert: None,
            updates: vec![],
            deletes: vec![],
            departures: vec![],
            touches: vec![],
            memberships: vec![],
            decisions: vec![],
            group_effects: vec![],
            events: vec![],
        }
    }
}

/// A new resource, at version 1.
#[derive(Debug, Clone)]
pub struct Insert {
    pub id: String,
    pub body: Body,
}

/// A new document for a resource whose version is still `version`; and a new kind, where its body has another.
#[derive(Debug, Clone)]
pub struct Update {
    pub id: String,
    pub version: i64,
    /// The decision inputs it was read with, when a decision rests on them.
    pub inputs: Option<i64>,
    pub body: Body,
}

/// The columns of a resource that its document determines.
#[derive(Debug, Clone)]
pub struct Body {
    pub kind: &'static str,
    /// Folded `userName` or `displayName`: unique.
    pub name_key: String,
    pub display: Option<String>,
    /// What the `displayName` of a user is looked up by: folded, and cut to what an index takes.
    pub display_key: Option<String>,
    pub external_id: Option<String>,
    pub active: bool,
    pub doc: String,
    /// (attribute, folded value) for the lookups of filters.
    pub lookups: Vec<(&'static str, String)>,
}

/// A resource that must still be as it was read.
#[derive(Debug, Clone)]
pub struct Touch {
    pub id: String,
    pub version: Option<i64>,
    pub inputs: Option<i64>,
    /// Count a change of the inputs of its decision.
    pub bump: bool,
}

/// Changes of one group's members.
#[derive(Debug, Clone)]
pub struct Memberships {
    pub group: String,
    pub add: Vec<Membership>,
    pub remove: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Membership {
    pub member: String,
    pub kind: String,
    pub display: Option<String>,
}

/// A decision about a user, and the access it puts in force in place of the old.
#[derive(Debug, Clone)]
pub struct DecisionWrite {
    pub user: String,
    /// `active`, `inactive`, `pending` or `refused`.
    pub state: &'static str,
    pub revision: Option<i64>,
    pub profile: String,
    pub explained: String,
    pub access: Vec<AccessItem>,
    /// The user is new in this change: there is no old access to clear.
    pub fresh: bool,
    /// Decide again at this time (milliseconds since 1970): the host was too busy.
    pub again_at: Option<i64>,
}

/// A change of a group too large to decide before the commit: invariant 4 takes away at once, the
/// rest is decided in the background.
#[derive(Debug, Clone)]
pub struct GroupEffect {
    pub group: String,
    pub leaving: Leaving,
    /// Decide everybody below the group again: what they see of it has changed.
    pub everybody: bool,
    /// Members that join: decide them again, too, and with a group everybody below it.
    pub due: Vec<String>,
}

/// Who leaves a group.
#[derive(Debug, Clone)]
pub enum Leaving {
    Nobody,
    /// These members, and with a group everybody below it.
    These(Vec<String>),
    /// The group goes away.
    Everybody,
}

impl Change {
    /// What no other change of the same transaction may name, hashed: two names that hash alike only
    /// wait for each other.
    pub(crate) fn claims(&self, connection: &str) -> Vec<u64> {
        let body = |body: &Body| {
            let name = hash((connection, body.kind, &body.name_key));
            let external = body.external_id.as_ref();
            let external = external.map(|id| hash((connection, body.kind, "externalId", id)));
            [Some(name), external].into_iter().flatten()
        };
        let ids = self.insert.iter().map(|insert| &insert.id);
        let ids = ids
            .chain(self.updates.iter().map(|update| &update.id))
            .chain(self.deletes.iter().map(|touch| &touch.id))
            .chain(self.touches.iter().map(|touch| &touch.id))
            .chain(self.decisions.iter().map(|decision| &decision.user))
            .chain(self.memberships.iter().map(|change| &change.group));
        let inserted = self.insert.iter().map(|insert| &insert.body);
        let bodies = inserted.chain(self.updates.iter().map(|update| &update.body));
        ids.map(hash).chain(bodies.flat_map(body)).collect()
    }

    /// Whether it must run alone in its environment: its statements reach rows it doesn't name.
    pub(crate) fn is_wide(&self) -> bool {
        !self.group_effects.is_empty() || !self.deletes.is_empty() || !self.departures.is_empty()
    }
}

fn hash(claim: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    claim.hash(&mut hasher);
    hasher.finish()
}

impl Connection {
    /// Commits the change, durable before it returns. [`crate::Error::Stale`]: what it rests on has
    /// changed, so read, decide and try again.
    pub async fn commit(&self, change: Change) -> Result<()> {
        self.store().0.writer.commit(self, change).await
    }
}
