//! The management API's verbs, one noun per file. All of them act through an [`Operator`], and so
//! within one environment.

pub mod activity;
pub mod breakers;
pub mod catalog;
pub mod connections;
pub mod environments;
pub mod mappings;
pub mod plugin_keys;
pub mod plugin_logs;
pub mod plugins;
pub mod requests;
pub mod schemas;
pub mod signatures;
pub mod tenants;
pub mod tokens;
pub mod tolerances;
pub mod users;

use rolecall_store::{Environment, NewEvent};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::{Problem, problem};
use crate::{App, clock, secret};

/// Somebody with an operator key: rights over its environment.
pub struct Operator {
    pub(crate) environment: Environment,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T: ToSchema> {
    pub data: Vec<T>,
    pub page: PageEnd,
}

/// Where the next page starts.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageEnd {
    /// Pass as `after`; null at the end.
    pub next: Option<String>,
}

/// Entries per page.
pub const DEFAULT_LIMIT: i64 = 50;
pub const MOST_LIMIT: i64 = 200;

/// Where a list starts and how long a page is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    #[serde(default)]
    pub after: Option<String>,
    #[serde(default)]
    pub limit: Option<i64>,
}

impl Cursor {
    pub(crate) fn limit(&self) -> i64 {
        self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MOST_LIMIT)
    }

    pub(crate) fn after(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }

    /// A page out of rows read with one more than the limit.
    pub(crate) fn page<R, T: ToSchema>(
        &self,
        rows: Vec<R>,
        key: impl Fn(&R) -> String,
        view: impl Fn(R) -> Result<T, Problem>,
    ) -> Result<Page<T>, Problem> {
        let (rows, page) = self.cut(rows, key);
        let data = rows.into_iter().map(view).collect::<Result<_, _>>()?;
        Ok(Page { data, page })
    }

    /// The rows of the page, and where the next one starts.
    pub(crate) fn cut<R>(&self, mut rows: Vec<R>, key: impl Fn(&R) -> String) -> (Vec<R>, PageEnd) {
        let limit = self.limit() as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(key);
        (rows, PageEnd { next })
    }
}

impl App {
    /// What an operator key opens (invariant 8).
    pub async fn operator(&self, bearer: Option<&str>) -> Result<Operator, Problem> {
        let refused = || Problem::unauthorized("The operator key is missing, wrong or revoked.");
        let hash = secret::hash(bearer.ok_or_else(refused)?);
        let found = self
            .store
            .environment_of(&hash)
            .await
            .map_err(problem("environment"))?;
        Ok(Operator {
            environment: found.ok_or_else(refused)?,
        })
    }
}

/// An event of a change of configuration.
pub(crate) fn event(
    kind: &'static str,
    connection: Option<&str>,
    tenant: Option<&str>,
    subject: Option<&str>,
    data: &Value,
) -> NewEvent {
    NewEvent {
        at: clock::now(),
        kind,
        connection: connection.map(str::to_owned),
        tenant: tenant.map(str::to_owned),
        subject: subject.map(str::to_owned),
        data: data.to_string(),
    }
}

/// A field of a merge patch (RFC 7396): absent leaves as is, null clears.
#[expect(clippy::option_option, reason = "the three cases of a merge patch")]
pub(crate) fn nullable<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// A name for people: 1 to 200 characters, none of them control characters.
pub(crate) fn check_name(pointer: &str, name: &str) -> Result<(), Problem> {
    let good =
        !name.trim().is_empty() && name.chars().count() <= 200 && !name.contains(char::is_control);
    if good {
        return Ok(());
    }
    Err(Problem::field(
        pointer,
        "invalid_name",
        "A name is 1 to 200 printable characters.",
    ))
}
