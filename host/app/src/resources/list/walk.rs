//! Walks through resources in the order of the query, and keeps those of one page.

use rolecall_scim::{Error as ScimError, Paging, Place};
use rolecall_store::{Order, ResourceRow};

use super::{BATCH, Found, Places, SCAN, behind, looked_at_too_many, place};
use crate::App;
use crate::context::Context;
use crate::error::scim_error;
use crate::resources::query::{Page, Part, Query, Source};

impl App {
    pub(super) async fn walk(
        &self,
        context: &Context,
        query: &Query,
        order: Order,
    ) -> Result<Found, ScimError> {
        let mut after = match &query.page {
            Page::Index { .. } => None,
            Page::Cursor(after) => after.clone(),
        };
        let first = after.is_none();
        let (mut rows, mut matched, mut seen) = (Vec::new(), 0_u64, 0);
        let total = total(context, query).await?;
        // Where most of what is found matches, a page is found at once.
        let mut limit = if query.is_narrow() {
            (query.count + 1).min(BATCH)
        } else {
            BATCH
        };
        let (mut ended, mut too_many) = (false, false);
        while !ended {
            if total.is_some() && rows.len() == query.count {
                break;
            }
            let batch = batch(context, query, order, after.as_ref(), limit).await?;
            too_many = seen >= SCAN && !batch.is_empty();
            if too_many {
                break;
            }
            ended = batch.len() < limit;
            limit = BATCH;
            if let Some((part, last)) = batch.last() {
                after = Some(place(order, query.parts[*part].kind, last)?);
            }
            for found in self.sift(context, query, order, batch, &mut seen).await? {
                let wanted = match &query.page {
                    Page::Index { skip } => matched >= *skip && rows.len() < query.count,
                    // One more than the page holds tells that there is another page.
                    Page::Cursor(_) => rows.len() <= query.count,
                };
                matched += 1;
                if wanted {
                    rows.push(found);
                }
            }
            if matches!(query.page, Page::Cursor(_)) && rows.len() > query.count {
                break;
            }
        }
        let paging = match &query.page {
            Page::Index { .. } if too_many => return Err(looked_at_too_many(query)),
            Page::Index { skip } => Paging::Index {
                total: total.unwrap_or(matched),
                start_index: skip + 1,
            },
            Page::Cursor(_) => {
                let full = rows.len() > query.count;
                rows.truncate(query.count);
                let behind = match rows.last().filter(|_| full) {
                    Some((part, last)) => Some(place(order, query.parts[*part].kind, last)?),
                    // The page ends where the budget did: there may be more behind what was looked at.
                    None => after.filter(|_| too_many),
                };
                let total = (first && behind.is_none()).then_some(matched);
                let next = behind.map(|place| query.cursors.write(&place));
                Paging::Cursor { total, next }
            }
        };
        Ok(Found {
            paging,
            rows,
            places: Places::In(order),
        })
    }

    /// Those of a batch that match, in their order.
    async fn sift(
        &self,
        context: &Context,
        query: &Query,
        order: Order,
        batch: Vec<(usize, ResourceRow)>,
        seen: &mut usize,
    ) -> Result<Vec<(usize, ResourceRow)>, ScimError> {
        let mut matches = Vec::with_capacity(batch.len());
        let several = query.parts.len() > 1;
        for (index, rows) in by_part(query, batch) {
            let part = &query.parts[index];
            if part.filter.is_none() {
                *seen += rows.len();
                matches.extend(rows.into_iter().map(|row| (index, row)));
                continue;
            }
            let judged = self.judged(context, part, rows, false, seen).await?;
            matches.extend(judged.into_iter().map(|(row, _)| (index, row)));
        }
        if several {
            merge(order, &mut matches);
        }
        Ok(matches)
    }
}

/// How many resources match, where that can be counted without looking at them and is asked for.
async fn total(context: &Context, query: &Query) -> Result<Option<u64>, ScimError> {
    let unfiltered = query.parts.iter().all(|part| part.filter.is_none());
    if !unfiltered || matches!(query.page, Page::Cursor(_)) {
        return Ok(None);
    }
    let mut total = 0;
    for part in &query.parts {
        let count = context.connection.resource_count(part.kind.name()).await;
        total += count.map_err(scim_error)? as u64;
    }
    Ok(Some(total))
}

/// The next resources of all parts together.
async fn batch(
    context: &Context,
    query: &Query,
    order: Order,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<(usize, ResourceRow)>, ScimError> {
    let mut batch = Vec::new();
    for (index, part) in query.parts.iter().enumerate() {
        let rows = next(context, part, order, after, limit).await?;
        batch.extend(rows.into_iter().map(|row| (index, row)));
    }
    if query.parts.len() > 1 {
        merge(order, &mut batch);
        // The first of each part hold the first of all.
        batch.truncate(limit);
    }
    Ok(batch)
}

/// The next resources of one part.
pub(super) async fn next(
    context: &Context,
    part: &Part,
    order: Order,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<ResourceRow>, ScimError> {
    let (connection, kind) = (&context.connection, part.kind.name());
    let behind = after.map(|place| behind(order, place));
    let most = limit as i64;
    let rows = match (&part.source, order) {
        (Source::Nothing, _) => return Ok(vec![]),
        (Source::Equality(equality), _) => {
            let after = after.map(Place::id).unwrap_or_default();
            connection.find(kind, equality, after, most).await
        }
        (Source::Modified(span), Order::Modified { descending }) => {
            let rows = connection.modified_within(kind, span, descending, behind, most);
            rows.await
        }
        (Source::All | Source::Modified(_), _) => {
            connection.resources_after(kind, order, behind, most).await
        }
    };
    rows.map_err(scim_error)
}

/// Several resource types have two orders in common: that of ids, and that of changes.
fn merge(order: Order, rows: &mut [(usize, ResourceRow)]) {
    let (by_time, descending) = match order {
        Order::Id { descending } | Order::Name { descending } => (false, descending),
        Order::Modified { descending } => (true, descending),
    };
    let time = |row: &ResourceRow| if by_time { row.modified_at } else { 0 };
    rows.sort_by(|(_, a), (_, b)| (time(a), &a.id).cmp(&(time(b), &b.id)));
    if descending {
        rows.reverse();
    }
}

fn by_part(
    query: &Query,
    batch: Vec<(usize, ResourceRow)>,
) -> impl Iterator<Item = (usize, Vec<ResourceRow>)> {
    let mut parts: Vec<Vec<ResourceRow>> = Vec::new();
    parts.resize_with(query.parts.len(), Vec::new);
    for (part, row) in batch {
        parts[part].push(row);
    }
    parts.into_iter().enumerate()
}
