//! Lists (RFC 7644 §3.4.2, RFC 9865): filter, sort, page, answer.
//!
//! An index narrows a filter down or gives the order where it can; the protocol's own evaluator has the last word on
//! every candidate, so both databases answer alike. What no index answers costs at most a fixed number of resources
//! to look at, whatever is asked.

mod few;
mod gather;
mod straight;
mod walk;

use std::sync::Arc;

use rolecall_scim::{
    Error as ScimError, ListRequest, Object, Paging, Place, ResourceType, fold, list_response,
};
use rolecall_store::{Behind, Equality, Order, ResourceRow};
use serde_json::Value;

use super::With;
use super::members::{MOST, Members};
use super::query::{Part, Query, Source};
use crate::context::{Context, parse};
use crate::error::scim_error;
use crate::{App, request};

/// Resources, with the members or groups that come with them, that a query may look at.
const SCAN: usize = 100_000;
/// Text that is compared, in bytes, for which a query may look at one resource less: few resources can be large.
const TEXT: usize = 4096;
/// Read at a time.
const BATCH: usize = 500;

/// A page of a query.
struct Found {
    paging: Paging,
    /// With the index of the part they belong to.
    rows: Vec<(usize, ResourceRow)>,
    places: Places,
}

/// Where the rows of a page stand: in an order that the database has, or where they were gathered.
enum Places {
    In(Order),
    Are(Vec<Place>),
}

impl App {
    /// Lists resources of one type, or of all (RFC 7644 §3.4.2.1).
    pub async fn list(
        &self,
        context: &Arc<Context>,
        kinds: &[ResourceType],
        request: &ListRequest,
    ) -> Result<Value, ScimError> {
        let query = Query::read(context, kinds, request)?;
        query.note();
        let answer = self.answered(context, &query).await?;
        request::found(&answer);
        self.forgave(context, &query.tolerances);
        Ok(answer)
    }

    async fn answered(&self, context: &Context, query: &Query) -> Result<Value, ScimError> {
        if let Some(answer) = self.few(context, query).await? {
            return Ok(answer);
        }
        let found = match (&*query.parts, query.order()) {
            ([part], Some(order)) if part.filter.is_none() => {
                straight::straight(context, query, part, order).await?
            }
            // Who changes while pages by index are counted would be counted twice, or not at all.
            (_, Some(order)) if query.is_by_cursor() || matches!(order, Order::Id { .. }) => {
                self.walk(context, query, order).await?
            }
            _ => self.gather(context, query).await?,
        };
        self.page(context, query, found).await
    }

    /// Those of the rows that match, completed with what judging takes, and `also_groups` with those of users. Counts
    /// what it looked at: resources, their members or groups, and long texts.
    async fn judged(
        &self,
        context: &Context,
        part: &Part,
        rows: Vec<ResourceRow>,
        also_groups: bool,
        seen: &mut usize,
    ) -> Result<Vec<(ResourceRow, Object)>, ScimError> {
        let members = part.members();
        let with = With {
            groups: part.mentions("groups") || also_groups,
            members,
        };
        // What comes with its members or groups comes few at a time: a batch of it may be more than memory holds.
        let (at_once, each) = match members {
            // Looked up pair by pair.
            Members::Named(ids) => ((BATCH / ids.len().max(1)).max(1), ids.len().max(1)),
            Members::All => (1, 1),
            Members::Nobody if with.groups => (20, 1),
            Members::Nobody => (BATCH, 1),
        };
        let mut matches = Vec::new();
        let mut rows = rows.into_iter();
        loop {
            let mut some: Vec<ResourceRow> = rows.by_ref().take(at_once).collect();
            if some.is_empty() {
                return Ok(matches);
            }
            *seen += some.len() * each;
            while !some.is_empty() {
                let complete = self.complete(context, part.kind, &some, with).await?;
                for (row, mut resource) in some.drain(..complete.len()).zip(complete) {
                    for name in ["members", "groups"] {
                        let others = resource.get(name).and_then(Value::as_array);
                        *seen += others.map_or(0, Vec::len);
                    }
                    let (is_match, text) = part.judge(&mut resource);
                    *seen += text / TEXT;
                    if is_match {
                        matches.push((row, resource));
                    }
                }
            }
        }
    }

