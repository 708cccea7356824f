//! Somebody who signs plugins, with the command that people sign with.

use serde_json::{Value, json};

use super::{Desk, Operator};

/// One pair of keys, on a desk of its own.
pub(crate) struct Signer {
    pub(crate) desk: Desk,
    /// Id of the key.
    pub(crate) key: String,
}

impl Signer {
    pub(crate) async fn new() -> Self {
        let desk = Desk::new();
        let made = desk.plugin(&["keygen", "key", "--json"]).await.expect(0);
        let key = made.json()["key"].as_str().expect("an id").to_owned();
        Self { desk, key }
    }

    /// The public key as PEM.
    pub(crate) fn public_key(&self) -> String {
        self.desk.read("key.pub")
    }

    /// The signature of a component: a line.
    pub(crate) async fn sign(&self, component: &[u8]) -> String {
        self.desk.write("signed.wasm", component);
        let sign = ["sign", "signed.wasm", "--key", "key"];
        let signed = self.desk.plugin(&sign).await.expect(0);
        signed.out.trim().to_owned()
    }

    /// What an operator does who trusts this one.
    pub(crate) async fn trusted_by(self, operator: &Operator) -> Self {
        let key = operator.post("/v1/plugin-keys", &self.named("ci")).await;
        assert_eq!(key.expect(201)["id"], self.key);
        self
    }

    /// The body that adds the key.
    pub(crate) fn named(&self, name: &str) -> Value {
        json!({"name": name, "public_key": self.public_key()})
    }
}
