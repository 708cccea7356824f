//! A query, read: what to look at, in which order, and which page of it.

use rolecall_scim::{
    Error as ScimError, Filter, ListRequest, Literal, Object, Place, Projection, ResourceType,
    SchemaSet, Sort, Tolerances, fold,
};
use rolecall_store::{Equality, Order};
use serde_json::json;

use super::cursor::Cursors;
use crate::context::Context;

#[cfg(test)]
mod tests;

pub(super) struct Query {
    pub(super) parts: Vec<Part>,
    pub(super) sort: Sort,
    pub(super) page: Page,
    pub(super) count: usize,
    pub(super) cursors: Cursors,
    /// What the client was forgiven.
    pub(super) tolerances: Tolerances,
}

/// The query's share of one resource type.
pub(super) struct Part {
    pub(super) kind: ResourceType,
    pub(super) filter: Option<Filter>,
    pub(super) projection: Projection,
    pub(super) source: Source,
    /// The one member that an index has found in every candidate, if that is all the filter asks about members: a
    /// group may have a hundred thousand, and they need not be read to judge it.
    only_member: Option<String>,
}

impl Part {
    /// What has to be known of a resource to judge it.
    pub(super) fn wants(&self, name: &str) -> bool {
        let known = name == "members" && self.only_member.is_some();
        let filter = self.filter.as_ref();
        !known && filter.is_some_and(|filter| filter.mentions(name))
    }

    /// Judges a resource that has what [`Self::wants`] asks for; and how much text that took, in bytes.
    pub(super) fn judge(&self, resource: &mut Object) -> (bool, usize) {
        let Some(filter) = &self.filter else {
            return (true, 0);
        };
        let Some(member) = &self.only_member else {
            return filter.judge(resource);
        };
        let read = resource.insert("members".to_owned(), json!([{ "value": member }]));
        let judged = filter.judge(resource);
        match read {
            Some(members) => resource.insert("members".to_owned(), members),
            None => resource.shift_remove("members"),
        };
        judged
    }
}

/// Where the resources that may match are found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source {
    All,
    /// By an index: every match satisfies the equality.
    Equality(Equality),
    /// Nowhere: the filter asks for an attribute that only another resource type has.
    Nothing,
}

pub(super) enum Page {
    /// After so many others.
    Index { skip: u64 },
    /// Behind that place; from the beginning without one.
    Cursor(Option<Place>),
}

impl Query {
    /// One resource type, or several for a query at the root (RFC 7644 §3.4.2.1).
    pub(super) fn read(
        context: &Context,
        kinds: &[ResourceType],
        request: &ListRequest,
    ) -> Result<Self, ScimError> {
        let schemas = &context.schemas;
        let strictness = context.strictness;
        let sort = match &request.sort_by {
            None => Sort::default(),
            Some(by) => Sort::parse(schemas, kinds, strictness, by, request.sort_order)?,
        };
        if sort.mentions("members") {
            return Err(ScimError::invalid_value(
                "sortBy: groups are not sorted by their members, which may be a hundred thousand; name another attribute",
            ));
        }
        let mut tolerances = request.tolerances.clone();
        let parts = kinds.iter().map(|&kind| {
            let (attributes, excluded) = (&request.attributes, &request.excluded_attributes);
            let projection =
                Projection::parse(schemas, kind, attributes.as_deref(), excluded.as_deref())?;
            let read = match kinds {
                [_] => Filter::read,
                _ => Filter::read_at_root,
            };
            let filter = request.filter.as_deref();
            let filter = filter
                .map(|text| read(schemas, kind, strictness, text))
                .transpose()?;
            let filter = filter.map(|(filter, forgiven)| {
                // One text, however many types it is read for.
                if kinds.first() == Some(&kind) {
                    tolerances.merge(&forgiven);
                }
                filter
            });
            let source = filter
                .as_ref()
                .map_or(Source::All, |it| source(schemas, kind, it));
            let only_member = match (&source, &filter) {
                (Source::Equality(Equality::Member(member)), Some(filter))
                    if filter.mentions_once("members") =>
                {
                    Some(member.clone())
                }
                _ => None,
            };
            Ok(Part {
                kind,
                filter,
                projection,
                source,
                only_member,
            })
        });
        let parts = parts.collect::<Result<_, ScimError>>()?;
        let cursors = Cursors::of(context.connection.id(), kinds, request, &sort);
        let page = match &request.cursor {
            None => Page::Index {
                skip: request.start_index - 1,
            },
            Some(cursor) => Page::Cursor(cursors.read(cursor)?),
        };
        Ok(Self {
            parts,
            sort,
            page,
            count: request.count as usize,
            cursors,
            tolerances,
        })
    }

    /// The order of the query, if the database can walk through all its sources in it.
    pub(super) fn order(&self) -> Option<Order> {
        let descending = self.sort.is_descending();
        let by_name = |of: ResourceType| matches!(&*self.parts, [part] if part.kind == of);
        let order = match self.sort.attribute().as_deref() {
            None => Order::Id { descending },
            Some("userName") if by_name(ResourceType::User) => Order::Name { descending },
            Some("displayName") if by_name(ResourceType::Group) => Order::Name { descending },
            Some(_) => return None,
        };
        // What an equality finds comes by id.
        let by_equality = |part: &Part| matches!(part.source, Source::Equality(_));
        let walks = order == Order::Id { descending: false } || !self.parts.iter().any(by_equality);
        walks.then_some(order)
    }
}

/// The first equality of the filter that an index answers.
fn source(schemas: &SchemaSet, kind: ResourceType, filter: &Filter) -> Source {
    let equalities = filter.required_equalities();
    let foreign = |path: &str| {
        let outer = path.rsplit_once('.').map_or(path, |(outer, _)| outer);
        !schemas.knows(kind, path) && !schemas.knows(kind, outer)
    };
    if equalities.iter().any(|(path, _)| foreign(path)) {
        return Source::Nothing;
    }
    let mut indexed = equalities
        .into_iter()
        .filter_map(|(path, literal)| equality(kind, &path, literal));
    indexed.next().map_or(Source::All, Source::Equality)
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
        (ResourceType::User, "emails" | "emails.value") => Some(Equality::Lookup {
            attribute: "emails.value".to_owned(),
            value: fold(value),
        }),
        (ResourceType::User, "groups" | "groups.value") => Some(Equality::Group(value.clone())),
        (ResourceType::Group, "members" | "members.value") => Some(Equality::Member(value.clone())),
        _ => None,
    }
}
