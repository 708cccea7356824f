//! Where nothing can be walked in the order of the query, or not without somebody moving meanwhile: gathers the places of
//! all matches, sorts them, and reads the page.

use std::collections::HashMap;

use rolecall_scim::{Error as ScimError, Paging, Place};
use rolecall_store::ResourceRow;

use super::walk::next;
use super::{BATCH, Found, Places, SCAN, looked_at_too_many, place};
use crate::App;
use crate::context::Context;
use crate::error::scim_error;
use crate::resources::query::{Page, Query};

impl App {
    pub(super) async fn gather(
        &self,
        context: &Context,
        query: &Query,
    ) -> Result<Found, ScimError> {
        let mut places: Vec<_> = self.places(context, query).await?.into_values().collect();
        places.sort_by(|(_, a), (_, b)| query.sort.compare(a, b));
        let total = places.len() as u64;
        let skipped = match &query.page {
            Page::Index { skip } => (*skip as usize).min(places.len()),
            Page::Cursor(after) => {
                places.partition_point(|(_, place)| !query.is_behind(after.as_ref(), place))
            }
        };
        let rest = &places[skipped..];
        let page = &rest[..rest.len().min(query.count)];
        let paging = match &query.page {
            Page::Index { skip } => Paging::Index {
                total,
                start_index: skip + 1,
            },
            Page::Cursor(_) => {
                let last = page.last().filter(|_| rest.len() > page.len());
                Paging::Cursor {
                    total: Some(total),
                    next: last.map(|(_, place)| query.cursors.write(place)),
                }
            }
        };
        let (rows, places) = rows(context, query, page).await?;
        Ok(Found {
            paging,
            rows,
            places: Places::Are(places),
        })
    }

    /// By id: what changes meanwhile comes a second time in the order of changes.
    async fn places(
        &self,
        context: &Context,
        query: &Query,
    ) -> Result<HashMap<String, (usize, Place)>, ScimError> {
        let (mut places, mut seen) = (HashMap::new(), 0);
        let by_groups = query.sort.mentions("groups");
        for (index, part) in query.parts.iter().enumerate() {
            let order = part.order();
            let (mut after, mut ended) = (None, false);
            while !ended {
                let batch = next(context, part, order, after.as_ref(), BATCH).await?;
                if seen >= SCAN && !batch.is_empty() {
                    return Err(looked_at_too_many(query));
                }
                ended = batch.len() < BATCH;
                if let Some(last) = batch.last() {
                    after = Some(place(order, part.kind, last)?);
                }
                let matches = self.judged(context, part, batch, by_groups, &mut seen);
                places.extend(matches.await?.into_iter().map(|(row, resource)| {
                    let place = query.sort.place(&resource);
                    (row.id, (index, place))
                }));
            }
        }
        Ok(places)
    }
}

/// The resources at those places, and where they are; who was deleted meanwhile is not on the page.
async fn rows(
    context: &Context,
    query: &Query,
    page: &[(usize, Place)],
) -> Result<(Vec<(usize, ResourceRow)>, Vec<Place>), ScimError> {
    let mut found = HashMap::with_capacity(page.len());
    for (index, part) in query.parts.iter().enumerate() {
        let own = page.iter().filter(|(of, _)| *of == index);
        let ids: Vec<&str> = own.map(|(_, place)| place.id()).collect();
        let rows = context.connection.resources(part.kind.name(), &ids).await;
        let rows = rows.map_err(scim_error)?;
        found.extend(rows.into_iter().map(|row| (row.id.clone(), (index, row))));
    }
    let in_order = page
        .iter()
        .filter_map(|(_, place)| Some((found.remove(place.id())?, place.clone())));
    Ok(in_order.unzip())
}
