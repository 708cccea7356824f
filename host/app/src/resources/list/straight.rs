//! A page without a filter, in an order that an index has: the database does it all.

use rolecall_scim::{Error as ScimError, Paging};
use rolecall_store::Order;

use super::{Found, Places, behind, place};
use crate::context::Context;
use crate::error::scim_error;
use crate::resources::query::{Page, Part, Query};

#[cfg(test)]
mod tests;

/// Resources that a page by index may skip: the database counts them one by one.
const SKIP: u64 = 1_000_000;

pub(super) async fn straight(
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
            let behind = after.as_ref().map(|place| behind(order, place));
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
    Ok(Found {
        paging,
        rows,
        places: Places::In(order),
    })
}

fn reachable(skip: u64) -> Result<(), ScimError> {
    if skip <= SKIP {
        return Ok(());
    }
    Err(ScimError::too_many(format!(
        "startIndex reaches no further than {SKIP}; read on by cursor (RFC 9865), which costs the same everywhere.",
    )))
}
