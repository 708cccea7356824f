//! What a connection's IdP does: the last request, its tests of the connection, the operations it uses, and the
//! requests that were let in nowhere. Counts are up to date within seconds.

use std::collections::HashMap;

use rolecall_store::ActivityRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::context::{parse, refusal};
use crate::error::{Problem, problem};
use crate::manage::Operator;
use crate::request::OPERATIONS;
use crate::request::probe::Probe;
use crate::request::record::LastRequest;
use crate::{App, clock};

#[derive(Debug, Serialize, ToSchema)]
pub struct Activity {
    /// In a sentence: whether requests arrive, and if not, why.
    pub summary: String,
    /// The last request with a good token.
    pub last_request: Option<SeenRequest>,
    /// Tests of the connection that the IdP made ("Test Connection"), by the IdP that makes them so.
    pub probes: Vec<SeenProbe>,
    /// Every operation there is, used or not.
    pub operations: Vec<OperationUse>,
    /// Requests without a good token, by reason.
    pub refused: Vec<Refused>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SeenRequest {
    /// RFC 3339.
    pub at: String,
    #[serde(flatten)]
    pub request: LastRequest,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SeenProbe {
    /// `entra` or `okta`.
    pub idp: &'static str,
    pub count: i64,
    /// Whether the last one was answered as the IdP wants it.
    pub passed: bool,
    pub last: SeenRequest,
}

/// How often an operation was used.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationUse {
    /// `User`, `Group`, or null.
    pub resource: Option<&'static str>,
    /// `create`, `update`, `deactivate`, `reactivate`, `delete`, `read`, `search`, `bulk` or `discovery`.
    pub operation: &'static str,
    /// Requests that went well, whether or not they changed something; operations of bulk requests are counted each.
    pub count: i64,
    /// Requests that failed.
    pub failed: i64,
    /// The first that went well: RFC 3339.
    pub first_at: Option<String>,
    /// The last that went well.
    pub last: Option<SeenRequest>,
    pub last_failed: Option<SeenRequest>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Refused {
    /// `no_token`, `unknown_token` or `other_connection`.
    pub reason: &'static str,
    /// The reason in a sentence, and what to do about it.
    pub explained: &'static str,
    pub count: i64,
    /// RFC 3339.
    pub first_at: String,
    pub last: SeenRequest,
}

const REFUSALS: [(&str, &str, &str); 3] = [
    (
        refusal::NO_TOKEN,
        "no_token",
        "No token came: the Authorization header is missing, or is not of the form \"Bearer TOKEN\". Enter the token in \
         the identity provider as a bearer token.",
    ),
    (
        refusal::UNKNOWN_TOKEN,
        "unknown_token",
        "The token is none of this server's: it is mistyped, or revoked. Make a new one (POST \
         /v1/connections/{id}/tokens) and enter it in the identity provider.",
    ),
    (
        refusal::OTHER_CONNECTION,
        "other_connection",
        "The token is good, but for another connection: SCIM base URL and token are not from the same one.",
    ),
];

impl App {
    pub async fn activity(&self, operator: &Operator, id: &str) -> Result<Activity, Problem> {
        let (handle, _) = operator.handle(id).await?;
        let rows = handle.activity().await.map_err(problem("connection"))?;
        let rows: HashMap<String, ActivityRow> = rows
            .into_iter()
            .map(|row| (row.name.clone(), row))
            .collect();
        let last_request = rows.get("request").map(seen).transpose()?;
        let mut probes = Vec::new();
        for probe in Probe::ALL {
            if let Some(row) = rows.get(probe.counted_as()) {
                let last = seen(row)?;
                probes.push(SeenProbe {
                    idp: probe.sent_by(),
                    count: row.times,
                    passed: last.request.status == 200,
                    last,
                });
            }
        }
        let mut operations = Vec::new();
        for operation in OPERATIONS {
            let (done, failed) = (rows.get(operation.done), rows.get(operation.failed));
            operations.push(OperationUse {
                resource: operation.resource,
                operation: operation.name,
                count: done.map_or(0, |row| row.times),
                failed: failed.map_or(0, |row| row.times),
                first_at: done.map(|row| clock::rfc3339(row.first_at)),
                last: done.map(seen).transpose()?,
                last_failed: failed.map(seen).transpose()?,
            });
        }
        let mut refused = Vec::new();
        for (counted_as, reason, explained) in REFUSALS {
            if let Some(row) = rows.get(counted_as) {
                refused.push(Refused {
                    reason,
                    explained,
                    count: row.times,
                    first_at: clock::rfc3339(row.first_at),
                    last: seen(row)?,
                });
            }
        }
        Ok(Activity {
            summary: summary(last_request.as_ref(), &refused, &self.scim_url(id)),
            last_request,
            probes,
            operations,
            refused,
        })
    }
}

fn seen(row: &ActivityRow) -> Result<SeenRequest, Problem> {
    Ok(SeenRequest {
        at: clock::rfc3339(row.last_at),
        request: parse("activity", &row.last).map_err(problem("connection"))?,
    })
}

fn summary(last: Option<&SeenRequest>, refused: &[Refused], scim_url: &str) -> String {
    let refused = refused
        .iter()
        .max_by(|one, other| one.last.at.cmp(&other.last.at));
    let refused = refused.filter(|it| last.is_none_or(|last| last.at < it.last.at));
    match (refused, last) {
        (Some(refused), _) => {
            format!(
                "The last request, at {}, was refused. {}",
                refused.last.at, refused.explained
            )
        }
        (None, Some(SeenRequest { at, request })) => {
            let detail = request.detail.as_ref();
            let detail = detail.map_or_else(|| ".".to_owned(), |detail| format!(": {detail}"));
            let status = request.status;
            format!("Requests arrive; the last one, at {at}, was answered {status}{detail}")
        }
        (None, None) => format!(
            "No request has arrived yet. Enter {scim_url} as the SCIM base URL and a token of this connection in the \
             identity provider, and test the connection there. If that fails and nothing shows here, the identity \
             provider does not reach this server: check that the URL is the public one, with a certificate that the \
             identity provider trusts.",
        ),
    }
}
