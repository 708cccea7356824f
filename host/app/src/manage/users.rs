//! Users as the product reads them: state, profile, access, and why.

mod case;

use rolecall_scim::fold;
use rolecall_store::{AccessItem, Error as StoreError, UserQuery, UserRow};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::clock;
use crate::context::parse;
use crate::error::{Problem, problem};
use crate::explain::Explained;
use crate::manage::{Cursor, Operator, Page};

/// What a SCIM User became.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    /// Id of the SCIM User.
    pub id: String,
    pub connection: String,
    pub user_name: String,
    /// `active`; `inactive` (the IdP said so); `pending` (a plugin failed: the last good decision is in
    /// force); `refused` (the tenant's rules say no: likewise); `undecided` (nothing is decided yet).
    pub state: String,
    /// The IdP deleted it, and its connection keeps who is deleted.
    pub deleted: bool,
    /// Waits to be decided again.
    pub due: bool,
    /// What the attributes slot made of the user, by the last good decision.
    pub profile: Value,
    /// RFC 3339.
    pub created_at: String,
    pub modified_at: String,
}

/// A user with the access in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserAccess {
    #[serde(flatten)]
    pub user: User,
    pub placements: Vec<Placement>,
    pub grants: Vec<Grant>,
}

/// A place in a tenant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Placement {
    pub tenant: String,
    pub reason: String,
    /// Ids of the groups it came from: it ends when the user leaves one of them.
    pub groups: Vec<String>,
}

/// A role, feature or permission in a tenant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Grant {
    pub tenant: String,
    /// `role`, `feature` or `permission`.
    pub kind: String,
    pub name: String,
    /// `TYPE:ID`, for a permission on an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    pub reason: String,
    /// Ids of the groups it came from: it ends when the user leaves one of them.
    pub groups: Vec<String>,
}

/// The decision explained.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decision {
    pub user: String,
    pub state: String,
    /// Revision of the mapping; 0 is the stock mapping.
    pub revision: Option<i64>,
    /// RFC 3339.
    pub decided_at: String,
    /// Per slot: plugin, digests of input, settings and output, the output, logs, fuel, memory, time.
    pub slots: Value,
    /// Items that the host did not let take effect: `item`, `code`, `detail`.
    pub refused: Value,
    /// Why there is no good decision, when there is none.
    pub problem: Value,
    /// The digests by which anyone can run the decision again and get the same bytes.
    pub receipt: Value,
}

/// Which users to list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UserFilter {
    pub tenant: Option<String>,
    pub email: Option<String>,
    pub connection: Option<String>,
    pub after: Option<String>,
    pub limit: Option<i64>,
}

impl User {
    fn of(row: UserRow) -> Result<Self, Problem> {
        let doc: Value = parse("resource", &row.doc).map_err(problem("user"))?;
        let profile = row.profile.as_deref().unwrap_or("{}");
        let state = match (row.active, row.state) {
            (0, _) => "inactive".to_owned(),
            (_, Some(state)) if state != "inactive" => state,
            _ => "undecided".to_owned(),
        };
        Ok(Self {
            user_name: doc["userName"].as_str().unwrap_or_default().to_owned(),
            profile: parse("profile", profile).map_err(problem("user"))?,
            id: row.id,
            connection: row.connection_id,
            state,
            deleted: row.deleted != 0,
            due: row.due != 0,
            created_at: clock::rfc3339(row.created_at),
            modified_at: clock::rfc3339(row.modified_at),
        })
    }
}

/// Placements and grants of the items in force.
pub(crate) fn split(access: Vec<AccessItem>) -> (Vec<Placement>, Vec<Grant>) {
    let (placements, grants): (Vec<_>, Vec<_>) =
        access.into_iter().partition(AccessItem::is_placement);
    let placement = |item: AccessItem| Placement {
        tenant: item.tenant,
        reason: item.reason,
        groups: item.groups,
    };
    let grant = |item: AccessItem| Grant {
        tenant: item.tenant,
        kind: item.kind,
        name: item.name,
        object: item.object,
        reason: item.reason,
        groups: item.groups,
    };
    (
        placements.into_iter().map(placement).collect(),
        grants.into_iter().map(grant).collect(),
    )
}

impl Operator {
    /// A tenant or connection that does not exist is an error: a typo must not read as "nobody".
    pub async fn users(&self, filter: UserFilter) -> Result<Page<User>, Problem> {
        self.known(filter.tenant.as_deref()).await?;
        if let Some(connection) = &filter.connection {
            self.handle(connection).await?;
        }
        let cursor = Cursor {
            after: filter.after,
            limit: filter.limit,
        };
        let query = UserQuery {
            tenant: filter.tenant,
            email: filter.email.map(|email| fold(&email)),
            connection: filter.connection,
            after: cursor.after().to_owned(),
            limit: cursor.limit() + 1,
        };
        let rows = self
            .environment
            .users(query)
            .await
            .map_err(problem("user"))?;
        cursor.page(rows, |row| row.id.clone(), User::of)
    }

    pub async fn user(&self, id: &str, tenant: Option<&str>) -> Result<UserAccess, Problem> {
        self.known(tenant).await?;
        let row = self.environment.user(id).await.map_err(problem("user"))?;
        let access = self
            .environment
            .access(id, tenant)
            .await
            .map_err(problem("user"))?;
        let (placements, grants) = split(access);
        Ok(UserAccess {
            user: User::of(row)?,
            placements,
            grants,
        })
    }

    async fn known(&self, tenant: Option<&str>) -> Result<(), Problem> {
        if let Some(tenant) = tenant {
            self.tenant(tenant).await?;
        }
        Ok(())
    }

    pub async fn decision(&self, id: &str) -> Result<Decision, Problem> {
        let user = self.environment.user(id).await.map_err(problem("user"))?;
        let row = match self.environment.decision(id).await {
            Err(StoreError::NotFound) => return Err(Problem::not_found("decision")),
            row => row.map_err(problem("decision"))?,
        };
        let explained =
            Explained::read(&row.explained, row.revision).map_err(problem("decision"))?;
        let state = if user.active == 0 {
            "inactive".to_owned()
        } else {
            row.state
        };
        Ok(Decision {
            user: user.id,
            state,
            revision: row.revision,
            decided_at: clock::rfc3339(row.decided_at),
            slots: Value::Array(explained.slots),
            refused: explained.refused,
            problem: explained.problem,
            receipt: explained.receipt,
        })
    }
}
