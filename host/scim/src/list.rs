//! Queries and their answer (RFC 7644 §3.4.2).

use serde_json::{Value, json};

use crate::{Error, Object};

#[cfg(test)]
mod tests;

/// Resources per page when the client doesn't say.
pub const DEFAULT_COUNT: u64 = 100;
/// Most resources per page.
pub const MAX_COUNT: u64 = 200;

/// The order of `sortBy` (RFC 7644 §3.4.2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    #[default]
    Ascending,
    Descending,
}

/// The parameters of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRequest {
    /// As text: parse it with [`Filter::parse`](crate::Filter::parse).
    pub filter: Option<String>,
    /// Of the first result, from 1.
    pub start_index: u64,
    /// Results wanted: 0 to [`MAX_COUNT`].
    pub count: u64,
    /// As text: see [`Projection::parse`](crate::Projection::parse).
    pub attributes: Option<String>,
    /// As text: see [`Projection::parse`](crate::Projection::parse).
    pub excluded_attributes: Option<String>,
    /// The name of an attribute.
    pub sort_by: Option<String>,
    pub sort_order: SortOrder,
}

impl Default for ListRequest {
    fn default() -> Self {
        Self {
            filter: None,
            start_index: 1,
            count: DEFAULT_COUNT,
            attributes: None,
            excluded_attributes: None,
            sort_by: None,
            sort_order: SortOrder::Ascending,
        }
    }
}

impl ListRequest {
    /// Reads form-decoded query parameters. Unknown and empty ones are ignored (N15); what lies outside of a
    /// range is taken as its end (RFC 7644 §3.4.2.4).
    pub fn from_query<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Error> {
        let mut request = Self::default();
        for (name, value) in pairs {
            if value.trim().is_empty() {
                continue;
            }
            let text = || Some(value.to_owned());
            match name.to_ascii_lowercase().as_str() {
                "filter" => request.filter = text(),
                "attributes" => request.attributes = text(),
                "excludedattributes" => request.excluded_attributes = text(),
                "sortby" => request.sort_by = text(),
                "sortorder" => request.sort_order = sort_order(value)?,
                "startindex" => request.start_index = integer(name, value)?.max(1).unsigned_abs(),
                "count" => {
                    request.count = integer(name, value)?.max(0).unsigned_abs().min(MAX_COUNT);
                }
                _ => {}
            }
        }
        Ok(request)
    }
}

fn integer(name: &str, value: &str) -> Result<i64, Error> {
    let digits = value.trim();
    digits
        .parse()
        .map_err(|_| Error::invalid_value(format!("{name} must be an integer")))
}

fn sort_order(value: &str) -> Result<SortOrder, Error> {
    match value.to_ascii_lowercase().as_str() {
        "ascending" => Ok(SortOrder::Ascending),
        "descending" => Ok(SortOrder::Descending),
        _ => Err(Error::invalid_value(
            "sortOrder must be ascending or descending",
        )),
    }
}

/// The answer to a query. `total` counts all matches; `itemsPerPage` is what is on this page.
pub fn list_response(total: u64, start_index: u64, resources: Vec<Object>) -> Value {
    let count = resources.len();
    let mut response = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": count,
    });
    response["Resources"] = resources.into_iter().map(Value::Object).collect();
    response
}
