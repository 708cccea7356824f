//! Signatures of plugins: an environment's keys, what they signed, and whether mappings take nothing else.

use sqlx::FromRow;

use crate::db::{Sql, Tx, binds, each, rows};
use crate::events::NewEvent;
use crate::{Environment, Error, Result};

#[derive(Debug, Clone, FromRow)]
pub struct PluginKeyRow {
    /// Digest of the key.
    pub id: String,
    pub name: String,
    /// PEM.
    pub public_key: String,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
}

/// A signature with what is known of its key.
#[derive(Debug, Clone, FromRow)]
pub struct SignatureRow {
    /// Of the plugin.
    pub digest: String,
    pub key_id: String,
    pub name: String,
    pub signature: String,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct NewSignature {
    pub key_id: String,
    pub signature: String,
}

/// Which of these digests are of plugins that didn't come with the server and that no key in force has signed.
const UNTRUSTED: Sql = each!(
    "SELECT p.digest FROM",
    "JOIN plugins p ON p.environment_id = $2 AND p.digest = e.value->>0 WHERE p.stock = 0 AND NOT EXISTS \
     (SELECT 1 FROM plugin_signatures s JOIN plugin_keys k ON k.environment_id = s.environment_id AND k.id = s.key_id \
     WHERE s.environment_id = p.environment_id AND s.digest = p.digest AND k.revoked_at IS NULL) ORDER BY p.digest"
);
const REQUIRED: &str = "SELECT require_signatures FROM environments WHERE id = $1";

fn each_digest<S: AsRef<str>>(digests: &[S]) -> Vec<[&str; 1]> {
    digests.iter().map(|digest| [digest.as_ref()]).collect()
}

impl Environment {
    pub async fn plugin_keys(&self, after: &str, limit: i64) -> Result<Vec<PluginKeyRow>> {
        self.store
            .db()
            .all(
                "SELECT id, name, public_key, created_at, revoked_at FROM plugin_keys \
                 WHERE environment_id = $1 AND id > $2 ORDER BY id LIMIT $3",
                binds![&*self.id, after, limit],
            )
            .await
    }

    pub async fn plugin_key(&self, id: &str) -> Result<PluginKeyRow> {
        self.store
            .db()
            .one(
                "SELECT id, name, public_key, created_at, revoked_at FROM plugin_keys \
                 WHERE environment_id = $1 AND id = $2",
                binds![&*self.id, id],
            )
            .await
    }

    pub async fn add_plugin_key(&self, row: PluginKeyRow, events: &[NewEvent]) -> Result<()> {
        let mut tx = self.change().await?;
        tx.run(
            "INSERT INTO plugin_keys (environment_id, id, name, public_key, created_at) VALUES ($1, $2, $3, $4, $5)",
            binds![&*self.id, row.id, row.name, row.public_key, row.created_at],
        )
        .await?;
        self.finish(tx, events).await
    }

    /// Ends what a key can do, for good; one that is revoked already stays as it is.
    pub async fn revoke_plugin_key(&self, id: &str, now: i64, events: &[NewEvent]) -> Result<()> {
        let mut tx = self.change().await?;
        let revoked = tx
            .run(
                "UPDATE plugin_keys SET revoked_at = $3 WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL",
                binds![&*self.id, id, now],
            )
            .await?;
        if revoked == 0 {
            return Ok(());
        }
        self.finish(tx, events).await
    }

    pub async fn requires_signatures(&self) -> Result<bool> {
        let (required,): (i64,) = self.store.db().one(REQUIRED, binds![&*self.id]).await?;
        Ok(required != 0)
    }

    pub async fn require_signatures(&self, required: bool, events: &[NewEvent]) -> Result<()> {
        let mut tx = self.change().await?;
        tx.run(
            "UPDATE environments SET require_signatures = $2 WHERE id = $1",
            binds![&*self.id, required],
        )
        .await?;
        self.finish(tx, events).await
    }

    /// Who signed these plugins, revoked keys among them.
    pub async fn signatures<S: AsRef<str>>(&self, digests: &[S]) -> Result<Vec<SignatureRow>> {
        let mut binds = rows(&each_digest(digests));
        binds.extend(binds![&*self.id]);
        self.store
            .db()
            .all(
                each!(
                    "SELECT s.digest, s.key_id, k.name, s.signature, s.created_at, k.revoked_at FROM",
                    "JOIN plugin_signatures s ON s.environment_id = $2 AND s.digest = e.value->>0 \
                     JOIN plugin_keys k ON k.environment_id = s.environment_id AND k.id = s.key_id \
                     ORDER BY s.digest, s.created_at, s.key_id"
                ),
                binds,
            )
            .await
    }

    /// Which of these plugins nobody vouches for: they didn't come with the server, and no key in force has signed them.
    pub async fn untrusted<S: AsRef<str>>(&self, digests: &[S]) -> Result<Vec<String>> {
        let mut binds = rows(&each_digest(digests));
        binds.extend(binds![&*self.id]);
        let found: Vec<(String,)> = self.store.db().all(UNTRUSTED, binds).await?;
        Ok(found.into_iter().map(|(digest,)| digest).collect())
    }

    /// In the transaction that binds plugins: what was read before may have changed (a key revoked).
    pub(crate) async fn expect_signed(&self, tx: &mut Tx, digests: &[String]) -> Result<()> {
        let required: Option<(i64,)> = tx.optional(REQUIRED, binds![&*self.id]).await?;
        if required.is_none_or(|(required,)| required == 0) {
            return Ok(());
        }
        let mut binds = rows(&each_digest(digests));
        binds.extend(binds![&*self.id]);
        let untrusted: Vec<(String,)> = tx.all(UNTRUSTED, binds).await?;
        if untrusted.is_empty() {
            return Ok(());
        }
        Err(Error::Stale)
    }

    /// Adds signatures to a plugin that is there; those that are known stay as they are.
    pub async fn sign_plugin(
        &self,
        digest: &str,
        new: &[NewSignature],
        now: i64,
        events: &[NewEvent],
    ) -> Result<()> {
        let mut tx = self.change().await?;
        self.add_signatures(&mut tx, digest, new, now).await?;
        self.finish(tx, events).await
    }

    /// By keys in force: one that was revoked meanwhile adds nothing.
    pub(crate) async fn add_signatures(
        &self,
        tx: &mut Tx,
        digest: &str,
        new: &[NewSignature],
        now: i64,
    ) -> Result<()> {
        for NewSignature { key_id, signature } in new {
            let key: Option<(i64,)> = tx
                .optional(
                    "SELECT created_at FROM plugin_keys WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL",
                    binds![&*self.id, key_id],
                )
                .await?;
            if key.is_none() {
                return Err(Error::Stale);
            }
            tx.run(
                "INSERT INTO plugin_signatures (environment_id, digest, key_id, signature, created_at) \
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (environment_id, digest, key_id) DO NOTHING",
                binds![&*self.id, digest, key_id, signature, now],
            )
            .await?;
        }
        Ok(())
    }
}
