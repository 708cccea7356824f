//! A query, read: what to look at, in which order, and which page of it.

mod source;

use rolecall_scim::{
    Error as ScimError, Filter, ListRequest, Object, Place, Projection, ResourceType, Sort,
    SortOrder, Tolerances,
};
use rolecall_store::{Equality, Order};
use serde_json::json;

use super::cursor::Cursors;
use super::members::Members;
use crate::context::Context;

#[cfg(test)]
mod tests;

pub(super) use source::Source;

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
    asked: Asked,
}

/// What the filter asks about members of groups, of which one may have a hundred thousand.
enum Asked {
    Nothing,
    /// Nothing but that this one is there, which an index has found for every candidate.
    Found(String),
    /// Only about these.
    Named(Vec<String>),
    Anybody,
}

impl Asked {
    fn of(kind: ResourceType, filter: Option<&Filter>, source: &Source) -> Self {
        let Some(filter) =
            filter.filter(|it| kind == ResourceType::Group && it.mentions("members"))
        else {
            return Self::Nothing;
        };
        match (source, filter.members_named()) {
            (Source::Equality(Equality::Member(member)), Some(_))
                if filter.mentions_once("members") =>
            {
                Self::Found(member.clone())
            }
            (_, Some(ids)) => Self::Named(ids.into_iter().map(str::to_owned).collect()),
            (_, None) => Self::Anybody,
        }
    }
}

impl Part {
    /// Whether the filter looks at an attribute.
    pub(super) fn mentions(&self, name: &str) -> bool {
        let filter = self.filter.as_ref();
        filter.is_some_and(|filter| filter.mentions(name))
    }

    /// The members that have to be known of a group to judge it.
    pub(super) fn members(&self) -> Members<'_> {
        match &self.asked {
            Asked::Nothing | Asked::Found(_) => Members::Nobody,
            Asked::Named(ids) => Members::Named(ids),
            Asked::Anybody => Members::All,
        }
    }

    /// An order in which all that may match can be looked at.
    pub(super) fn order(&self) -> Order {
        let descending = false;
        match self.source {
            Source::Modified(_) => Order::Modified { descending },
            Source::All | Source::Equality(_) | Source::Nothing => Order::Id { descending },
        }
    }

    /// Judges a resource that has [`Self::members`]; and how much text that took, in bytes.
    pub(super) fn judge(&self, resource: &mut Object) -> (bool, usize) {
        let Some(filter) = &self.filter else {
            return (true, 0);
        };
        let Asked::Found(member) = &self.asked else {
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
        let mut sort = match &request.sort_by {
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
                .map_or(Source::All, |it| Source::of(schemas, kind, it));
            let asked = Asked::of(kind, filter.as_ref(), &source);
            Ok(Part {
                kind,
                filter,
                projection,
                source,
                asked,
            })
        });
        let parts: Vec<Part> = parts.collect::<Result<_, ScimError>>()?;
        // Nobody asked for another order, and in this one an index finds the matches. Pages by index keep to ids:
        // among them nothing moves while somebody reads.
        if let (None, Some(_)) = (&request.sort_by, &request.cursor)
            && parts
                .iter()
                .any(|it| matches!(it.source, Source::Modified(_)))
        {
            // The oldest first, whatever sortOrder says of the sortBy that isn't there.
            let (by, order) = ("meta.lastModified", SortOrder::Ascending);
            sort = Sort::parse(schemas, kinds, strictness, by, order)?;
        }
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
            Some("meta.lastModified") => Order::Modified { descending },
            Some(_) => return None,
        };
        let comes = |part: &Part| match &part.source {
            Source::All | Source::Nothing => true,
            // What an equality finds comes by id.
            Source::Equality(_) => order == Order::Id { descending: false },
            Source::Modified(_) => matches!(order, Order::Modified { .. }),
        };
        self.parts.iter().all(comes).then_some(order)
    }

    /// Whether no more than an index finds has to be looked at.
    pub(super) fn is_narrow(&self) -> bool {
        let narrow = |part: &Part| part.filter.is_none() || part.source != Source::All;
        self.parts.iter().all(narrow)
    }

    pub(super) fn is_by_cursor(&self) -> bool {
        matches!(self.page, Page::Cursor(_))
    }

    /// Whether the client asked for an order, but that of ids.
    pub(super) fn is_sorted(&self) -> bool {
        self.sort.attribute().is_some()
    }
}
