//! Uploads: checked once, refused in plain words, addressed by digest.

use crate::support::guest::{Act, Guest};
use crate::support::words::expect_plain_words;
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    accepted_once_named_by_digest,
    refused_in_plain_words,
    the_stock_plugin_is_there,
    they_survive_a_restart,
);

async fn accepted_once_named_by_digest(db: Db) {
    let acme = Acme::start(db).await;
    let component = Guest::viewer().component();
    let uploaded = acme.operator.upload(&component).await.expect(201);
    let digest = uploaded["digest"].as_str().expect("a digest");
    assert!(
        digest.starts_with("sha256:") && digest.len() == 71,
        "{digest}"
    );
    assert_eq!(uploaded["name"], "test-guest");
    assert_eq!(uploaded["version"], "1.0.0");
    assert_eq!(
        uploaded["exports"],
        serde_json::json!(["attributes", "tenants", "roles"])
    );

    let again = acme.operator.upload(&component).await;
    assert!(matches!(again.status, 200 | 201), "{again:?}");
    assert_eq!(again.json()["digest"], digest);
    let listed = acme.operator.get("/v1/plugins").await.expect(200);
    let same = listed["data"].as_array().into_iter().flatten();
    assert_eq!(
        same.filter(|plugin| plugin["digest"] == digest).count(),
        1,
        "{listed}"
    );

    let part = Guest::new().roles(Act::Grants(Vec::new())).component();
    let part = acme.operator.upload(&part).await.expect(201);
    assert_eq!(
        part["exports"],
        serde_json::json!(["roles"]),
        "what it exports and no more"
    );
}

async fn refused_in_plain_words(db: Db) {
    let acme = Acme::start(db).await;
    let good = Guest::viewer().component();
    let precompiled = b"\x7fELF\x02\x01\x01\x00 precompiled by somebody else".to_vec();
    let other_version = Guest::viewer()
        .with_contract("rolecall:plugin@1.0.0", "rolecall:plugin@9.0.0")
        .component();
    let other_types = Guest::viewer()
        .with_contract("tenant: string,\n    /// Why", "tenant: u64,\n    /// Why")
        .component();
    let uploads: [(&str, Vec<u8>, &str, &str); 9] = [
        ("nothing", Vec::new(), "", ""),
        (
            "a text",
            b"#!/bin/sh\necho hello\n".to_vec(),
            "not_a_component",
            "",
        ),
        (
            "a core module",
            Guest::viewer().core_module(),
            "core_module",
            "component",
        ),
        ("half a component", good[..good.len() / 2].to_vec(), "", ""),
        ("machine code", precompiled, "", ""),
        (
            "no slot",
            Guest::new().component(),
            "missing_export",
            "roles",
        ),
        ("another contract", other_version, "", "9"),
        ("other types", other_types, "wrong_export", ""),
        (
            "a clock",
            Guest::viewer().with_clock().component(),
            "forbidden_import",
            "wasi:clocks",
        ),
    ];
    for (what, bytes, code, words) in uploads {
        let problem = acme.operator.upload(&bytes).await.expect_problem(422);
        expect_plain_words(what, &problem, words);
        if !code.is_empty() {
            assert_eq!(problem["code"], code, "{what}: {problem}");
        }
    }
    let large = [good, vec![0; 20 << 20]].concat();
    let answer = acme.operator.upload(&large).await;
    assert!(matches!(answer.status, 413 | 422), "{}", answer.status);

    let listed = acme.operator.get("/v1/plugins").await.expect(200);
    let uploaded = listed["data"].as_array().into_iter().flatten();
    assert!(
        uploaded.into_iter().all(|plugin| plugin["stock"] == true),
        "{listed}"
    );
}

async fn the_stock_plugin_is_there(db: Db) {
    let acme = Acme::start(db).await;
    let listed = acme.operator.get("/v1/plugins").await.expect(200);
    let stock: Vec<_> = listed["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|plugin| plugin["stock"] == true)
        .collect();
    let [rules] = stock.as_slice() else {
        panic!("{listed}")
    };
    assert_eq!(rules["name"], "rules");
    assert!(
        rules["settings_schema"].is_object(),
        "forms can be drawn from it: {rules}"
    );
}

async fn they_survive_a_restart(db: Db) {
    let mut acme = Acme::start(db).await;
    acme.run(&Guest::viewer().component()).await;
    acme.server.kill_9().await;
    acme.server.restart().await;
    acme.reconnect();
    let user = acme.scim.user("ada@northwind.example").await;
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);
}
