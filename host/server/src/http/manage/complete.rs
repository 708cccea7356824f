//! What is the same for every operation of the description, said once instead of at each handler.

use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response};

const MEDIA_TYPE: &str = "application/problem+json";

/// Gives every operation a name of its own and the refusals of the layers around handlers; all refusals are problems.
pub(in crate::http) fn complete(api: &mut OpenApi) {
    for (path, item) in &mut api.paths.paths {
        for operation in operations(item) {
            if let Some(verb) = operation.operation_id.take() {
                operation.operation_id = Some(name(path, verb));
            }
            for (status, when) in common(operation) {
                let responses = &mut operation.responses.responses;
                let refusal = || RefOr::T(Response::new(when));
                responses.entry(status.to_owned()).or_insert_with(refusal);
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response
                    && status.starts_with(['4', '5'])
                {
                    let content = Content::new(Some(Ref::from_schema_name("Problem")));
                    response.content = [(MEDIA_TYPE.to_owned(), RefOr::T(content))].into();
                }
            }
        }
    }
}

/// `list` of `/v1/connections/{id}/tokens` is `tokens_list`: an operation's id is unique in the description.
fn name(path: &str, verb: String) -> String {
    let parts = path.split('/').skip(2);
    let nouns = parts.filter(|part| !part.starts_with('{') && *part != verb);
    match nouns.last() {
        Some(noun) => format!("{noun}_{verb}"),
        None => verb,
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        patch,
        ..
    } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// Which they are depends on what the operation takes.
fn common(operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let parameters = operation.parameters.iter().flatten();
    let has_query = parameters.clone().any(|parameter| {
        matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query)
    });
    let has_body = operation.request_body.is_some();
    let mut refusals = vec![
        ("401", "The operator key is missing, wrong or revoked"),
        ("503", "The database does not answer; nothing was changed"),
    ];
    if has_query || has_body || parameters.count() > 0 {
        refusals.push(("400", "The request can't be read"));
    }
    if has_body {
        refusals.push(("413", "The body is too large"));
    }
    refusals
}
