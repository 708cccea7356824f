//! The request log of a connection: what came over SCIM, call by call, newest first.

use std::collections::BTreeMap;

use rolecall_scim::{ResourceType, fold};
use rolecall_store::{
    Connection, Equality, Error as StoreError, RequestGap, RequestRow, Requests, subject,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::context::parse;
use crate::error::{Problem, problem};
use crate::manage::{Cursor, Operator, PageEnd};
use crate::request::record::Record;
use crate::{clock, id};

/// A page of requests, and where some are missing.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestPage {
    pub data: Vec<Record>,
    /// Stretches of the page's time in which requests were counted and not kept, newest first.
    pub gaps: Vec<Gap>,
    pub page: PageEnd,
}

/// Requests that were counted and not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Gap {
    /// RFC 3339.
    pub from: String,
    /// RFC 3339.
    pub to: String,
    pub count: i64,
    /// `rate`, `busy` or `failed`.
    pub reason: String,
    /// The reason in a sentence.
    pub explained: &'static str,
}

/// A request with its body.
#[derive(Debug, Serialize, ToSchema)]
pub struct WholeRecord {
    #[serde(flatten)]
    pub record: Record,
    /// The body as it came, without secrets, cut off after 8 KiB; null where there was none, or where it may have held
    /// secrets and was no JSON.
    pub body: Option<String>,
}

/// Which requests to list; all conditions must hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestFilter {
    /// RFC 3339.
    pub from: Option<String>,
    /// RFC 3339, exclusive.
    pub to: Option<String>,
    /// `409`, or a class: `4xx`.
    pub status: Option<String>,
    pub method: Option<String>,
    /// Id, userName, externalId or displayName.
    pub user: Option<String>,
    /// Id, displayName or externalId.
    pub group: Option<String>,
    pub after: Option<String>,
    pub limit: Option<i64>,
}

/// Requests that a page may look at, when several conditions have to hold.
const BUDGET: usize = 20_000;
/// Read at a time.
const BATCH: i64 = 200;
/// Gaps per page.
const MOST_GAPS: i64 = 100;
/// Requests about a name that are looked at for the ids of who had it.
const NAMESAKES: i64 = 20;
/// Behind every id.
const END: &str = "~";

impl From<RequestGap> for Gap {
    fn from(gap: RequestGap) -> Self {
        Self {
            from: clock::rfc3339(gap.from_at),
            to: clock::rfc3339(gap.to_at),
            count: gap.times,
            explained: match gap.reason.as_str() {
                "rate" => {
                    "The connection sent more requests that changed nothing than are kept: 100 per second, after a \
                     burst of 1,000."
                }
                "busy" => "Requests came faster than they could be written.",
                _ => "The database did not take them.",
            },
            reason: gap.reason,
        }
    }
}

impl Operator {
    pub async fn requests(
        &self,
        connection: &str,
        filter: RequestFilter,
    ) -> Result<RequestPage, Problem> {
        let (handle, _) = self.handle(connection).await?;
        let query = Query::read(&handle, &filter).await?;
        let limit = Cursor {
            after: None,
            limit: filter.limit,
        }
        .limit();
        let (rows, next) = query
            .page(&handle, limit as usize)
            .await
            .map_err(problem("request"))?;
        let newest = id::time(&query.before).or_else(|| time("to", filter.to.as_deref()).ok()?);
        let oldest = next.as_deref().and_then(id::time);
        let oldest = oldest.or_else(|| time("from", filter.from.as_deref()).ok()?);
        let gaps = handle
            .request_gaps(oldest.unwrap_or(0), newest.unwrap_or(i64::MAX), MOST_GAPS)
            .await
            .map_err(problem("request"))?;
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let data = records(&handle, &ids).await;
        Ok(RequestPage {
            data: data.map_err(problem("request"))?,
            gaps: gaps.into_iter().map(Gap::from).collect(),
            page: PageEnd { next },
        })
    }

