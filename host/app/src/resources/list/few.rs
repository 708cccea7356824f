//! Where an index finds no more than a page holds, what is rendered to be judged is what is answered.

use rolecall_scim::{Error as ScimError, Object, Paging, Place, list_response};
use serde_json::Value;

use crate::App;
use crate::context::Context;
use crate::error::scim_error;
use crate::resources::query::{Page, Part, Query, Source};

impl App {
    /// None: it finds more, or there is no index.
    pub(super) async fn few(
        &self,
        context: &Context,
        query: &Query,
    ) -> Result<Option<Value>, ScimError> {
        let [part] = &*query.parts else {
            return Ok(None);
        };
        let Part {
            kind, projection, ..
        } = part;
        let Source::Equality(equality) = &part.source else {
            return Ok(None);
        };
        if part.wants("members") && !projection.wants("members") {
            // Only to be judged, groups are read one at a time.
            return Ok(None);
        }
        let limit = query.count as i64 + 1;
        let rows = context.connection.find(kind.name(), equality, "", limit);
        let rows = rows.await.map_err(scim_error)?;
        if rows.len() > query.count {
            return Ok(None);
        }
        let wants =
            |name: &str| part.wants(name) || query.sort.mentions(name) || projection.wants(name);
        let complete = self.complete(context, *kind, &rows, wants).await;
        let mut matches = complete.map_err(scim_error)?;
        matches.retain_mut(|resource| part.judge(resource).0);
        let mut matches: Vec<(Place, Object)> = matches
            .into_iter()
            .map(|resource| (query.sort.place(&resource), resource))
            .collect();
        matches.sort_by(|(a, _), (b, _)| query.sort.compare(a, b));
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
                matches.retain(|(place, _)| query.is_behind(after.as_ref(), place));
                Paging::Cursor {
                    total: Some(total),
                    next: None,
                }
            }
        };
        let resources = matches.into_iter().map(|(_, it)| projection.apply(it));
        Ok(Some(list_response(paging, resources.collect())))
    }
}
