//! Who is asking, and by which configuration they are decided. The only place that turns a SCIM token
//! into rights (invariant 8).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use rolecall_scim::{
    Error as ScimError, Object, Read, ResourceType, SchemaSet, Secrets, Strictness, read, replace,
};
use rolecall_store::{
    Change, Connection, ConnectionRow, Error as StoreError, Fence, KeyHash, Opened, ResourceRow,
};

use crate::breaker::OpenBreaker;
use crate::catalogue::Catalogue;
use crate::error::scim_error;
use crate::guard::{Ground, Tenant};
use crate::mapping::Active;
use crate::policy::Policy;
use crate::resources::Failed;
use crate::{App, clock, request, schemas, secret};

/// An authenticated connection with the configuration its decisions rest on, read at one fence.
pub struct Context {
    pub(crate) connection: Connection,
    pub(crate) row: ConnectionRow,
    pub strictness: Strictness,
    pub schemas: SchemaSet,
    pub secrets: Secrets,
    pub(crate) policy: Policy,
    pub(crate) fence: Fence,
    pub(crate) ground: Ground,
    /// Nothing is decided while a connection's `decide` is off.
    pub(crate) mapping: Option<Active>,
    /// One of its plugins is not asked for now.
    pub(crate) open_breaker: Option<OpenBreaker>,
    /// Base of resource locations.
    pub scim_url: String,
    /// Why SCIM is refused altogether, if it is.
    closed: Option<&'static str>,
}

impl Context {
    /// RFC 7644 §3.12: 403 while the tenant's SCIM switch is off or the tenant is disabled.
    pub(crate) fn open(&self) -> Result<(), ScimError> {
        self.closed
            .map_or(Ok(()), |why| Err(ScimError::forbidden(why)))
    }

    /// Commits a change; its events name the request under way, and the request log hears what changed. `before` is the
    /// document that an update takes the place of.
    pub(crate) async fn commit(
        &self,
        mut change: Change,
        before: Option<&str>,
    ) -> Result<(), StoreError> {
        let noted = request::in_events(&mut change, before);
        self.connection.commit(change).await?;
        request::committed(noted);
        Ok(())
    }

    /// The body of a POST.
    pub(crate) fn read(&self, kind: ResourceType, body: &[u8]) -> Result<Read, ScimError> {
        read(&self.schemas, kind, self.strictness, body)
    }

    /// The body of a PUT to what `row` holds.
    pub(crate) fn read_over(
        &self,
        kind: ResourceType,
        body: &[u8],
        row: &ResourceRow,
    ) -> Result<Read, Failed> {
        if !self.schemas.judges_replacements(kind) {
            return Ok(self.read(kind, body)?);
        }
        let before: Object = parse("resource", &row.doc)?;
        let (schemas, strictness) = (&self.schemas, self.strictness);
        Ok(replace(schemas, kind, strictness, body, &before)?)
    }
}

/// Under which a failed authentication counts.
pub(crate) mod refusal {
    /// No bearer token came.
    pub(crate) const NO_TOKEN: &str = "refused.no_token";
    /// The token is none: mistyped, or revoked.
    pub(crate) const UNKNOWN_TOKEN: &str = "refused.unknown_token";
    /// The token is another connection's.
    pub(crate) const OTHER_CONNECTION: &str = "refused.other_connection";
}

/// Contexts and tokens seen since the configuration last changed.
#[derive(Default)]
pub(crate) struct Contexts(Mutex<Cached>);

#[derive(Default)]
struct Cached {
    /// The count of configuration changes that all entries were read after.
    generation: u64,
    contexts: HashMap<String, Arc<Context>>,
    /// Token → its id, by connection.
    tokens: HashMap<(KeyHash, String), String>,
}

/// More tokens than this at work on one host and the cache starts over: it is a cache.
const MOST: usize = 50_000;

impl Contexts {
    fn with<T>(&self, generation: u64, f: impl FnOnce(&mut Cached) -> T) -> T {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.generation != generation || cached.tokens.len() > MOST {
            *cached = Cached {
                generation,
                ..Cached::default()
            };
        }
        f(&mut cached)
    }

    pub(crate) fn forget(&self, connection: &str) {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cached.contexts.remove(connection);
    }
}