    /// Renders a page, type by type, in the order of its rows. With more members or groups than one answer holds, a page
    /// by cursor ends early.
    async fn page(
        &self,
        context: &Context,
        query: &Query,
        found: Found,
    ) -> Result<Value, ScimError> {
        let Found {
            mut paging,
            rows,
            places,
        } = found;
        let mut end = rows.len();
        let mut page: Vec<(usize, Object)> = Vec::with_capacity(end);
        let mut by_part: Vec<(Vec<usize>, Vec<ResourceRow>)> = Vec::new();
        by_part.resize_with(query.parts.len(), Default::default);
        for (position, (part, row)) in rows.into_iter().enumerate() {
            by_part[part].0.push(position);
            by_part[part].1.push(row);
        }
        for (part, (positions, rows)) in query.parts.iter().zip(&by_part) {
            let rendered = self.rendered(context, part.kind, rows, &part.projection);
            let rendered = rendered.await?;
            end = end.min(positions.get(rendered.len()).copied().unwrap_or(end));
            page.extend(positions.iter().copied().zip(rendered));
        }
        page.sort_unstable_by_key(|(position, _)| *position);
        let is_cut = end < by_part.iter().map(|(positions, _)| positions.len()).sum();
        if is_cut {
            let Paging::Cursor { next, .. } = &mut paging else {
                return Err(holds_too_many(query));
            };
            page.truncate(end);
            let last = match &places {
                Places::Are(places) => places.get(end - 1).cloned(),
                Places::In(order) => {
                    let rows = query.parts.iter().zip(&by_part);
                    let mut last = rows.filter_map(|(part, (positions, rows))| {
                        let index = positions.binary_search(&(end - 1)).ok()?;
                        Some(place(*order, part.kind, &rows[index]))
                    });
                    last.next_back().transpose()?
                }
            };
            *next = last.map(|place| query.cursors.write(&place));
        }
        let resources = page.into_iter().map(|(_, resource)| resource);
        Ok(list_response(paging, resources.collect()))
    }
}

impl Query {
    /// Notes whom it asks for.
    fn note(&self) {
        for part in &self.parts {
            match &part.source {
                Source::Equality(Equality::Name(name)) => request::looks_for(Some(part.kind), name),
                Source::Equality(Equality::ExternalId(id)) => {
                    request::looks_for(Some(part.kind), id);
                }
                Source::Equality(Equality::Id(id) | Equality::Group(id) | Equality::Member(id)) => {
                    request::looks_for(None, id);
                }
                Source::Equality(Equality::Display(name)) => {
                    request::looks_for(Some(part.kind), name);
                }
                _ => {}
            }
        }
    }

    fn is_behind(&self, after: Option<&Place>, place: &Place) -> bool {
        after.is_none_or(|after| self.sort.compare(after, place).is_lt())
    }
}

/// What the database knows a place by.
fn behind(order: Order, place: &Place) -> Behind<'_> {
    match order {
        Order::Id { .. } => Behind::Key(place.id()),
        Order::Name { .. } => Behind::Key(place.text().unwrap_or_default()),
        Order::Modified { .. } => {
            Behind::Modified(place.millisecond().unwrap_or_default(), place.id())
        }
    }
}

/// The place of a row in an order of the database.
fn place(order: Order, kind: ResourceType, row: &ResourceRow) -> Result<Place, ScimError> {
    let id = row.id.clone();
    match order {
        Order::Id { .. } => return Ok(Place::by_id(id)),
        Order::Modified { .. } => return Ok(Place::by_millisecond(row.modified_at, id)),
        Order::Name { .. } => {}
    }
    let doc: Object = parse("resource", &row.doc).map_err(scim_error)?;
    let name = match kind {
        ResourceType::User => "userName",
        ResourceType::Group => "displayName",
    };
    let name = doc.get(name).and_then(Value::as_str).unwrap_or_default();
    Ok(Place::by_text(fold(name), id))
}

fn holds_too_many(query: &Query) -> ScimError {
    let names = query.parts.iter().map(|part| match part.kind {
        ResourceType::User => "groups",
        ResourceType::Group => "members",
    });
    let names: Vec<&str> = names.collect();
    let (them, excluded) = (names.join(" and "), names.join(","));
    ScimError::too_many(format!(
        "The resources of this page have more than {MOST} {them} together; ask for fewer at a time (count), without them \
         (excludedAttributes={excluded}), or by cursor (RFC 9865), which ends a page where it is full.",
    ))
}

fn looked_at_too_many(query: &Query) -> ScimError {
    let or = match query.order() {
        None if query.is_sorted() => {
            "or sort by id, userName (users), displayName (groups) or meta.lastModified, or not at all"
        }
        _ => "or read by cursor (RFC 9865)",
    };
    ScimError::too_many(format!(
        "The query looked at {SCAN} resources, and there are more. Narrow it down by an equality on id, userName, \
         externalId, displayName, emails.value, groups.value or members.value, or by meta.lastModified, {or}.",
    ))
}
