//! Where an index finds no more than a page holds, what is rendered to be judged is what is answered.

use rolecall_scim::{Error as ScimError, Object, Paging, Place, ResourceType, list_response};
use rolecall_store::ResourceRow;
use serde_json::Value;

use super::BATCH;
use crate::App;
use crate::context::Context;
use crate::error::scim_error;
use crate::resources::With;
use crate::resources::members::{self, Members};
use crate::resources::query::{Page, Part, Query, Source};

impl App {
    /// None: it finds more, or what is not to be held at once, or there is no index.
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
        if matches!(query.page, Page::Cursor(Some(_))) {
            // There was more than a page.
            return Ok(None);
        }
        let judged_by = part.members();
        let all_members = *kind == ResourceType::Group && projection.wants("members");
        if matches!(judged_by, Members::All) && !all_members {
            // Only to be judged, groups are read one at a time.
            return Ok(None);
        }
        let (connection, limit) = (&context.connection, query.count as i64 + 1);
        let rows = match &part.source {
            Source::Equality(equality) => connection.find(kind.name(), equality, "", limit).await,
            Source::Modified(span) => {
                let rows = connection.modified_within(kind.name(), span, false, None, limit);
                rows.await
            }
            Source::All | Source::Nothing => return Ok(None),
        };
        let rows = rows.map_err(scim_error)?;
        let too_many = rows.len() > query.count
            || match judged_by {
                Members::Nobody => false,
                Members::Named(ids) => rows.len() * ids.len() > BATCH,
                Members::All => rows.len() > 1,
            };
        if too_many {
            return Ok(None);
        }
        let wants =
            |name: &str| part.mentions(name) || query.sort.mentions(name) || projection.wants(name);
        let with = With {
            groups: wants("groups"),
            members: judged_by,
        };
        let complete = self.complete(context, *kind, &rows, with).await?;
        if complete.len() < rows.len() {
            return Ok(None);
        }
        let mut matches: Vec<(ResourceRow, Object)> = rows.into_iter().zip(complete).collect();
        matches.retain_mut(|(_, resource)| part.judge(resource).0);
        let (rows, mut matches): (Vec<ResourceRow>, Vec<Object>) = matches.into_iter().unzip();
        if all_members && !matches!(judged_by, Members::All) {
            // Of groups that don't match, nobody wants to see the members.
            let mut members = members::read(context, &rows, Members::All).await?;
            if members.len() < rows.len() {
                return Ok(None);
            }
            for (row, group) in rows.iter().zip(&mut matches) {
                members::put(group, members.remove(&*row.id).unwrap_or_default());
            }
        }
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
