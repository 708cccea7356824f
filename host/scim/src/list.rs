//! Queries and their answer (RFC 7644 §3.4.2, RFC 9865).

use serde_json::{Value, json};

use crate::{Error, Object, Tolerances};

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
    /// Pages by cursor (RFC 9865) rather than by index; empty for the first page.
    pub cursor: Option<String>,
    /// What was forgiven in the request.
    pub tolerances: Tolerances,
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
            cursor: None,
            tolerances: Tolerances::default(),
        }
    }
}

impl ListRequest {
    /// Reads form-decoded query parameters. Unknown and empty ones are ignored (N15), but for an empty `cursor`,
    /// which asks for the first page; what lies outside of a range is taken as its end (RFC 7644 §3.4.2.4).
    pub fn from_query<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Error> {
        let mut request = Self::default();
        let (mut start_index, mut count) = (None, None);
        for (name, value) in pairs {
            let name = name.to_ascii_lowercase();
            if name == "cursor" {
                request.cursor = Some(value.trim().to_owned());
            }
            if value.trim().is_empty() {
                continue;
            }
            let text = || Some(value.to_owned());
            match name.as_str() {
                "filter" => request.filter = text(),
                "attributes" => request.attributes = text(),
                "excludedattributes" => request.excluded_attributes = text(),
                "sortby" => request.sort_by = text(),
                "sortorder" => request.sort_order = sort_order(value)?,
                "startindex" => start_index = Some(value),
                "count" => count = Some(value),
                _ => {}
            }
        }
        match (&request.cursor, start_index) {
            (None, start_index) => request.by_index(start_index, count)?,
            (Some(_), None) => request.by_cursor(count)?,
            (Some(_), Some(_)) => {
                return Err(Error::invalid_value(
                    "startIndex and cursor are two ways of paging; send one of them",
                ));
            }
        }
        Ok(request)
    }

    fn by_index(&mut self, start_index: Option<&str>, count: Option<&str>) -> Result<(), Error> {
        let wrong = |name| move || Error::invalid_value(format!("{name} must be an integer"));
        if let Some(start_index) = start_index {
            let number = integer(start_index).ok_or_else(wrong("startIndex"))?;
            self.start_index = number.max(1).unsigned_abs();
        }
        if let Some(count) = count {
            let number = integer(count).ok_or_else(wrong("count"))?;
            self.count = number.max(0).unsigned_abs().min(MAX_COUNT);
        }
        Ok(())
    }

    /// RFC 9865 §2: a positive integer; more than the server gives is taken as all it gives.
    fn by_cursor(&mut self, count: Option<&str>) -> Result<(), Error> {
        let Some(count) = count else { return Ok(()) };
        let number = integer(count).filter(|number| *number > 0).ok_or_else(|| {
            Error::invalid_count(format!("count must be an integer from 1 to {MAX_COUNT}"))
        })?;
        self.count = number.unsigned_abs().min(MAX_COUNT);
        Ok(())
    }
}

fn integer(value: &str) -> Option<i64> {
    value.trim().parse().ok()
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

/// Where a page stands among all results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paging {
    /// `total` counts all matches.
    Index { total: u64, start_index: u64 },
    /// `total` where it is known without counting; `next` unless this is the last page (RFC 9865 §2).
    Cursor {
        total: Option<u64>,
        next: Option<String>,
    },
}

/// The answer to a query; `itemsPerPage` is what is on this page.
pub fn list_response(paging: Paging, resources: Vec<Object>) -> Value {
    let mut response = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    });
    match paging {
        Paging::Index { total, start_index } => {
            response["totalResults"] = total.into();
            response["startIndex"] = start_index.into();
        }
        Paging::Cursor { total, next } => {
            if let Some(total) = total {
                response["totalResults"] = total.into();
            }
            if let Some(next) = next {
                response["nextCursor"] = next.into();
            }
        }
    }
    response["itemsPerPage"] = resources.len().into();
    response["Resources"] = resources.into_iter().map(Value::Object).collect();
    response
}
