//! Keys and signatures at the desk, and on their way to a server.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::support::guest::{Act, Guest};
use crate::support::{Acme, Db, Desk, Signer};

#[tokio::test]
async fn a_private_key_stays_in_its_file() {
    let desk = Desk::new();
    let made = desk.plugin(&["keygen", "key"]).await.expect(0);
    let file = std::fs::metadata(desk.path("key")).expect("the file");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let private = desk.read("key");
    let secret = private.lines().nth(1).expect("its second line");
    assert!(private.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(
        desk.read("key.pub")
            .starts_with("-----BEGIN PUBLIC KEY-----\n")
    );

    desk.write("other.pub", "mine");
    desk.plugin(&["keygen", "other"]).await.expect(2);
    assert_eq!(desk.read("other.pub"), "mine", "not overwritten");
    assert!(!desk.path("other").exists(), "there is no half of a pair");
    let again = desk.plugin(&["keygen", "key"]).await.expect(2);
    assert_eq!(desk.read("key"), private, "not overwritten");
    let signed = desk
        .plugin(&["sign", "rules", "--key", "key"])
        .await
        .expect(0);
    let swapped = [
        "verify",
        "rules",
        "--signature",
        "key",
        "--public-key",
        "key",
    ];
    let swapped = desk.plugin(&swapped).await.expect(2);
    assert!(swapped.err.contains("private key"), "{}", swapped.err);
    for ran in [made, again, signed, swapped] {
        assert!(!format!("{}{}", ran.out, ran.err).contains(secret));
    }
}

#[tokio::test]
async fn a_signature_is_verified_without_a_server() {
    let signer = Signer::new().await;
    let desk = &signer.desk;
    let component = Guest::viewer().component();
    desk.write("plugin.wasm", &component);
    let sign = ["sign", "plugin.wasm", "--key", "key", "--out", "plugin.sig"];
    desk.plugin(&sign).await.expect(0);
    let verify = async |plugin: &str, signature: &str, key: &str, code: i32| {
        let verify = [
            "verify",
            plugin,
            "--signature",
            signature,
            "--public-key",
            key,
        ];
        let ran = desk.plugin(&verify).await.expect(code);
        format!("{}{}", ran.out, ran.err)
    };
    let good = verify("plugin.wasm", "plugin.sig", "key.pub", 0).await;
    assert!(
        good.contains(&format!("signed by {}", signer.key)),
        "{good}"
    );

    let mut altered = component.clone();
    *altered.last_mut().expect("bytes") ^= 1;
    desk.write("altered.wasm", altered);
    let said = verify("altered.wasm", "plugin.sig", "key.pub", 1).await;
    assert!(said.contains("another component"), "{said}");

    let other = Signer::new().await;
    desk.write("other.pub", other.public_key());
    let said = verify("plugin.wasm", "plugin.sig", "other.pub", 1).await;
    assert!(said.contains("another key"), "{said}");
    let line = desk.read("plugin.sig");
    desk.write("forged.sig", line.replace(&signer.key, &other.key));
    let said = verify("plugin.wasm", "forged.sig", "other.pub", 1).await;
    assert!(said.contains("forged"), "{said}");

    // Of several, one by the key is enough.
    desk.write(
        "both.sig",
        format!("{}\n{line}", other.sign(&component).await),
    );
    verify("plugin.wasm", "both.sig", "key.pub", 0).await;
    verify("plugin.wasm", "both.sig", "other.pub", 0).await;

    desk.write("empty.sig", "\n");
    desk.write("half.sig", &line[..100]);
    for (signature, key, words) in [
        ("empty.sig", "key.pub", "no signature in it"),
        ("half.sig", "key.pub", "no signature"),
        ("no-such.sig", "key.pub", "cannot read"),
        ("plugin.sig", "plugin.sig", "no public key"),
    ] {
        let said = verify("plugin.wasm", signature, key, 2).await;
        assert!(said.contains(words), "{said}");
    }
    desk.write(
        "encrypted",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4C\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    for (key, words) in [
        ("encrypted", "passphrase"),
        ("key.pub", "public key"),
        ("none", "cannot read"),
    ] {
        let ran = desk
            .plugin(&["sign", "plugin.wasm", "--key", key])
            .await
            .expect(2);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}

#[tokio::test]
async fn a_push_takes_signatures_along() {
    let acme = Acme::start(Db::Sqlite).await;
    let mut signer = Signer::new().await.trusted_by(&acme.operator).await;
    signer.desk.set("ROLECALL_URL", acme.operator.origin());
    signer
        .desk
        .set("ROLECALL_OPERATOR_KEY", acme.operator.key());
    acme.operator.require_signatures(true).await;
    let desk = &signer.desk;
    desk.write("plugin.wasm", Guest::viewer().component());
    let push = [
        "push",
        "plugin.wasm",
        "--connection",
        &acme.connection.id,
        "--activate",
    ];
    let unsigned = desk.plugin(&push).await.expect(1);
    assert!(
        unsigned.out.contains("rolecall plugin sign"),
        "{}",
        unsigned.out
    );

    let with_key = [&push[..], &["--signing-key", "key", "--json"]].concat();
    let pushed = desk.plugin(&with_key).await.expect(0).json();
    assert_eq!(pushed["plugin"]["trusted"], true, "{pushed}");
    assert_eq!(pushed["activation"]["active"], true, "{pushed}");

    let other = Guest::viewer().roles(Act::Grants(Vec::new())).component();
    desk.write("other.sig", format!("{}\n\n", signer.sign(&other).await));
    desk.write("other.wasm", &other);
    let push = ["push", "other.wasm", "--signature", "other.sig", "--json"];
    let pushed = desk.plugin(&push).await.expect(0).json();
    assert_eq!(pushed["plugin"]["signatures"][0]["key"], json!(signer.key));
    let wrong = ["push", "plugin.wasm", "--signature", "other.sig"];
    let refused = desk.plugin(&wrong).await.expect(1);
    assert!(refused.out.contains("another component"), "{}", refused.out);
}
