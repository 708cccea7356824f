//! Mappings: make a revision, activate it, go back, preview.

mod create;
mod preview;

use rolecall_store::{Connection as Handle, ConnectionRow, MappingRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::clock;
use crate::context::parse;
use crate::error::{Problem, problem};
use crate::manage::{Cursor, Operator, Page, event};
use crate::mapping::{StoredSlot, StoredSlots};

pub use create::{CreateMapping, CreateSlot};
pub use preview::{Preview, PreviewRequest};

/// An immutable revision of a connection's three slots.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mapping {
    pub revision: i64,
    /// `draft` before its first activation, `active`, or `superseded`.
    pub state: &'static str,
    pub attributes: Slot,
    pub tenants: Slot,
    pub roles: Slot,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339, of the last activation.
    pub activated_at: Option<String>,
    /// RFC 3339. The server went back from it to an earlier revision by itself, since a plugin failed; see the breakers.
    pub returned_from_at: Option<String>,
    /// Of the active revision: how far deciding everybody again has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
}

/// A plugin with its settings.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    /// Digest of the component.
    pub plugin: String,
    pub settings: Value,
    /// Nobody asked for this slot: the stock plugin fills it.
    pub stock: bool,
    /// Whether the plugin came with the server, or a key in force has signed it: it can be bound anywhere. What was bound
    /// before a key was revoked, or signatures were required, stays in force without.
    pub trusted: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Progress {
    pub total: i64,
    pub done: i64,
    pub remaining: i64,
}

/// The answer to an activation: access flips per user while `progress` goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Activation {
    pub revision: i64,
    pub active: bool,
    pub progress: Progress,
}

impl Slot {
    fn of(slot: StoredSlot, untrusted: &[String]) -> Self {
        Self {
            trusted: !untrusted.contains(&slot.plugin),
            plugin: slot.plugin,
            settings: slot.settings,
            stock: slot.stock,
        }
    }
}

impl Progress {
    pub(super) async fn of(handle: &Handle, total: i64) -> Result<Self, Problem> {
        let remaining = handle.due_count().await.map_err(problem("connection"))?;
        // Users may have been added or removed since.
        let total = total.max(remaining);
        Ok(Self {
            total,
            done: total - remaining,
            remaining,
        })
    }
}

async fn view(
    handle: &Handle,
    row: &ConnectionRow,
    stored: MappingRow,
) -> Result<Mapping, Problem> {
    let slots: StoredSlots = parse("mapping", &stored.slots).map_err(problem("mapping"))?;
    let untrusted = handle.environment().untrusted(&slots.plugins()).await;
    let untrusted = untrusted.map_err(problem("plugin"))?;
    let active = row.active_revision == Some(stored.revision);
    let progress = if active {
        Some(Progress::of(handle, row.redecide_total).await?)
    } else {
        None
    };
    Ok(Mapping {
        revision: stored.revision,
        state: match (active, stored.activated_at) {
            (true, _) => "active",
            (false, Some(_)) => "superseded",
            (false, None) => "draft",
        },
        attributes: Slot::of(slots.attributes, &untrusted),
        tenants: Slot::of(slots.tenants, &untrusted),
        roles: Slot::of(slots.roles, &untrusted),
        created_at: clock::rfc3339(stored.created_at),
        activated_at: stored.activated_at.map(clock::rfc3339),
        returned_from_at: stored.returned_from_at.map(clock::rfc3339),
        progress,
    })
}

impl Operator {
    /// Newest first.
    pub async fn mappings(
        &self,
        connection: &str,
        cursor: &Cursor,
    ) -> Result<Page<Mapping>, Problem> {
        let (handle, row) = self.handle(connection).await?;
        let before = match cursor.after() {
            "" => i64::MAX,
            after => after.parse().map_err(|_| {
                Problem::bad_request("invalid_cursor", "`after` is what `page.next` said.")
            })?,
        };
        let rows = handle
            .mappings(before, cursor.limit() + 1)
            .await
            .map_err(problem("mapping"))?;
        let (rows, page) = cursor.cut(rows, |row| row.revision.to_string());
        let mut data = Vec::with_capacity(rows.len());
        for stored in rows {
            data.push(view(&handle, &row, stored).await?);
        }
        Ok(Page { data, page })
    }

    pub async fn mapping(&self, connection: &str, revision: i64) -> Result<Mapping, Problem> {
        let (handle, row) = self.handle(connection).await?;
        let stored = handle.mapping(revision).await.map_err(problem("mapping"))?;
        view(&handle, &row, stored).await
    }

    /// Makes a revision the active one, be it new or an earlier one to go back to. Users are decided
    /// again in the background. Where signatures are required, its plugins need them, but for the revision that is active
    /// already: nothing is bound anew by that.
    pub async fn activate(&self, connection: &str, revision: i64) -> Result<Activation, Problem> {
        let (handle, row) = self.handle(connection).await?;
        if row.active_revision != Some(revision) {
            let stored = handle.mapping(revision).await.map_err(problem("mapping"))?;
            let slots: StoredSlots = parse("mapping", &stored.slots).map_err(problem("mapping"))?;
            self.expect_signed(&slots.plugins()).await?;
        }
        let data = json!({ "revision": revision, "before": row.active_revision });
        let activated = event(
            "mapping.activated",
            Some(connection),
            Some(&row.tenant),
            Some(connection),
            &data,
        );
        let total = handle.activate(revision, clock::now(), &[activated]).await;
        let progress = Progress::of(&handle, total.map_err(problem("mapping"))?).await?;
        Ok(Activation {
            revision,
            active: true,
            progress,
        })
    }
}
