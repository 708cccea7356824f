//! Lists (RFC 7644 §3.4.2, RFC 9865): filter, sort, page, answer.
//!
//! An index narrows a filter down or gives the order where it can; the protocol's own evaluator has the last word on
//! every candidate, so both databases answer alike. What no index answers costs at most a fixed number of resources
//! to look at, whatever is asked.

mod gather;
mod walk;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rolecall_scim::{
    Error as ScimError, ListRequest, Object, Paging, Place, ResourceType, fold, list_response,
};
use rolecall_store::{Order, ResourceRow};
use serde_json::Value;

use super::query::{Page, Part, Query, Source};
use crate::App;
use crate::context::{Context, parse};
use crate::error::scim_error;

/// Resources that a query may look at besides those it answers.
const SCAN: usize = 100_000;
/// Read at a time.
const BATCH: usize = 500;
/// Resources that a page by index may skip: the database counts them one by one.
const SKIP: u64 = 1_000_000;

/// A page of a query.
struct Found {
    paging: Paging,
    /// With the index of the part they belong to.
    rows: Vec<(usize, ResourceRow)>,
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
        if let Some(answer) = self.few(context, &query).await? {
            return Ok(answer);
        }
        let found = match (&*query.parts, query.order()) {
            ([part], Some(order)) if part.filter.is_none() => {
                straight(context, &query, part, order).await?
            }
            (_, Some(order)) => self.walk(context, &query, order).await?,
            (_, None) => self.gather(context, &query).await?,
        };
        let resources = self.page(context, &query, found.rows).await?;
        Ok(list_response(found.paging, resources))
    }

    /// Where an index finds no more than a page holds, what is rendered to be judged is what is answered.
    async fn few(&self, context: &Context, query: &Query) -> Result<Option<Value>, ScimError> {
        let [
            Part {
                kind,
                filter: Some(filter),
                projection,
                source: Source::Equality(equality),
            },
        ] = &*query.parts
        else {
            return Ok(None);
        };
        let limit = query.count as i64 + 1;
        let rows = context.connection.find(kind.name(), equality, "", limit);
        let rows = rows.await.map_err(scim_error)?;
        if rows.len() > query.count {
            return Ok(None);
        }
        let wants = |name: &str| {
            filter.mentions(name) || query.sort.mentions(name) || projection.wants(name)
        };
        let complete = self.complete(context, *kind, &rows, wants).await;
        let mut matches = complete.map_err(scim_error)?;
        matches.retain(|resource| filter.matches(resource));
        if matches.len() > 1 {
            matches.sort_by_cached_key(|resource| query.rank(query.sort.place(resource)));
        }
        let total = matches.len() as u64;
        let paging = match &query.page {
            Page::Index { skip } => {
                matches.drain(..matches.len().min(*skip as usize));
                Paging::Index {
                    total,
                    start_index: skip + 1,
                }
            }
            Page::Cursor(after) => {
                matches.retain(|resource| {
                    query.is_behind(after.as_ref(), &query.sort.place(resource))
                });
                Paging::Cursor {
                    total: Some(total),
                    next: None,
                }
            }
        };
        let resources = matches.into_iter().map(|it| projection.apply(it));
        Ok(Some(list_response(paging, resources.collect())))
    }

    /// Renders the rows of a page, type by type, in their order.
    async fn page(
        &self,
        context: &Context,
        query: &Query,
        rows: Vec<(usize, ResourceRow)>,
    ) -> Result<Vec<Object>, ScimError> {
        let mut page: Vec<(usize, Object)> = Vec::with_capacity(rows.len());
        let mut by_part: Vec<(Vec<usize>, Vec<ResourceRow>)> = Vec::new();
        by_part.resize_with(query.parts.len(), Default::default);
        for (place, (part, row)) in rows.into_iter().enumerate() {
            by_part[part].0.push(place);
            by_part[part].1.push(row);
        }
        for (part, (places, rows)) in query.parts.iter().zip(by_part) {
            let rendered = self.rendered(context, part.kind, &rows, &part.projection);
            page.extend(places.into_iter().zip(rendered.await?));
        }
        page.sort_unstable_by_key(|(place, _)| *place);
        Ok(page.into_iter().map(|(_, resource)| resource).collect())
    }
}

