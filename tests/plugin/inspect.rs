//! Verdicts: what a component is, what is wrong with it, in the words of an upload.

use crate::support::guest::{Act, Guest};
use crate::support::{Acme, Db, Desk};

#[tokio::test]
async fn the_stock_plugin_in_full() {
    let desk = Desk::new();
    let rules = desk.plugin(&["inspect", "rules"]).await.expect(0);
    for words in [
        "rules ",
        "sha256:",
        "attributes, tenants, roles",
        "rolecall:plugin/log@1.0.0",
        "rolecall:plugin@1.0.0",
        "\"default_role\"",
        "A server takes it.",
    ] {
        assert!(
            rules.out.contains(words),
            "{words} is not in:\n{}",
            rules.out
        );
    }
}

#[tokio::test]
async fn the_verdict_of_an_upload() {
    let acme = Acme::start(Db::Sqlite).await;
    let desk = Desk::new();
    let good = Guest::viewer().component();
    let refused: [(&str, Vec<u8>, &str); 7] = [
        (
            "text",
            b"#!/bin/sh\necho hello\n".to_vec(),
            "not_a_component",
        ),
        ("module", Guest::viewer().core_module(), "core_module"),
        ("half", good[..good.len() / 2].to_vec(), "invalid"),
        (
            "clock",
            Guest::viewer().with_clock().component(),
            "forbidden_import",
        ),
        ("no-slot", Guest::new().component(), "missing_export"),
        (
            "other-version",
            Guest::viewer()
                .with_contract("rolecall:plugin@1.0.0", "rolecall:plugin@9.0.0")
                .component(),
            "wrong_version",
        ),
        ("large", vec![0; 25 << 20], "too_large"),
    ];
    for (name, component, code) in refused {
        desk.write(name, &component);
        let inspected = desk
            .plugin(&["inspect", name, "--json"])
            .await
            .expect(1)
            .json();
        assert_eq!(inspected["refused"]["code"], code, "{name}: {inspected}");
        assert_eq!(inspected["bytes"], component.len());
        let uploaded = acme.operator.upload(&component).await.expect_problem(422);
        assert_eq!(uploaded["detail"], inspected["refused"]["detail"], "{name}");
        let shown = desk.plugin(&["inspect", name]).await.expect(1).out;
        let detail = uploaded["detail"].as_str().expect("words");
        assert!(
            shown.contains(detail) && shown.contains("sha256:"),
            "{shown}"
        );
    }

    let roles = Guest::new().roles(Act::Grants(Vec::new())).component();
    desk.write("roles.wasm", &roles);
    let plugin = &desk
        .plugin(&["inspect", "roles.wasm", "--json"])
        .await
        .expect(0)
        .json()["plugin"];
    assert_eq!(plugin["slots"], serde_json::json!(["roles"]));
    assert_eq!(plugin["contract"], "1.0.0");
    assert_eq!(plugin["digest"], acme.operator.plugin(&roles).await);

    let absent = desk.plugin(&["inspect", "no-such.wasm"]).await.expect(2);
    assert!(absent.err.contains("no-such.wasm"), "{}", absent.err);
}