    pub async fn request(&self, connection: &str, id: &str) -> Result<WholeRecord, Problem> {
        let (handle, _) = self.handle(connection).await?;
        let (record, body) = handle.request(id).await.map_err(problem("request"))?;
        let record = parsed(&record).map_err(problem("request"))?;
        let body = body.map(|body| String::from_utf8_lossy(&body).into_owned());
        Ok(WholeRecord { record, body })
    }
}

/// Of requests that are to be seen: a record may be a hundred times as large as what it is chosen by.
async fn records(connection: &Connection, ids: &[&str]) -> Result<Vec<Record>, StoreError> {
    let records = connection.records(ids).await?;
    records.iter().map(|record| parsed(record)).collect()
}

fn parsed(record: &[u8]) -> Result<Record, StoreError> {
    parse("request", &String::from_utf8_lossy(record))
}

/// A condition on whom a request was about: one of these keys.
type Keys = Vec<i64>;

struct Query {
    /// Exclusive bounds.
    after: String,
    before: String,
    /// Where all matches are.
    sources: Vec<Source>,
    /// What the sources don't see to.
    outcomes: Option<Vec<String>>,
    groups: Option<Keys>,
}

enum Source {
    All,
    With(String),
    About(i64),
}

impl Source {
    fn requests(&self) -> Requests<'_> {
        match self {
            Self::All => Requests::All,
            Self::With(outcome) => Requests::With(outcome),
            Self::About(key) => Requests::About(*key),
        }
    }
}

impl Query {
    async fn read(connection: &Connection, filter: &RequestFilter) -> Result<Self, Problem> {
        let from = time("from", filter.from.as_deref())?;
        let to = time("to", filter.to.as_deref())?;
        let before = to.map_or_else(|| END.to_owned(), id::floor);
        let cursor = filter.after.clone().unwrap_or_else(|| END.to_owned());
        let outcomes = outcomes(connection, filter).await?;
        let user = keys(connection, ResourceType::User, filter.user.as_deref()).await?;
        let group = keys(connection, ResourceType::Group, filter.group.as_deref()).await?;
        let about = |keys: Keys| keys.into_iter().map(Source::About).collect();
        // The narrowest first: a user has fewer requests than a group, and a group than a status.
        let (sources, outcomes, groups) = match (user, group, outcomes) {
            (Some(user), group, outcomes) => (about(user), outcomes, group),
            (None, Some(group), outcomes) => (about(group), outcomes, None),
            (None, None, Some(some)) => (some.into_iter().map(Source::With).collect(), None, None),
            (None, None, None) => (vec![Source::All], None, None),
        };
        Ok(Self {
            after: from.map_or_else(String::new, id::floor),
            before: before.min(cursor),
            sources,
            outcomes,
            groups,
        })
    }

    fn matches(&self, row: &RequestRow) -> bool {
        let outcome = |outcomes: &Vec<String>| outcomes.contains(&row.outcome);
        let group = |keys: &Keys| {
            let subjects: Keys = serde_json::from_str(&row.subjects).unwrap_or_default();
            subjects.iter().any(|subject| keys.contains(subject))
        };
        self.outcomes.as_ref().is_none_or(outcome) && self.groups.as_ref().is_none_or(group)
    }

    /// The newest matches, and the id that the next page starts after. A page ends early where few of many match.
    async fn page(
        &self,
        connection: &Connection,
        limit: usize,
    ) -> Result<(Vec<RequestRow>, Option<String>), StoreError> {
        let mut found: Vec<RequestRow> = Vec::new();
        let mut before = self.before.clone();
        let mut looked_at = 0;
        loop {
            let mut rows: BTreeMap<String, RequestRow> = BTreeMap::new();
            // Down to here, all sources have been read.
            let mut read_to = String::new();
            for source in &self.sources {
                let some = connection
                    .requests(source.requests(), &self.after, &before, BATCH)
                    .await?;
                if let Some(last) = some.last().filter(|_| some.len() as i64 == BATCH) {
                    read_to = read_to.max(last.id.clone());
                }
                rows.extend(some.into_iter().map(|row| (row.id.clone(), row)));
            }
            for (id, row) in rows.into_iter().rev() {
                if id < read_to {
                    break;
                }
                looked_at += 1;
                if !self.matches(&row) {
                    continue;
                }
                if found.len() == limit {
                    let next = found.last().map(|row| row.id.clone());
                    return Ok((found, next));
                }
                found.push(row);
            }
            if read_to.is_empty() {
                return Ok((found, None));
            }
            if looked_at >= BUDGET {
                return Ok((found, Some(read_to)));
            }
            before = read_to;
        }
    }
}

