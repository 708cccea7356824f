//! Where an index finds what a filter may match.

use std::ops::RangeInclusive;

use rolecall_scim::{Filter, Literal, ResourceType, SchemaSet, fold};
use rolecall_store::Equality;

use crate::users::display_key;

/// Where the resources that may match are found.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::resources) enum Source {
    All,
    /// By an index: every match satisfies the equality.
    Equality(Equality),
    /// By an index: every match was last changed between these times, in milliseconds since 1970.
    Modified(RangeInclusive<i64>),
    /// Nowhere: the filter asks for an attribute that only another resource type has.
    Nothing,
}

impl Source {
    /// Of what the filter asks of every match and an index answers, what finds the fewest.
    pub(super) fn of(schemas: &SchemaSet, kind: ResourceType, filter: &Filter) -> Self {
        let equalities = filter.required_equalities();
        let foreign = |path: &str| {
            let outer = path.rsplit_once('.').map_or(path, |(outer, _)| outer);
            !schemas.knows(kind, path) && !schemas.knows(kind, outer)
        };
        if equalities.iter().any(|(path, _)| foreign(path)) {
            return Self::Nothing;
        }
        let indexed = equalities
            .into_iter()
            .filter_map(|(path, literal)| equality(kind, &path, literal));
        match (indexed.min_by_key(finds), filter.modified_within()) {
            (Some(equality), _) => Self::Equality(equality),
            (None, Some(span)) => Self::Modified(span),
            (None, None) => Self::All,
        }
    }
}

/// What finds one comes before what finds some, and that before what may find everybody.
fn finds(equality: &Equality) -> u8 {
    match equality {
        Equality::Id(_) | Equality::Name(_) | Equality::ExternalId(_) => 0,
        Equality::Lookup { .. } | Equality::Member(_) => 1,
        Equality::Display(_) => 2,
        Equality::Group(_) => 3,
    }
}

fn equality(kind: ResourceType, path: &str, literal: &Literal) -> Option<Equality> {
    let Literal::String(value) = literal else {
        return None;
    };
    match (kind, path) {
        (_, "id") => Some(Equality::Id(value.clone())),
        (_, "externalId") => Some(Equality::ExternalId(value.clone())),
        (ResourceType::User, "userName") | (ResourceType::Group, "displayName") => {
            Some(Equality::Name(fold(value)))
        }
        (ResourceType::User, "displayName") => Some(Equality::Display(display_key(value))),
        (ResourceType::User, "emails" | "emails.value") => Some(Equality::Lookup {
            attribute: "emails.value".to_owned(),
            value: fold(value),
        }),
        (ResourceType::User, "groups" | "groups.value") => Some(Equality::Group(value.clone())),
        (ResourceType::Group, "members" | "members.value") => Some(Equality::Member(value.clone())),
        _ => None,
    }
}
