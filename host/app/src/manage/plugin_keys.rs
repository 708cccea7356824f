//! The public keys of those who may sign an environment's plugins.

use rolecall_store::{Error as StoreError, PluginKeyRow};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::clock;
use crate::error::{Problem, problem};
use crate::manage::{Cursor, Operator, Page, check_name, event};
use crate::signing::PublicKey;

/// A public key (Ed25519) whose signatures count.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginKey {
    /// SHA-256 of the key as DER: 64 hexadecimal digits, which signatures name.
    pub id: String,
    pub name: String,
    /// SubjectPublicKeyInfo as PEM (RFC 8410).
    pub public_key: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; null while it is in force.
    pub revoked_at: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPluginKey {
    /// A name for people: who holds the private key.
    pub name: String,
    /// The key as PEM: `-----BEGIN PUBLIC KEY-----`, as `rolecall plugin keygen` and OpenSSL write it.
    pub public_key: String,
}

impl From<PluginKeyRow> for PluginKey {
    fn from(row: PluginKeyRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            public_key: row.public_key,
            created_at: clock::rfc3339(row.created_at),
            revoked_at: row.revoked_at.map(clock::rfc3339),
        }
    }
}

impl Operator {
    /// By id, revoked ones among them.
    pub async fn plugin_keys(&self, cursor: &Cursor) -> Result<Page<PluginKey>, Problem> {
        let rows = self
            .environment
            .plugin_keys(cursor.after(), cursor.limit() + 1)
            .await
            .map_err(problem("key"))?;
        cursor.page(rows, |row| row.id.clone(), |row| Ok(row.into()))
    }

    pub async fn plugin_key(&self, id: &str) -> Result<PluginKey, Problem> {
        let row = self.environment.plugin_key(id).await;
        Ok(row.map_err(problem("key"))?.into())
    }

    /// A key that was revoked never comes back: whoever has it may have signed anything.
    pub async fn add_plugin_key(&self, new: AddPluginKey) -> Result<PluginKey, Problem> {
        check_name("/name", &new.name)?;
        let invalid = |error: crate::signing::Malformed| {
            Problem::field("/public_key", "invalid_public_key", error.to_string())
        };
        let key = PublicKey::read(&new.public_key).map_err(invalid)?;
        let row = PluginKeyRow {
            id: key.id(),
            name: new.name,
            public_key: key.pem().map_err(invalid)?,
            created_at: clock::now(),
            revoked_at: None,
        };
        match self.environment.plugin_key(&row.id).await {
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(problem("key")(error)),
            Ok(known) => {
                let (code, what) = match known.revoked_at {
                    None => ("key_exists", "is here already"),
                    Some(_) => (
                        "key_revoked",
                        "was revoked here, which is for good. Add another key",
                    ),
                };
                let detail = format!("This key, named {:?}, {what}.", known.name);
                return Err(Problem::conflict(code, detail));
            }
        }
        let data = json!({ "name": row.name, "public_key": row.public_key });
        let added = event("plugin_key.added", None, None, Some(&row.id), &data);
        let add = self.environment.add_plugin_key(row.clone(), &[added]).await;
        add.map_err(problem("key"))?;
        Ok(row.into())
    }

    /// What it signed can't be bound any more, unless another key signed it, too. What is in force stays: nobody's
    /// access may vanish with a key.
    pub async fn revoke_plugin_key(&self, id: &str) -> Result<(), Problem> {
        let key = self.environment.plugin_key(id).await;
        let data = json!({ "name": key.map_err(problem("key"))?.name });
        let revoked = event("plugin_key.revoked", None, None, Some(id), &data);
        self.environment
            .revoke_plugin_key(id, clock::now(), &[revoked])
            .await
            .map_err(problem("key"))
    }
}
