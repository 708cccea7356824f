//! SCIM tokens: several live per connection, stored as hashes.

use sqlx::FromRow;

use crate::db::{Tx, binds, each, rows};
use crate::events::NewEvent;
use crate::{Connection, Error, KeyHash, Result, Store};

#[derive(Debug, Clone, FromRow)]
pub struct TokenRow {
    pub id: String,
    pub last_four: String,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
}

pub struct NewToken {
    pub id: String,
    pub hash: KeyHash,
    pub last_four: String,
    pub now: i64,
}

impl Connection {
    pub async fn tokens(&self) -> Result<Vec<TokenRow>> {
        self.store()
            .db()
            .all(
                "SELECT id, last_four, created_at, last_used_at FROM tokens WHERE connection_id = $1 ORDER BY id",
                binds![&*self.id],
            )
            .await
    }

    pub async fn create_token(&self, token: NewToken, events: &[NewEvent]) -> Result<()> {
        let mut tx = self.environment.change().await?;
        insert(&mut tx, &self.id, token).await?;
        self.environment.finish(tx, events).await
    }

    /// Revokes a token: the next request that shows it is refused.
    pub async fn delete_token(&self, id: &str, events: &[NewEvent]) -> Result<()> {
        let mut tx = self.environment.change().await?;
        let deleted = tx
            .run(
                "DELETE FROM tokens WHERE connection_id = $1 AND id = $2",
                binds![&*self.id, id],
            )
            .await?;
        if deleted == 0 {
            return Err(Error::NotFound);
        }
        self.environment.finish(tx, events).await
    }
}

impl Store {
    /// Notes when tokens were last used: (token id, milliseconds). Behind the requests, in one write.
    pub async fn note_token_use(&self, used: &[(String, i64)]) -> Result<()> {
        if used.is_empty() {
            return Ok(());
        }
        let mut tx = self.db().begin().await?;
        tx.run(
            each!(
                "UPDATE tokens SET last_used_at = CAST(e.value->>1 AS BIGINT) FROM",
                "WHERE tokens.id = e.value->>0"
            ),
            rows(used),
        )
        .await?;
        tx.commit().await
    }
}

pub(crate) async fn insert(tx: &mut Tx, connection: &str, token: NewToken) -> Result<()> {
    tx.run(
        "INSERT INTO tokens (id, connection_id, hash, last_four, created_at) VALUES ($1, $2, $3, $4, $5)",
        binds![token.id, connection, token.hash.0, token.last_four, token.now],
    )
    .await?;
    Ok(())
}