impl Query {
    fn is_behind(&self, after: Option<&Place>, place: &Place) -> bool {
        after.is_none_or(|after| self.sort.compare(after, place).is_lt())
    }

    /// A place as a key that sorts in the order of the query.
    fn rank(&self, place: Place) -> Rank {
        if self.sort.is_descending() {
            Rank::Descending(std::cmp::Reverse(place))
        } else {
            Rank::Ascending(place)
        }
    }
}

/// Of one query all are of one kind.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Ascending(Place),
    Descending(std::cmp::Reverse<Place>),
}

/// A page without a filter, in an order that an index has: the database does it all.
async fn straight(
    context: &Context,
    query: &Query,
    part: &Part,
    order: Order,
) -> Result<Found, ScimError> {
    let (connection, kind) = (&context.connection, part.kind.name());
    let count = query.count;
    let (paging, rows) = match &query.page {
        Page::Index { skip } => {
            let total = connection.resource_count(kind).await.map_err(scim_error)? as u64;
            let rows = if count == 0 || *skip >= total {
                vec![]
            } else {
                reachable(*skip)?;
                let rows = connection.resources_at(kind, order, *skip as i64, count as i64);
                rows.await.map_err(scim_error)?
            };
            let start_index = skip + 1;
            (Paging::Index { total, start_index }, rows)
        }
        Page::Cursor(after) => {
            let behind = after.as_ref().map(|place| key(order, place));
            let rows = connection.resources_after(kind, order, behind, count as i64 + 1);
            let mut rows = rows.await.map_err(scim_error)?;
            let more = rows.len() > count;
            rows.truncate(count);
            let next = match rows.last().filter(|_| more) {
                Some(last) => Some(query.cursors.write(&place(order, part.kind, last)?)),
                None => None,
            };
            // Counting would cost as much as reading all.
            let total = (after.is_none() && !more).then_some(rows.len() as u64);
            (Paging::Cursor { total, next }, rows)
        }
    };
    let rows = rows.into_iter().map(|row| (0, row)).collect();
    Ok(Found { paging, rows })
}

fn reachable(skip: u64) -> Result<(), ScimError> {
    if skip <= SKIP {
        return Ok(());
    }
    Err(ScimError::too_many(format!(
        "startIndex reaches no further than {SKIP}; read on by cursor (RFC 9865), which costs the same everywhere.",
    )))
}

/// What the database knows a place by.
fn key(order: Order, place: &Place) -> &str {
    match order {
        Order::Id { .. } => place.id(),
        Order::Name { .. } => place.text().unwrap_or_default(),
    }
}

/// The place of a row in an order of the database.
fn place(order: Order, kind: ResourceType, row: &ResourceRow) -> Result<Place, ScimError> {
    let id = row.id.clone();
    if matches!(order, Order::Id { .. }) {
        return Ok(Place::by_id(id));
    }
    let doc: Object = parse("resource", &row.doc).map_err(scim_error)?;
    let name = match kind {
        ResourceType::User => "userName",
        ResourceType::Group => "displayName",
    };
    let name = doc.get(name).and_then(Value::as_str).unwrap_or_default();
    Ok(Place::by_text(fold(name), id))
}

fn looked_at_too_many(query: &Query) -> ScimError {
    let sorted = match query.order() {
        Some(_) => "",
        None => " Sort by id, userName (users) or displayName (groups), or not at all.",
    };
    ScimError::too_many(format!(
        "No index answers this query, and it looked at {SCAN} resources. Add an equality on id, userName, externalId, \
         displayName (groups), emails.value, groups.value or members.value, or read by cursor (RFC 9865).{sorted}",
    ))
}
