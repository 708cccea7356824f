//! One decision: a fresh instance of each component, the three slots in order.

mod answer;
mod run;

use std::sync::Arc;

use crate::Digest;
use crate::digest::Framed;

pub(crate) use run::decide;

/// What fills the three slots.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// user, groups → profile
    pub attributes: Bound,
    /// user, groups, profile → placements
    pub tenants: Bound,
    /// user, groups, profile, placements → grants
    pub roles: Bound,
}

/// A component with the settings of one slot.
#[derive(Debug, Clone)]
pub struct Bound {
    digest: Digest,
    settings: Arc<str>,
    prepared: Arc<[u8]>,
    settings_digest: Digest,
}

impl Bound {
    /// Binds settings (JSON text), with the bytes that the component's `prepare` made of them.
    pub fn new(digest: Digest, settings: Arc<str>, prepared: Arc<[u8]>) -> Self {
        let mut framed = Framed::default();
        framed.add(settings.as_bytes());
        framed.add(&prepared);
        Self {
            digest,
            settings,
            prepared,
            settings_digest: framed.so_far(),
        }
    }

    /// The component.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Of the settings and the prepared bytes.
    pub fn settings_digest(&self) -> &Digest {
        &self.settings_digest
    }
}

/// Whom to decide about. Texts are JSON as `wit/v1` has them (`subject`).
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The SCIM User, without `groups` and `meta`.
    pub user: &'a str,
    /// The groups of the user, ordered by `value`.
    pub groups: &'a str,
    /// Key of the connection's tenant.
    pub home: &'a str,
}

impl Input<'_> {
    /// The input digest of the first slot.
    pub fn digest(&self) -> Digest {
        self.framed().so_far()
    }

    fn framed(&self) -> Framed {
        let mut framed = Framed::default();
        framed.add(self.user.as_bytes());
        framed.add(self.groups.as_bytes());
        framed.add(self.home.as_bytes());
        framed
    }
}
