//! Signatures: what counts as one, what an environment does with it that requires them, and what becomes of it all when
//! a key is revoked.

use serde_json::{Value, json};

use crate::support::acme::every_slot;
use crate::support::chain::checked_events;
use crate::support::guest::{Act, Guest, grant};
use crate::support::{Acme, Db, Signer, on_both_databases};

on_both_databases!(
    a_signature_comes_with_the_upload_or_later,
    what_does_not_count_is_refused,
    keys_are_added_and_revoked,
    only_what_is_signed_is_bound,
    what_is_in_force_survives_its_key,
    the_stock_plugin_needs_no_signature,
    everything_is_in_the_log,
);

fn granting(role: &str) -> Vec<u8> {
    let grants = vec![grant("northwind", "role", role, &[])];
    Guest::viewer().roles(Act::Grants(grants)).component()
}

/// Another signature of the same length.
fn damaged(line: &str) -> String {
    let at = line.len() - 10;
    let other = if &line[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &line[..at], &line[at + 1..])
}

fn signatures(digest: &str) -> String {
    format!("/v1/plugins/{digest}/signatures")
}

async fn a_signature_comes_with_the_upload_or_later(db: Db) {
    let acme = Acme::start(db).await;
    let operator = &acme.operator;
    let first = Signer::new().await.trusted_by(operator).await;
    let second = Signer::new().await.trusted_by(operator).await;
    let component = granting("viewer");
    let (by_first, by_second) = (first.sign(&component).await, second.sign(&component).await);

    let uploaded = operator.upload_signed(&component, &[&by_first]).await;
    let uploaded = uploaded.expect(201);
    assert_eq!(uploaded["trusted"], true, "{uploaded}");
    assert_eq!(uploaded["signatures"][0]["key"], *first.key, "{uploaded}");
    assert_eq!(uploaded["signatures"][0]["name"], "ci");
    let digest = uploaded["digest"].as_str().expect("a digest");

    let body = json!({ "signature": by_second });
    let signed = operator.post(&signatures(digest), &body).await.expect(201);
    let again = operator.post(&signatures(digest), &body).await.expect(200);
    let read = operator.get(&format!("/v1/plugins/{digest}")).await;
    let read = read.expect(200);
    assert_eq!((&signed, &again), (&read, &read));
    let keys: Vec<_> = read["signatures"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|signature| (&signature["key"], &signature["revoked"]))
        .collect();
    let both = [json!(first.key), json!(second.key)];
    let no = json!(false);
    assert_eq!(keys, [(&both[0], &no), (&both[1], &no)], "{read}");
    let listed = operator.get("/v1/plugins").await.expect(200);
    let listed = listed["data"].as_array().into_iter().flatten();
    assert!(listed.into_iter().any(|plugin| *plugin == read));

    // The same bytes again, with both in one header.
    let other = granting("admin");
    let line = format!(
        "{}, {}",
        first.sign(&other).await,
        second.sign(&other).await
    );
    operator.upload(&other).await.expect(201);
    let uploaded = operator.upload_signed(&other, &[&line]).await.expect(200);
    assert_eq!(
        uploaded["signatures"].as_array().map(Vec::len),
        Some(2),
        "{uploaded}"
    );
}

