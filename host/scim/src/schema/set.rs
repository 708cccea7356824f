//! The schemas a connection works with: the core ones, and the extensions of each resource type.

use std::sync::{Arc, LazyLock};

use super::model::find;
use super::{Attribute, ENTERPRISE_USER, ResourceType, Schema};
use crate::{Error, Strictness, attr};

static STANDARD: LazyLock<SchemaSet> = LazyLock::new(|| {
    const REASON: &str = "the embedded schemas are valid, as the tests prove";
    let schema = |text| Arc::new(serde_json::from_str::<Schema>(text).expect(REASON));
    SchemaSet(Arc::new(Inner {
        common: serde_json::from_str(include_str!("core/common.json")).expect(REASON),
        user: schema(include_str!("core/user.json")),
        group: schema(include_str!("core/group.json")),
        extensions: vec![(
            ResourceType::User,
            schema(include_str!("core/enterprise_user.json")),
        )],
        keeps_undeclared: None,
    }))
});

/// Schema URIs of SCIM 1.1 and of clients' templates that mean one of ours.
const ALIASES: [(&str, &str); 3] = [
    ("urn:scim:schemas:extension:enterprise:1.0", ENTERPRISE_USER),
    ("urn:scim:schemas:extension:enterprise:2.0", ENTERPRISE_USER),
    (
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0User",
        ENTERPRISE_USER,
    ),
];

/// What SCIM 1.1 and clients' templates call the core schema, with or without the resource type behind it.
const CORE_ALIASES: [&str; 2] = ["urn:scim:schemas:core:1.0", "urn:scim:schemas:core:2.0"];

/// The schemas in use; cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaSet(Arc<Inner>);

#[derive(Clone, Debug, PartialEq)]
struct Inner {
    common: Vec<Arc<Attribute>>,
    user: Arc<Schema>,
    group: Arc<Schema>,
    extensions: Vec<(ResourceType, Arc<Schema>)>,
    /// None: as the connection is strict or tolerant.
    keeps_undeclared: Option<bool>,
}

impl SchemaSet {
    /// User, Group and the enterprise extension.
    pub fn standard() -> &'static Self {
        &STANDARD
    }

    /// This set with one more extension of a resource type.
    pub fn with_extension(&self, kind: ResourceType, schema: Schema) -> Result<Self, Error> {
        if !has_urn_prefix(&schema.id) {
            return Err(Error::invalid_value(format!("{} is not a URN", schema.id)));
        }
        if self
            .schemas()
            .any(|known| known.id.eq_ignore_ascii_case(&schema.id))
        {
            return Err(Error::uniqueness(format!(
                "the schema {} exists already",
                schema.id
            )));
        }
        let mut inner = Inner::clone(&self.0);
        inner.extensions.push((kind, Arc::new(schema)));
        Ok(Self(Arc::new(inner)))
    }

    /// This set for a connection that keeps what extensions nobody declared, or refuses them, however strict it is.
    #[must_use]
    pub fn keeping_undeclared(&self, keeps: bool) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.keeps_undeclared = Some(keeps);
        Self(Arc::new(inner))
    }

    /// Whether extensions that nobody declared are kept; by default on tolerant connections.
    pub fn keeps_undeclared(&self, strictness: Strictness) -> bool {
        let default = strictness == Strictness::Tolerant;
        self.0.keeps_undeclared.unwrap_or(default)
    }

    /// Whether a PUT has to be held against what is stored (see [`replace`](crate::replace)): with the standard
    /// schemas it takes the place of everything.
    pub fn judges_replacements(&self, kind: ResourceType) -> bool {
        self.extensions(kind)
            .any(|schema| schema.id != ENTERPRISE_USER)
    }

    /// All schemas, core ones first.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        let core = [&*self.0.user, &*self.0.group];
        core.into_iter()
            .chain(self.0.extensions.iter().map(|(_, schema)| &**schema))
    }

    /// The core schema of a resource type.
    pub fn core(&self, kind: ResourceType) -> &Schema {
        match kind {
            ResourceType::User => &self.0.user,
            ResourceType::Group => &self.0.group,
        }
    }

    /// The extensions of a resource type.
    pub fn extensions(&self, kind: ResourceType) -> impl Iterator<Item = &Schema> {
        self.0
            .extensions
            .iter()
            .filter(move |(of, _)| *of == kind)
            .map(|(_, schema)| &**schema)
    }

    /// `schemas`, `id`, `externalId` and `meta`: attributes of every resource (RFC 7643 §3).
    pub fn common(&self) -> &[Arc<Attribute>] {
        &self.0.common
    }

    /// Whether resources of that type can have the attribute, by its canonical path.
    pub fn knows(&self, kind: ResourceType, path: &str) -> bool {
        attr::resolve(self, kind, Strictness::Tolerant, path).is_some()
    }

    /// A common or core attribute, by its name in any letter case.
    pub(crate) fn attribute(&self, kind: ResourceType, name: &str) -> Option<&Arc<Attribute>> {
        self.core(kind)
            .attribute(name)
            .or_else(|| find(&self.0.common, name))
    }

    /// The extension of that URN, in any letter case.
    pub(crate) fn extension(&self, kind: ResourceType, urn: &str) -> Option<&Schema> {
        self.extensions(kind)
            .find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// The first extension that has an attribute of this name.
    pub(crate) fn extension_with(
        &self,
        kind: ResourceType,
        name: &str,
    ) -> Option<(&Schema, &Arc<Attribute>)> {
        self.extensions(kind)
            .find_map(|schema| Some((schema, schema.attribute(name)?)))
    }

    /// Our URN for one that means the same, or `None` where there is no such.
    pub(crate) fn alias(&self, kind: ResourceType, urn: &str) -> Option<&Schema> {
        let (_, ours) = ALIASES
            .iter()
            .find(|(theirs, _)| theirs.eq_ignore_ascii_case(urn))?;
        self.extension(kind, ours)
    }

    /// The outdated URNs that [`Self::alias`] knows.
    pub(crate) fn aliases() -> impl Iterator<Item = &'static str> {
        ALIASES.iter().map(|(theirs, _)| *theirs)
    }

    /// Outdated URNs of the core schemas.
    pub(crate) fn core_aliases() -> impl Iterator<Item = &'static str> {
        CORE_ALIASES.into_iter()
    }
}

/// Whether a name is a URN rather than an attribute's name.
pub(crate) fn has_urn_prefix(name: &str) -> bool {
    name.get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("urn:"))
}