/// The outcomes that a filter asks for.
async fn outcomes(
    connection: &Connection,
    filter: &RequestFilter,
) -> Result<Option<Vec<String>>, Problem> {
    if filter.status.is_none() && filter.method.is_none() {
        return Ok(None);
    }
    let status = filter.status.as_deref().unwrap_or_default();
    let digits = status.bytes().all(|byte| byte.is_ascii_digit());
    let prefix = match (status.len(), status.split_at_checked(1)) {
        (0, _) => String::new(),
        (3, _) if digits => format!("{status} "),
        (3, Some((class @ ("2" | "3" | "4" | "5"), "xx"))) => class.to_owned(),
        _ => {
            let detail = format!("status: {status:?} is no status (409) and no class (4xx).");
            return Err(Problem::bad_request("invalid_query", detail));
        }
    };
    let mut found = connection
        .outcomes(&prefix)
        .await
        .map_err(problem("request"))?;
    if let Some(method) = &filter.method {
        let suffix = format!(" {}", method.to_ascii_uppercase());
        found.retain(|outcome| outcome.ends_with(&suffix));
    }
    Ok(Some(found))
}

/// What a resource that is meant by an id or a name is found by: the name, and the ids of who has or had it.
async fn keys(
    connection: &Connection,
    kind: ResourceType,
    value: Option<&str>,
) -> Result<Option<Keys>, Problem> {
    let Some(value) = value else { return Ok(None) };
    let name = fold(value);
    let key = |kind: &str, value: &str| subject(connection.id(), kind, value);
    let by_name = key(kind.name(), &name);
    let mut ids = vec![name.clone()];
    for equality in [
        Equality::Name(name.clone()),
        Equality::ExternalId(value.to_owned()),
    ] {
        let rows = connection.find(kind.name(), &equality, "", 1).await;
        ids.extend(
            rows.map_err(problem("request"))?
                .into_iter()
                .map(|row| row.id),
        );
    }
    let namesakes = connection
        .requests(Requests::About(by_name), "", END, NAMESAKES)
        .await;
    let namesakes = namesakes.map_err(problem("request"))?;
    let namesakes: Vec<&str> = namesakes.iter().map(|row| row.id.as_str()).collect();
    for record in records(connection, &namesakes)
        .await
        .map_err(problem("request"))?
    {
        for resource in record
            .resources
            .into_iter()
            .filter(|it| it.kind == kind.name())
        {
            let names = [
                &resource.user_name,
                &resource.external_id,
                &resource.display_name,
            ];
            let old = resource
                .changes
                .iter()
                .filter_map(|it| it.from.as_ref()?.as_str());
            let names = names.into_iter().flatten().map(String::as_str);
            if names.chain(old).any(|it| fold(it) == name) {
                ids.extend(resource.id);
            }
        }
    }
    ids.sort_unstable();
    ids.dedup();
    let ids = ids.iter().map(|id| key("", id));
    Ok(Some(std::iter::once(by_name).chain(ids).collect()))
}

fn time(name: &str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let time = clock::parsed(text);
    let wrong = || {
        let detail = format!("{name}: {text:?} is no time in RFC 3339 (2026-11-25T10:00:00Z).");
        Problem::bad_request("invalid_query", detail)
    };
    time.map(Some).ok_or_else(wrong)
}