async fn what_does_not_count_is_refused(db: Db) {
    let acme = Acme::start(db).await;
    let operator = &acme.operator;
    let signer = Signer::new().await.trusted_by(operator).await;
    let stranger = Signer::new().await;
    let gone = Signer::new().await.trusted_by(operator).await;
    operator
        .delete(&format!("/v1/plugin-keys/{}", gone.key))
        .await
        .expect_status(204);
    let (component, other) = (granting("viewer"), granting("admin"));
    let good = signer.sign(&component).await;
    let claimed = stranger
        .sign(&component)
        .await
        .replace(&stranger.key, &signer.key);
    let wrong = [
        ("nothing", String::new(), "malformed_signature"),
        (
            "half",
            good[..good.len() / 2].to_owned(),
            "malformed_signature",
        ),
        ("more", format!("{good} and more"), "malformed_signature"),
        (
            "another format",
            good.replace("-v1", "-v2"),
            "malformed_signature",
        ),
        (
            "of another component",
            signer.sign(&other).await,
            "other_component",
        ),
        (
            "by a stranger",
            stranger.sign(&component).await,
            "unknown_key",
        ),
        (
            "by a revoked key",
            gone.sign(&component).await,
            "revoked_key",
        ),
        ("damaged", damaged(&good), "wrong_signature"),
        ("in another's name", claimed, "wrong_signature"),
    ];
    for (what, signature, code) in &wrong {
        let refused = operator
            .upload_signed(&component, &[&good, signature])
            .await;
        let problem = refused.expect_problem(422);
        assert_eq!(problem["code"], *code, "{what}: {problem}");
    }
    let listed = operator.get("/v1/plugins").await.expect(200);
    let uploaded = listed["data"].as_array().into_iter().flatten();
    assert!(
        uploaded.into_iter().all(|plugin| plugin["stock"] == true),
        "one that counts is not enough where another doesn't: {listed}"
    );

    let digest = operator.plugin(&component).await;
    for (what, signature, code) in &wrong {
        let body = json!({ "signature": signature });
        let refused = operator.post(&signatures(&digest), &body).await;
        let problem = refused.expect_problem(422);
        assert_eq!(problem["code"], *code, "{what}: {problem}");
        assert_eq!(problem["errors"][0]["pointer"], "/signature", "{problem}");
    }
    let plugin = operator.get(&format!("/v1/plugins/{digest}")).await;
    assert_eq!(plugin.expect(200)["trusted"], false);
    // It is of the plugin that it names, not of the one in the path.
    let body = json!({ "signature": good });
    let elsewhere = operator.post(&signatures("rules"), &body).await;
    assert_eq!(elsewhere.expect_problem(422)["code"], "other_component");
    let nowhere = signatures(&digest.replace("sha256:", "sha256:0"));
    operator.post(&nowhere, &body).await.expect_problem(404);
}

