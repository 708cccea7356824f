//! Signatures of plugins: Ed25519 (RFC 8032) over a component's digest, made on a desk and verified by servers.
//!
//! Signed are two lines, each with its line break: `rolecall plugin signature v1` and the digest. The first keeps what
//! is signed here from being taken for something else that the same key signs. Keys are those of RFC 8410 as PEM, so
//! that OpenSSL or a vault can hold them. A signature is a line that says all it takes to check it, but the key itself.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePublicKey, KeypairBytes, spki,
};
use ed25519_dalek::{Signer, VerifyingKey};
use rolecall_mapping::Digest;

use crate::secret;

#[cfg(test)]
mod tests;

/// The first word of a signature.
const FORMAT: &str = "rolecall-plugin-v1";

/// A private key. Has no `Debug`, so no log can show it; wiped from memory when it is dropped.
pub struct SigningKey(ed25519_dalek::SigningKey);

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// What somebody says who holds a key: this is the component I mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub digest: Digest,
    /// Id of the key.
    pub key: String,
    bytes: ed25519_dalek::Signature,
}

/// Why a key or signature can't be read, in words that repeat nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(&'static str);

impl std::error::Error for Malformed {}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl SigningKey {
    pub fn generate() -> anyhow::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }

    /// Reads PKCS#8 as PEM (`-----BEGIN PRIVATE KEY-----`, RFC 8410 §7).
    pub fn read(pem: &str) -> Result<Self, Malformed> {
        if pem.contains("BEGIN PUBLIC KEY") {
            return Err(Malformed(
                "This is a public key; signing takes the private one.",
            ));
        }
        let key = ed25519_dalek::SigningKey::from_pkcs8_pem(pem.trim());
        key.map(Self).map_err(|_| {
            Malformed(
                "This is no private key: an Ed25519 key in PKCS#8 as PEM is expected (-----BEGIN PRIVATE KEY-----), \
                 without a passphrase.",
            )
        })
    }

    /// What `read` reads, for the file that keeps it.
    pub fn pem(&self) -> anyhow::Result<impl AsRef<str>> {
        use ed25519_dalek::pkcs8::EncodePrivateKey;
        // Without the public key beside it, which older versions of OpenSSL don't read.
        let bytes = KeypairBytes {
            secret_key: self.0.to_bytes(),
            public_key: None,
        };
        bytes
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|error| anyhow::anyhow!("a key can't be written: {error}"))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub fn sign(&self, component: &[u8]) -> Signature {
        let digest = Digest::of(component);
        Signature {
            key: self.public().id(),
            bytes: self.0.sign(&signed(&digest)),
            digest,
        }
    }
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo as PEM (`-----BEGIN PUBLIC KEY-----`, RFC 8410 §4).
    pub fn read(pem: &str) -> Result<Self, Malformed> {
        if pem.contains("PRIVATE KEY") {
            return Err(Malformed(
                "This is a private key, which must stay with the one who signs; the public one is expected. Whoever \
                 saw it can sign from now on: make a new pair.",
            ));
        }
        let key = VerifyingKey::from_public_key_pem(pem.trim()).map_err(|_| {
            Malformed(
                "This is no public key: an Ed25519 key as PEM is expected (-----BEGIN PUBLIC KEY-----).",
            )
        })?;
        if key.is_weak() {
            return Err(Malformed(
                "This key is weak: a signature by it says nothing.",
            ));
        }
        Ok(Self(key))
    }

    /// What `read` reads.
    pub fn pem(&self) -> Result<String, Malformed> {
        let pem = self.0.to_public_key_pem(LineEnding::LF);
        pem.map_err(|_: spki::Error| Malformed("This key can't be written."))
    }

    /// SHA-256 of the key as DER, 64 hexadecimal digits.
    pub fn id(&self) -> String {
        let der = self.0.to_public_key_der();
        secret::digest(der.map(spki::der::Document::into_vec).unwrap_or_default())
            .trim_start_matches("sha256:")
            .to_owned()
    }
}

impl Signature {
    /// Whether this key signed the digest that the signature names.
    pub fn is_by(&self, key: &PublicKey) -> bool {
        let signed = signed(&self.digest);
        self.key == key.id() && key.0.verify_strict(&signed, &self.bytes).is_ok()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { digest, key, .. } = self;
        let signature = STANDARD.encode(self.bytes.to_bytes());
        write!(f, "{FORMAT} {digest} {key} {signature}")
    }
}

impl FromStr for Signature {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed(
            "This is no signature: a line of `rolecall plugin sign` is expected (rolecall-plugin-v1, the component's \
             digest, the key's id, the signature as base64).",
        );
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let &[FORMAT, digest, key, signature] = words.as_slice() else {
            return Err(malformed);
        };
        let bytes = STANDARD.decode(signature).map_err(|_| malformed)?;
        let lower_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if key.len() != 64 || !key.bytes().all(lower_hex) {
            return Err(malformed);
        }
        Ok(Self {
            digest: Digest::parse(digest).ok_or(malformed)?,
            key: key.to_owned(),
            bytes: ed25519_dalek::Signature::from_slice(&bytes).map_err(|_| malformed)?,
        })
    }
}

fn signed(digest: &Digest) -> Vec<u8> {
    format!("rolecall plugin signature v1\n{digest}\n").into_bytes()
}
