//! What a connection's IdP was forgiven: how far it is from the RFCs, and whether `strict` would refuse it.

use rolecall_scim::quirk;
use rolecall_store::ToleranceRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock;
use crate::error::{Problem, problem};
use crate::manage::{Operator, Page, PageEnd};

/// One habit of the IdP, and how often it was forgiven.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tolerance {
    /// For programs: `string_boolean`, `operation_case`, …
    pub name: String,
    /// What was forgiven, in a sentence.
    pub forgiven: String,
    pub count: i64,
    /// RFC 3339.
    pub first_seen_at: String,
    /// RFC 3339.
    pub last_seen_at: String,
}

impl From<ToleranceRow> for Tolerance {
    fn from(row: ToleranceRow) -> Self {
        Self {
            forgiven: quirk::sentence(&row.name).unwrap_or(&row.name).to_owned(),
            name: row.name,
            count: row.times,
            first_seen_at: clock::rfc3339(row.first_at),
            last_seen_at: clock::rfc3339(row.last_at),
        }
    }
}

impl Operator {
    pub async fn tolerances(&self, connection: &str) -> Result<Page<Tolerance>, Problem> {
        let (handle, _) = self.handle(connection).await?;
        let rows = handle.tolerances().await.map_err(problem("tolerance"))?;
        Ok(Page {
            data: rows.into_iter().map(Tolerance::from).collect(),
            page: PageEnd { next: None },
        })
    }
}
