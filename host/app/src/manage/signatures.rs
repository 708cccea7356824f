//! Who signed a plugin, and whether that is enough to bind it.

use std::collections::HashSet;

use rolecall_mapping::Digest;
use rolecall_store::{Error as StoreError, NewSignature, SignatureRow};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::clock;
use crate::error::{Problem, problem};
use crate::manage::plugins::Plugin;
use crate::manage::{Operator, event};
use crate::signing::{PublicKey, Signature};

/// A signature of a plugin by one of the environment's keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginSignature {
    /// Id of the key.
    pub key: String,
    /// The key's name.
    pub name: String,
    /// The line itself, as it was given.
    pub signature: String,
    /// RFC 3339: when it came here.
    pub created_at: String,
    /// The key was revoked: the signature doesn't count any more.
    pub revoked: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignPlugin {
    /// A line of `rolecall plugin sign`.
    pub signature: String,
}

/// Most signatures that come with an upload.
const MOST: usize = 16;

/// Why a signature doesn't count.
#[derive(Debug)]
struct Wrong {
    code: &'static str,
    detail: String,
}

impl Wrong {
    fn new(code: &'static str, detail: String) -> Self {
        Self { code, detail }
    }
}

impl From<SignatureRow> for PluginSignature {
    fn from(row: SignatureRow) -> Self {
        Self {
            key: row.key_id,
            name: row.name,
            signature: row.signature,
            created_at: clock::rfc3339(row.created_at),
            revoked: row.revoked_at.is_some(),
        }
    }
}

impl Operator {
    /// Adds a signature to a plugin that is here; says whether it is new.
    pub async fn sign_plugin(
        &self,
        named: &str,
        request: SignPlugin,
    ) -> Result<(Plugin, bool), Problem> {
        let plugin = self.plugin(named).await?;
        let digest = Digest::parse(&plugin.digest).ok_or_else(Problem::internal)?;
        let signature = self.verify(&digest, &request.signature).await?;
        let signature =
            signature.map_err(|wrong| Problem::field("/signature", wrong.code, wrong.detail))?;
        let is_new = self.add_signatures(&plugin, vec![signature]).await?;
        Ok((self.plugin(named).await?, is_new))
    }

    /// What came with an upload, before anything is made of it: all of them count, or it is refused.
    pub(crate) async fn verify_all(
        &self,
        digest: &Digest,
        signatures: &[String],
    ) -> Result<Vec<NewSignature>, Problem> {
        if signatures.len() > MOST {
            let detail = format!("An upload takes at most {MOST} signatures.");
            return Err(Problem::refused("too_many_signatures", detail));
        }
        let mut verified: Vec<NewSignature> = Vec::with_capacity(signatures.len());
        for signature in signatures {
            let signature = self.verify(digest, signature).await?;
            verified.push(signature.map_err(|wrong| Problem::refused(wrong.code, wrong.detail))?);
        }
        Ok(verified)
    }