impl App {
    /// The connection that a bearer token opens. A token of another connection opens nothing, and the
    /// answer doesn't tell it from one that never was.
    pub async fn authenticate(
        &self,
        connection_id: &str,
        bearer: Option<&str>,
    ) -> Result<Arc<Context>, ScimError> {
        let refused = |why: &'static str| {
            request::refused(connection_id, why);
            metrics::counter!("rolecall_scim_authentication_failures_total", "reason" => why)
                .increment(1);
            ScimError::unauthorized(
                "The bearer token is missing, wrong or revoked for this connection; set the current \
                 one in the identity provider.",
            )
        };
        let hash = secret::hash(bearer.ok_or_else(|| refused(refusal::NO_TOKEN))?);
        let generation = self.generation();
        let key = (hash, connection_id.to_owned());
        let known = self.contexts.with(generation, |cached| {
            let token = cached.tokens.get(&key)?;
            Some((token.clone(), cached.contexts.get(connection_id)?.clone()))
        });
        let (token_id, context) = if let Some(known) = known {
            known
        } else {
            let found = self.store.connection_of(&key.0, connection_id).await;
            let (connection, token_id) = match found.map_err(scim_error)? {
                Opened::This(connection, token_id) => (connection, token_id),
                Opened::Another => return Err(refused(refusal::OTHER_CONNECTION)),
                Opened::Nothing => return Err(refused(refusal::UNKNOWN_TOKEN)),
            };
            let context = self.context(&connection).await.map_err(scim_error)?;
            self.contexts.with(generation, |cached| {
                cached.tokens.insert(key, token_id.clone())
            });
            (token_id, context)
        };
        let now = clock::now();
        self.token_use.note(&token_id, now);
        let admit = || self.requests.keeps_any() && self.activity.admits(connection_id, now);
        request::authenticated(connection_id, &context.secrets, admit);
        context.open()?;
        Ok(context)
    }

    fn generation(&self) -> u64 {
        *self.store.signals().configuration().borrow()
    }

    /// The context of a connection as configured now.
    pub(crate) async fn context(
        &self,
        connection: &Connection,
    ) -> Result<Arc<Context>, StoreError> {
        let generation = self.generation();
        let id = connection.id().to_owned();
        if let Some(context) = self
            .contexts
            .with(generation, |cached| cached.contexts.get(&id).cloned())
        {
            return Ok(context);
        }
        let context = Arc::new(self.read_context(connection).await?);
        // Read before the configuration changed again, it would be stale: the map starts over then.
        self.contexts.with(generation, |cached| {
            cached.contexts.insert(id, context.clone())
        });
        Ok(context)
    }

    /// After a commit found the context out of date.
    pub(crate) async fn fresh_context(&self, stale: &Context) -> Result<Arc<Context>, StoreError> {
        self.contexts.forget(stale.connection.id());
        self.context(&stale.connection).await
    }

    /// The fence comes first: what is read after it may be newer, and the commit will notice.
    async fn read_context(&self, connection: &Connection) -> Result<Context, StoreError> {
        let environment = connection.environment();
        let fence = environment.fence().await?;
        let row = connection.row().await?;
        let subtree = environment.subtree(&row.tenant).await?;
        let home_off = subtree
            .iter()
            .any(|t| t.key == row.tenant && t.provisioning == 0);
        let disabled = environment.is_disabled(&row.tenant).await?;
        let closed = if disabled {
            Some("The tenant of this connection is disabled.")
        } else if home_off {
            Some(
                "SCIM provisioning is switched off for the tenant of this connection; its operator can \
                 switch it on. Nothing was lost.",
            )
        } else {
            None
        };
        let mut off: HashSet<String> = HashSet::new();
        if disabled {
            off.extend(subtree.iter().map(|tenant| tenant.key.clone()));
        }
        // Parents come before children nowhere in particular, so look until nothing changes.
        loop {
            let before = off.len();
            for tenant in &subtree {
                let parent_off = tenant
                    .parent
                    .as_ref()
                    .is_some_and(|parent| off.contains(parent));
                if tenant.disabled != 0 || parent_off {
                    off.insert(tenant.key.clone());
                }
            }
            if off.len() == before {
                break;
            }
        }
        let catalogue_text = environment.catalog().await?;
        let catalogue: Catalogue = parse("catalogue", &catalogue_text)?;
        let grantable = row
            .grantable
            .as_deref()
            .map(|text| parse("ceiling", text))
            .transpose()?;
        let ground = Ground {
            tenants: subtree
                .into_iter()
                .map(|tenant| {
                    let disabled = off.contains(&tenant.key);
                    (
                        tenant.key,
                        Tenant {
                            disabled,
                            plan: tenant.plan,
                        },
                    )
                })
                .collect(),
            catalogue: catalogue.index(),
            grantable,
        };
        let mapping = match row.decide {
            0 => None,
            _ => Some(self.active_mapping(connection, &row).await?),
        };
        let open_breaker = match &mapping {
            Some(active) => OpenBreaker::of(connection, active.revision).await?,
            None => None,
        };
        let strictness = if row.strictness == "strict" {
            Strictness::Strict
        } else {
            Strictness::Tolerant
        };
        let scim_url = self.scim_url(connection.id());
        let schemas = schemas::in_force(&row, &connection.schemas().await?)?;
        let connection = connection.clone();
        Ok(Context {
            policy: Policy::of(&row)?,
            connection,
            row,
            strictness,
            secrets: Secrets::of(&schemas),
            schemas,
            fence,
            ground,
            mapping,
            open_breaker,
            scim_url,
            closed,
        })
    }
}

pub(crate) fn parse<T: serde::de::DeserializeOwned>(
    what: &str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Internal(format!("stored {what} does not parse: {error}")))
}
