//! Secrets become handles here, and nowhere else.

use crate::db::binds;
use crate::environment::Environment;
use crate::{Connection, Error, Result, Store};

/// SHA-256 of a secret, lower-case hex. Secrets are 256 random bits, so a fast hash is enough.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyHash(pub String);

/// What a SCIM token opens.
pub enum Opened {
    /// The connection that was asked for; with the token's id.
    This(Connection, String),
    /// Another connection, and not this one.
    Another,
    /// None: it never was a token, or is revoked.
    Nothing,
}

impl Store {
    /// The environment an operator key opens.
    pub async fn environment_of(&self, key: &KeyHash) -> Result<Option<Environment>> {
        let found: Option<(String,)> = self
            .db()
            .optional(
                "SELECT environment_id FROM operator_keys WHERE hash = $1",
                binds![&key.0],
            )
            .await?;
        Ok(found.map(|(id,)| Environment::new(self.clone(), id)))
    }

    /// What a SCIM token opens of the connection named in the path.
    pub async fn connection_of(&self, token: &KeyHash, connection_id: &str) -> Result<Opened> {
        let found: Option<(String, String, String)> = self
            .db()
            .optional(
                "SELECT t.id, c.id, c.environment_id FROM tokens t \
                 JOIN connections c ON c.id = t.connection_id WHERE t.hash = $1",
                binds![&token.0],
            )
            .await?;
        Ok(match found {
            Some((token_id, id, environment)) if id == connection_id => {
                let environment = Environment::new(self.clone(), environment);
                Opened::This(environment.connection_handle(id), token_id)
            }
            Some(_) => Opened::Another,
            None => Opened::Nothing,
        })
    }

    /// The first start makes an environment and its operator key; later starts find it there. A key
    /// given by configuration is added when it is new. Returns whether `key` was stored.
    pub async fn bootstrap(
        &self,
        environment: &str,
        key_id: &str,
        key: &KeyHash,
        only_when_keyless: bool,
        now: i64,
    ) -> Result<bool> {
        let mut tx = self.db().begin().await?;
        tx.run(
            "INSERT INTO environments (id, generation, catalog, created_at) VALUES ($1, 1, '{}', $2) \
             ON CONFLICT (id) DO NOTHING",
            binds![environment, now],
        )
        .await?;
        tx.run(
            "INSERT INTO chains (environment_id, seq, hash) VALUES ($1, 0, '') \
             ON CONFLICT (environment_id) DO NOTHING",
            binds![environment],
        )
        .await?;
        let keys: Vec<(i64,)> = tx
            .all(
                "SELECT COUNT(*) FROM operator_keys WHERE environment_id = $1",
                binds![environment],
            )
            .await?;
        let keyless = keys.first().is_none_or(|(count,)| *count == 0);
        let stored = if only_when_keyless && !keyless {
            false
        } else {
            tx.run(
                "INSERT INTO operator_keys (id, environment_id, hash, created_at) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING",
                binds![key_id, environment, &key.0, now],
            )
            .await?
                > 0
        };
        tx.commit().await?;
        Ok(stored)
    }

    /// The key that all hosts on this database use for a purpose: `fresh`, if there was none.
    pub async fn server_key(&self, purpose: &str, fresh: &[u8]) -> Result<Vec<u8>> {
        let mut tx = self.db().begin().await?;
        tx.run(
            "INSERT INTO server_keys (purpose, key) VALUES ($1, $2) ON CONFLICT (purpose) DO NOTHING",
            binds![purpose, fresh.to_vec()],
        )
        .await?;
        let key: Option<(Vec<u8>,)> = tx
            .optional(
                "SELECT key FROM server_keys WHERE purpose = $1",
                binds![purpose],
            )
            .await?;
        tx.commit().await?;
        key.map(|(key,)| key).ok_or(Error::NotFound)
    }

    /// Every environment, for the workers: sealing and deciding again belong to no request.
    pub async fn environments(&self) -> Result<Vec<Environment>> {
        let ids: Vec<(String,)> = self
            .db()
            .all("SELECT id FROM environments ORDER BY id", vec![])
            .await?;
        Ok(ids
            .into_iter()
            .map(|(id,)| Environment::new(self.clone(), id))
            .collect())
    }
}
