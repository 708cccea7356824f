//! Tokens and keys: 256 random bits, shown once, stored as a hash (invariant 11).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_store::KeyHash;
use sha2::{Digest, Sha256};

/// A secret on its way to the one who asked for it. Has no `Debug`, so no log can show it.
pub struct Secret(String);

impl Secret {
    /// `kind` tells people and secret scanners what it opens: `scim`, `op`.
    pub fn generate(kind: &str) -> anyhow::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("rc_{kind}_{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    pub fn given(secret: String) -> Self {
        Self(secret)
    }

    /// The text itself, for the one response that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> KeyHash {
        hash(&self.0)
    }

    /// What a list may show of it.
    pub fn last_four(&self) -> String {
        let start = self.0.len().saturating_sub(4);
        self.0.get(start..).unwrap_or_default().to_owned()
    }
}

pub(crate) fn hash(secret: &str) -> KeyHash {
    KeyHash(hex(&Sha256::digest(secret)))
}

/// SHA-256 of something, as `sha256:…`.
pub(crate) fn digest(bytes: impl AsRef<[u8]>) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
