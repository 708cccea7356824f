//! Short ways to write down an answer.

use serde::de::DeserializeOwned;

use crate::{Call, Failure, Grant, Group, Placement, Problem};

impl Call {
    /// A call as the host makes it when a mapping has no settings, for tests.
    pub fn new(home: impl Into<String>) -> Self {
        Self {
            settings: "{}".to_owned(),
            prepared: Vec::new(),
            home: home.into(),
            extras: Vec::new(),
        }
    }

    /// The settings, parsed.
    pub fn settings_as<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.settings)
            .map_err(|error| Failure::internal("malformed_settings", error.to_string()))
    }
}

impl Problem {
    /// A problem that is nowhere in particular.
    pub fn new(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            detail: detail.into(),
            path: None,
        }
    }

    /// The same problem at a JSON Pointer (RFC 6901).
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }
}

impl Failure {
    /// The tenant's rules do not admit this user; the identity provider is told `detail`.
    pub fn refuse(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Refuse(Problem::new(code, detail))
    }

    /// The plugin cannot decide; the operator is told `detail`.
    pub fn internal(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Internal(Problem::new(code, detail))
    }
}

impl Placement {
    /// In the tenant with this key, for this reason, because of the user alone.
    pub fn new(tenant: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            tenant: tenant.into(),
            reason: reason.into(),
            groups: Vec::new(),
            extras: Vec::new(),
        }
    }

    /// The same, and because of this group: the placement ends when the user leaves it.
    #[must_use]
    pub fn through(mut self, group: &Group) -> Self {
        self.groups.push(group.id.clone());
        self
    }
}

impl Grant {
    /// What this kind and name say, in the tenant with this key, because of the user alone.
    pub fn new(
        tenant: impl Into<String>,
        kind: impl Into<String>,
        name: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            tenant: tenant.into(),
            kind: kind.into(),
            name: name.into(),
            object: None,
            reason: reason.into(),
            groups: Vec::new(),
            extras: Vec::new(),
        }
    }

    /// [`Grant::new`] of a role.
    pub fn role(
        tenant: impl Into<String>,
        name: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self::new(tenant, "role", name, reason)
    }

    /// [`Grant::new`] of a feature.
    pub fn feature(
        tenant: impl Into<String>,
        name: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self::new(tenant, "feature", name, reason)
    }

    /// [`Grant::new`] of a permission; see also [`Grant::on`].
    pub fn permission(
        tenant: impl Into<String>,
        name: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self::new(tenant, "permission", name, reason)
    }

    /// The same, on one object: `type:id`.
    #[must_use]
    pub fn on(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// The same, and because of this group: the grant ends when the user leaves it.
    #[must_use]
    pub fn through(mut self, group: &Group) -> Self {
        self.groups.push(group.id.clone());
        self
    }
}
