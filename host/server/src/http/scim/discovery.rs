//! Discovery (RFC 7644 §4).

use axum::extract::{Path, RawQuery};
use axum::response::Response;
use rolecall_app::scim::{Error, discovery};
use serde_json::Value;

use super::{json, list};
use crate::http::error::ScimFailure;
use crate::http::extract::Authenticated;

type Answer = Result<Response, ScimFailure>;

/// RFC 7644 §4: a filter on discovery is forbidden.
fn unfiltered(RawQuery(query): &RawQuery) -> Result<(), ScimFailure> {
    let query = query.as_deref().unwrap_or_default();
    let filtered = form_urlencoded::parse(query.as_bytes())
        .any(|(name, _)| name.eq_ignore_ascii_case("filter"));
    if filtered {
        return Err(ScimFailure(Error::forbidden(
            "Discovery endpoints can't be filtered.",
        )));
    }
    Ok(())
}

fn find(resources: Vec<Value>, id: &str) -> Answer {
    // URNs have no letter case (RFC 8141 §3.1), and names of resource types are told apart without it.
    let is_named = |resource: &Value| {
        let known = resource["id"].as_str();
        known.is_some_and(|known| known.eq_ignore_ascii_case(id))
    };
    let found = resources.into_iter().find(is_named);
    let missing = || ScimFailure(Error::not_found(format!("There is no {id:?} here.")));
    Ok(json(&found.ok_or_else(missing)?))
}

pub(in crate::http) async fn service_provider_config(
    Authenticated(context): Authenticated,
    query: RawQuery,
) -> Answer {
    unfiltered(&query)?;
    Ok(json(&discovery::service_provider_config(&context.scim_url)))
}

pub(in crate::http) async fn resource_types(
    Authenticated(context): Authenticated,
    query: RawQuery,
) -> Answer {
    unfiltered(&query)?;
    Ok(list(discovery::resource_types(
        &context.scim_url,
        &context.schemas,
    )))
}

pub(in crate::http) async fn resource_type(
    Authenticated(context): Authenticated,
    Path((_, id)): Path<(String, String)>,
    query: RawQuery,
) -> Answer {
    unfiltered(&query)?;
    find(
        discovery::resource_types(&context.scim_url, &context.schemas),
        &id,
    )
}

pub(in crate::http) async fn schemas(
    Authenticated(context): Authenticated,
    query: RawQuery,
) -> Answer {
    unfiltered(&query)?;
    Ok(list(discovery::schemas(
        &context.scim_url,
        &context.schemas,
    )))
}

pub(in crate::http) async fn schema(
    Authenticated(context): Authenticated,
    Path((_, id)): Path<(String, String)>,
    query: RawQuery,
) -> Answer {
    unfiltered(&query)?;
    find(discovery::schemas(&context.scim_url, &context.schemas), &id)
}
