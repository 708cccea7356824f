//! SCIM tokens of a connection: several may live, so that rotation needs no gap.

use rolecall_store::TokenRow;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::clock;
use crate::error::{Problem, problem};
use crate::manage::connections::new_token;
use crate::manage::{Operator, Page, PageEnd, event};

/// A token as it can be shown: never the secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    pub id: String,
    pub last_four: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339, within seconds; null before the first use.
    pub last_used_at: Option<String>,
}

/// A new token: the only time it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedToken {
    pub id: String,
    pub token: String,
    pub created_at: String,
}

impl From<TokenRow> for Token {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            last_four: row.last_four,
            created_at: clock::rfc3339(row.created_at),
            last_used_at: row.last_used_at.map(clock::rfc3339),
        }
    }
}

impl Operator {
    pub async fn tokens(&self, connection: &str) -> Result<Page<Token>, Problem> {
        let (handle, _) = self.handle(connection).await?;
        let rows = handle.tokens().await.map_err(problem("token"))?;
        let data = rows.into_iter().map(Token::from).collect();
        Ok(Page {
            data,
            page: PageEnd { next: None },
        })
    }

    pub async fn create_token(&self, connection: &str) -> Result<CreatedToken, Problem> {
        let (handle, row) = self.handle(connection).await?;
        let (token, secret) = new_token()?;
        let (id, created_at) = (token.id.clone(), clock::rfc3339(token.now));
        let data = json!({ "last_four": token.last_four });
        let created = event(
            "token.created",
            Some(connection),
            Some(&row.tenant),
            Some(&id),
            &data,
        );
        handle
            .create_token(token, &[created])
            .await
            .map_err(problem("token"))?;
        Ok(CreatedToken {
            id,
            token: secret.reveal().to_owned(),
            created_at,
        })
    }

    pub async fn delete_token(&self, connection: &str, id: &str) -> Result<(), Problem> {
        let (handle, row) = self.handle(connection).await?;
        let revoked = event(
            "token.revoked",
            Some(connection),
            Some(&row.tenant),
            Some(id),
            &json!({}),
        );
        handle
            .delete_token(id, &[revoked])
            .await
            .map_err(problem("token"))
    }
}
