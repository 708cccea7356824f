//! Lists (RFC 7644 §3.4.2): filter, page, answer.
//!
//! An index narrows a filter down where it can; the protocol's own evaluator has the last word on every
//! candidate, so both databases answer alike.

use std::sync::Arc;

use rolecall_scim::{
    Error as ScimError, Filter, ListRequest, Literal, Object, Projection, ResourceType, SchemaSet,
    fold, list_response,
};
use rolecall_store::{Equality, Error as StoreError, ResourceRow};
use serde_json::Value;

use crate::App;
use crate::context::Context;
use crate::error::scim_error;

/// Resources that a filter without an index may look at.
const SCAN: usize = 100_000;
/// Read at a time.
const BATCH: i64 = 500;
/// Candidates that an index may yield.
const CANDIDATES: i64 = 10_000;

impl App {
    pub async fn list(
        &self,
        context: &Arc<Context>,
        kind: ResourceType,
        request: &ListRequest,
    ) -> Result<Value, ScimError> {
        let schemas = SchemaSet::standard();
        let projection = Projection::parse(
            schemas,
            kind,
            request.attributes.as_deref(),
            request.excluded_attributes.as_deref(),
        )?;
        let filter = request
            .filter
            .as_deref()
            .map(|text| Filter::read(schemas, kind, context.strictness, text))
            .transpose()?;
        let filter = filter.map(|(filter, tolerances)| {
            self.forgave(context, &tolerances);
            filter
        });
        let (total, resources) = match &filter {
            None => {
                let (total, rows) = page(context, kind, request).await.map_err(scim_error)?;
                (
                    total,
                    self.rendered(context, kind, &rows, &projection).await?,
                )
            }
            Some(filter) => {
                self.matching(context, kind, filter, &projection, request)
                    .await?
            }
        };
        Ok(list_response(total, request.start_index, resources))
    }

    /// Counts all matches, and renders those on the page.
    async fn matching(
        &self,
        context: &Context,
        kind: ResourceType,
        filter: &Filter,
        projection: &Projection,
        request: &ListRequest,
    ) -> Result<(u64, Vec<Object>), ScimError> {
        let mut page = Page::new(request);
        if let Some(equality) = indexed(kind, filter) {
            let found = context
                .connection
                .find(kind.name(), &equality, CANDIDATES)
                .await;
            let found = found.map_err(scim_error)?;
            if found.len() as u64 <= request.count {
                // All may be on the page: what is rendered to be judged is what is answered.
                let wants = |name: &str| filter.mentions(name) || projection.wants(name);
                let complete = self.complete(context, kind, &found, wants).await;
                let mut matches = complete.map_err(scim_error)?;
                matches.retain(|resource| filter.matches(resource));
                let total = matches.len() as u64;
                let page = matches.into_iter().skip(page.skip as usize);
                return Ok((
                    total,
                    page.map(|resource| projection.apply(resource)).collect(),
                ));
            }
            self.sift(context, kind, filter, found, &mut page)
                .await
                .map_err(scim_error)?;
        } else {
            self.scan(context, kind, filter, &mut page).await?;
        }
        Ok((
            page.total,
            self.rendered(context, kind, &page.rows, projection).await?,
        ))
    }

    /// Looks at one resource after the other, up to a budget.
    async fn scan(
        &self,
        context: &Context,
        kind: ResourceType,
        filter: &Filter,
        page: &mut Page,
    ) -> Result<(), ScimError> {
        let (mut after, mut seen) = (String::new(), 0);
        loop {
            let batch = context
                .connection
                .resources_after(kind.name(), &after, BATCH)
                .await;
            let batch = batch.map_err(scim_error)?;
            let Some(last) = batch.last() else {
                return Ok(());
            };
            after.clone_from(&last.id);
            seen += batch.len();
            if seen > SCAN {
                return Err(ScimError::too_many(format!(
                    "No index answers this filter, and it looked at {SCAN} resources. Add an equality on \
                     id, userName, externalId, displayName (groups), emails.value or members.value.",
                )));
            }
            self.sift(context, kind, filter, batch, page)
                .await
                .map_err(scim_error)?;
        }
    }

    async fn sift(
        &self,
        context: &Context,
        kind: ResourceType,
        filter: &Filter,
        rows: Vec<ResourceRow>,
        page: &mut Page,
    ) -> Result<(), StoreError> {
        let complete = self
            .complete(context, kind, &rows, |name| filter.mentions(name))
            .await?;
        for (row, resource) in rows.into_iter().zip(complete) {
            if filter.matches(&resource) {
                page.take(row);
            }
        }
        Ok(())
    }
}

/// A page without a filter: the database counts and skips.
async fn page(
    context: &Context,
    kind: ResourceType,
    request: &ListRequest,
) -> Result<(u64, Vec<ResourceRow>), StoreError> {
    let total = context.connection.resource_count(kind.name()).await?;
    let offset = i64::try_from(request.start_index - 1).unwrap_or(i64::MAX);
    if request.count == 0 || offset >= total {
        return Ok((total as u64, vec![]));
    }
    let rows = context
        .connection
        .resources_at(kind.name(), offset, request.count as i64)
        .await?;
    Ok((total as u64, rows))
}

/// The matches of a filter, of which one page is kept.
struct Page {
    skip: u64,
    room: u64,
    total: u64,
    rows: Vec<ResourceRow>,
}

impl Page {
    fn new(request: &ListRequest) -> Self {
        Self {
            skip: request.start_index - 1,
            room: request.count,
            total: 0,
            rows: vec![],
        }
    }

    fn take(&mut self, row: ResourceRow) {
        if self.total >= self.skip && (self.rows.len() as u64) < self.room {
            self.rows.push(row);
        }
        self.total += 1;
    }
}

/// The first equality of the filter that an index answers.
fn indexed(kind: ResourceType, filter: &Filter) -> Option<Equality> {
    filter
        .required_equalities()
        .into_iter()
        .find_map(|(path, literal)| {
            let Literal::String(value) = literal else {
                return None;
            };
            match (kind, path.as_str()) {
                (_, "id") => Some(Equality::Id(value.clone())),
                (_, "externalId") => Some(Equality::ExternalId(value.clone())),
                (ResourceType::User, "userName") | (ResourceType::Group, "displayName") => {
                    Some(Equality::Name(fold(value)))
                }
                (ResourceType::User, "emails" | "emails.value") => Some(Equality::Lookup {
                    attribute: "emails.value".to_owned(),
                    value: fold(value),
                }),
                (ResourceType::User, "groups" | "groups.value") => {
                    Some(Equality::Group(value.clone()))
                }
                (ResourceType::Group, "members" | "members.value") => {
                    Some(Equality::Member(value.clone()))
                }
                _ => None,
            }
        })
}