    async fn verify(
        &self,
        digest: &Digest,
        text: &str,
    ) -> Result<Result<NewSignature, Wrong>, Problem> {
        let signature: Signature = match text.parse() {
            Ok(signature) => signature,
            Err(malformed) => {
                return Ok(Err(Wrong::new(
                    "malformed_signature",
                    format!("{malformed}"),
                )));
            }
        };
        let key = &signature.key;
        if signature.digest != *digest {
            let detail = format!(
                "The signature is of another component, {}; this one is {digest}. Sign what you upload: `rolecall \
                 plugin sign COMPONENT --key FILE`.",
                signature.digest
            );
            return Ok(Err(Wrong::new("other_component", detail)));
        }
        let row = match self.environment.plugin_key(key).await {
            Err(StoreError::NotFound) => {
                let detail = format!(
                    "It was made with the key {key}, which is none of this environment's. Have an operator add its \
                     public key with POST /v1/plugin-keys, or sign with a key that GET /v1/plugin-keys lists."
                );
                return Ok(Err(Wrong::new("unknown_key", detail)));
            }
            row => row.map_err(problem("key"))?,
        };
        if row.revoked_at.is_some() {
            let detail = format!(
                "The key {:?} ({key}) was revoked here; what it signs doesn't count. Sign with a key in force: GET \
                 /v1/plugin-keys lists them.",
                row.name
            );
            return Ok(Err(Wrong::new("revoked_key", detail)));
        }
        let public = PublicKey::read(&row.public_key).map_err(|error| {
            tracing::error!(%error, key, "a stored key can't be read");
            Problem::internal()
        })?;
        if !signature.is_by(&public) {
            let detail = format!(
                "It is no signature by the key {:?} ({key}) of {digest}: it was altered on its way, or made by \
                 somebody without that key. Sign the component again.",
                row.name
            );
            return Ok(Err(Wrong::new("wrong_signature", detail)));
        }
        Ok(Ok(NewSignature {
            key_id: row.id,
            signature: signature.to_string(),
        }))
    }

    /// Those that are verified; says whether one was new.
    pub(crate) async fn add_signatures(
        &self,
        plugin: &Plugin,
        mut verified: Vec<NewSignature>,
    ) -> Result<bool, Problem> {
        verified.retain(|new| {
            plugin
                .signatures
                .iter()
                .all(|known| known.key != new.key_id)
        });
        if verified.is_empty() {
            return Ok(false);
        }
        let events: Vec<_> = verified
            .iter()
            .map(|new| signed(&plugin.digest, new))
            .collect();
        self.environment
            .sign_plugin(&plugin.digest, &verified, clock::now(), &events)
            .await
            .map_err(problem("plugin"))?;
        Ok(true)
    }

    /// The plugins among these that can't be bound here, which is to be said at each; none where signatures aren't
    /// required.
    pub(crate) async fn unsigned(&self, digests: &[String]) -> Result<HashSet<String>, Problem> {
        let required = self.environment.requires_signatures().await;
        if !required.map_err(problem("environment"))? {
            return Ok(HashSet::new());
        }
        let untrusted = self.environment.untrusted(digests).await;
        Ok(untrusted.map_err(problem("plugin"))?.into_iter().collect())
    }

    /// Why such a plugin can't be bound, and who has to do what.
    pub(crate) async fn why_unsigned(&self, digest: &str) -> Result<String, Problem> {
        let plugin = self.plugin(digest).await?;
        let Plugin { name, version, .. } = &plugin;
        let revoked: Vec<String> = plugin
            .signatures
            .iter()
            .map(|signature| format!("{:?}", signature.name))
            .collect();
        let because = if revoked.is_empty() {
            "nobody has signed".to_owned()
        } else {
            format!("only revoked keys ({}) have signed", revoked.join(", "))
        };
        Ok(format!(
            "This environment binds signed plugins only, and {because} {name} {version} ({digest}). Have somebody who \
             holds one of the environment's keys sign it (`rolecall plugin sign COMPONENT --key FILE`), and send the \
             signature with POST /v1/plugins/{digest}/signatures.",
        ))
    }

    /// For what puts a stored mapping to work: refused as a whole.
    pub(crate) async fn expect_signed(&self, digests: &[String]) -> Result<(), Problem> {
        let unsigned = self.unsigned(digests).await?;
        match digests.iter().find(|digest| unsigned.contains(*digest)) {
            Some(digest) => Err(Problem::refused(UNSIGNED, self.why_unsigned(digest).await?)),
            None => Ok(()),
        }
    }
}

/// The code of a plugin that can't be bound.
pub(crate) const UNSIGNED: &str = "unsigned_plugin";

pub(crate) fn signed(digest: &str, new: &NewSignature) -> rolecall_store::NewEvent {
    let data = json!({ "key": new.key_id, "signature": new.signature });
    event("plugin.signed", None, None, Some(digest), &data)
}