async fn keys_are_added_and_revoked(db: Db) {
    let acme = Acme::start(db).await;
    let operator = &acme.operator;
    let signer = Signer::new().await;
    let keys = "/v1/plugin-keys";
    let key = operator
        .post(keys, &signer.named("Release"))
        .await
        .expect(201);
    assert_eq!(key["public_key"], signer.public_key());
    assert_eq!(key["revoked_at"], Value::Null);
    let again = operator.post(keys, &signer.named("Again")).await;
    assert_eq!(again.expect_problem(409)["code"], "key_exists");
    let path = format!("{keys}/{}", signer.key);
    assert_eq!(operator.get(&path).await.expect(200), key);

    // A private key is not repeated to anybody.
    let private = signer.desk.read("key");
    let secret = private.lines().nth(1).expect("its second line");
    for (pem, words) in [
        (private.as_str(), "private key"),
        ("key", "no public key"),
        (&signer.public_key()[..70], "no public key"),
    ] {
        let body = json!({ "name": "x", "public_key": pem });
        let problem = operator.post(keys, &body).await.expect_problem(422);
        assert_eq!(problem["code"], "invalid_public_key", "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], "/public_key", "{problem}");
        let detail = problem["detail"].as_str().expect("words");
        assert!(detail.contains(words), "{detail}");
        assert!(!problem.to_string().contains(secret), "{problem}");
    }

    operator.delete(&path).await.expect_status(204);
    let revoked = operator.get(&path).await.expect(200);
    assert!(revoked["revoked_at"].is_string(), "{revoked}");
    operator.delete(&path).await.expect_status(204);
    let listed = operator.get(keys).await.expect(200);
    assert_eq!(listed["data"], json!([revoked]), "for good, since when");
    let back = operator.post(keys, &signer.named("Back")).await;
    assert_eq!(back.expect_problem(409)["code"], "key_revoked");
    let unknown = format!("{keys}/{}", "0".repeat(64));
    operator.delete(&unknown).await.expect_problem(404);
}

async fn only_what_is_signed_is_bound(db: Db) {
    let acme = Acme::start(db).await;
    let operator = &acme.operator;
    let signer = Signer::new().await.trusted_by(operator).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let component = granting("viewer");
    let digest = operator.plugin(&component).await;
    let draft = operator.map(&acme.connection, &every_slot(&digest)).await;
    let mappings = acme.connection.path("/mappings");
    let activate = format!("{mappings}/{draft}/activate");
    let preview = format!("{mappings}/{draft}/preview");
    let somebody = json!({"user": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bo"}});

    let environment = operator.get("/v1/environment").await.expect(200);
    assert_eq!(environment["require_signatures"], false, "{environment}");
    operator.require_signatures(true).await;
    let uploaded = operator.upload(&granting("admin")).await.expect(201);
    assert!(
        uploaded["warnings"][0]
            .as_str()
            .is_some_and(|it| it.contains("rolecall plugin sign")),
        "{uploaded}"
    );
    let refused = operator.post(&mappings, &every_slot(&digest)).await;
    let problem = refused.expect_problem(422);
    assert_eq!(
        problem["errors"].as_array().map(Vec::len),
        Some(3),
        "{problem}"
    );
    assert_eq!(problem["errors"][0]["pointer"], "/attributes/plugin");
    for error in [
        &problem["errors"][0],
        &operator
            .post(&activate, &json!({}))
            .await
            .expect_problem(422),
        &operator.post(&preview, &somebody).await.expect_problem(422),
    ] {
        assert_eq!(error["code"], "unsigned_plugin", "{error}");
        let detail = error["detail"].as_str().expect("words");
        for words in [
            &*digest,
            "nobody has signed",
            "rolecall plugin sign",
            "/signatures",
        ] {
            assert!(detail.contains(words), "{words}: {detail}");
        }
    }
    assert_eq!(operator.grants(&user).await, [""; 0]);

    let body = json!({ "signature": signer.sign(&component).await });
    operator.post(&signatures(&digest), &body).await.expect(201);
    operator.post(&preview, &somebody).await.expect(200);
    operator.activate(&acme.connection, draft).await;
    assert_eq!(operator.grants(&user).await, ["northwind role viewer"]);
    let made = operator.map(&acme.connection, &every_slot(&digest)).await;
    let made = operator
        .get(&format!("{mappings}/{made}"))
        .await
        .expect(200);
    assert_eq!(made["roles"]["trusted"], true, "{made}");

    operator.require_signatures(false).await;
    let unsigned = uploaded["digest"].as_str().expect("a digest");
    operator
        .remap(&acme.connection, &every_slot(unsigned))
        .await;
    assert_eq!(operator.grants(&user).await, ["northwind role admin"]);
}

async fn what_is_in_force_survives_its_key(db: Db) {
    let mut acme = Acme::start(db).await;
    let signer = Signer::new().await.trusted_by(&acme.operator).await;
    acme.operator.require_signatures(true).await;
    let mut revisions = Vec::new();
    for role in ["viewer", "analyst"] {
        let component = granting(role);
        let signature = signer.sign(&component).await;
        let uploaded = acme.operator.upload_signed(&component, &[&signature]).await;
        let digest = uploaded.expect(201)["digest"].as_str().map(str::to_owned);
        let slots = every_slot(&digest.expect("a digest"));
        revisions.push(acme.operator.remap(&acme.connection, &slots).await);
    }
    let [earlier, active] = revisions[..] else {
        panic!("two revisions")
    };
    let user = acme.scim.user("ada@northwind.example").await;
    let key = format!("/v1/plugin-keys/{}", signer.key);
    acme.operator.delete(&key).await.expect_status(204);

    assert_eq!(
        acme.operator.grants(&user).await,
        ["northwind role analyst"]
    );
    acme.server.kill_9().await;
    acme.server.restart().await;
    acme.reconnect();
    let operator = &acme.operator;
    let new = acme.scim.user("grace@northwind.example").await;
    assert_eq!(operator.grants(&new).await, ["northwind role analyst"]);
    let path =
        |revision: i64, rest: &str| acme.connection.path(&format!("/mappings/{revision}{rest}"));
    let mapping = operator.get(&path(active, "")).await.expect(200);
    assert_eq!(mapping["state"], "active");
    assert_eq!(mapping["roles"]["trusted"], false, "it shows: {mapping}");
    let plugin = mapping["roles"]["plugin"].as_str().expect("a digest");
    let plugin = operator
        .get(&format!("/v1/plugins/{plugin}"))
        .await
        .expect(200);
    assert_eq!(plugin["trusted"], false, "{plugin}");
    assert_eq!(plugin["signatures"][0]["revoked"], true, "{plugin}");

    // Nothing is bound by it any more; what is bound may be put in force again.
    let back = operator.post(&path(earlier, "/activate"), &json!({})).await;
    let problem = back.expect_problem(422);
    assert_eq!(problem["code"], "unsigned_plugin");
    let detail = problem["detail"].as_str().expect("words");
    assert!(detail.contains("only revoked keys (\"ci\")"), "{detail}");
    operator.activate(&acme.connection, active).await;

    let next = Signer::new().await.trusted_by(operator).await;
    let body = json!({ "signature": next.sign(&granting("viewer")).await });
    let digest = operator.plugin(&granting("viewer")).await;
    operator.post(&signatures(&digest), &body).await.expect(201);
    operator.activate(&acme.connection, earlier).await;
    assert_eq!(operator.grants(&user).await, ["northwind role viewer"]);
}

async fn the_stock_plugin_needs_no_signature(db: Db) {
    let acme = Acme::start(db).await;
    acme.operator.require_signatures(true).await;
    let rules = acme.operator.get("/v1/plugins/rules").await.expect(200);
    assert_eq!(rules["trusted"], true, "{rules}");
    let settings = json!({"roles": {"default_role": "viewer"}});
    let slots = json!({"roles": {"plugin": "rules", "settings": settings}});
    acme.operator.remap(&acme.connection, &slots).await;
    let user = acme.scim.user("ada@northwind.example").await;
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);
}

async fn everything_is_in_the_log(db: Db) {
    let acme = Acme::start(db).await;
    let operator = &acme.operator;
    let signer = Signer::new().await.trusted_by(operator).await;
    let component = granting("viewer");
    let signature = signer.sign(&component).await;
    let digest = operator.plugin(&component).await;
    let body = json!({ "signature": signature });
    operator.post(&signatures(&digest), &body).await.expect(201);
    operator.post(&signatures(&digest), &body).await.expect(200);
    operator.require_signatures(true).await;
    operator.require_signatures(true).await;
    let key = format!("/v1/plugin-keys/{}", signer.key);
    operator.delete(&key).await.expect_status(204);
    operator.delete(&key).await.expect_status(204);
    let events = checked_events(operator).await;
    let found: Vec<_> = events
        .iter()
        .filter(|event| {
            let kind = event["type"].as_str().unwrap_or_default();
            ["plugin_key.", "plugin.signed", "environment."]
                .iter()
                .any(|prefix| kind.starts_with(prefix))
        })
        .map(|event| json!([event["type"], event["subject"], event["data"]]))
        .collect();
    let public_key = signer.public_key();
    let expected = [
        json!(["plugin_key.added", signer.key, {"name": "ci", "public_key": public_key}]),
        json!(["plugin.signed", digest, {"key": signer.key, "signature": signature}]),
        json!(["environment.updated", null, {"require_signatures": true}]),
        json!(["plugin_key.revoked", signer.key, {"name": "ci"}]),
    ];
    assert_eq!(found, expected, "once each, however often it is said");
}
