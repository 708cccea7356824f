//! From the desk to a server.

use rolecall_plugin_bundle::RESELLER_MAPPING;
use serde_json::json;

use crate::support::guest::Guest;
use crate::support::{Acme, Db, Desk};

fn desk(acme: &Acme) -> Desk {
    let mut desk = Desk::new();
    desk.set("ROLECALL_URL", acme.operator.origin());
    desk.set("ROLECALL_OPERATOR_KEY", acme.operator.key());
    desk
}

#[tokio::test]
async fn uploaded_bound_and_active() {
    let acme = Acme::start(Db::Sqlite).await;
    let desk = desk(&acme);
    desk.write("reseller.wasm", RESELLER_MAPPING);
    let pushed = desk
        .plugin(&["push", "reseller.wasm", "--json"])
        .await
        .expect(0)
        .json();
    let inspected = desk
        .plugin(&["inspect", "reseller.wasm", "--json"])
        .await
        .expect(0)
        .json();
    assert_eq!(pushed["plugin"]["digest"], inspected["plugin"]["digest"]);

    let push = [
        "push",
        "reseller.wasm",
        "--connection",
        &acme.connection.id,
        "--activate",
    ];
    let pushed = desk.plugin(&push).await.expect(0);
    assert!(
        pushed.out.contains("revision 1") && pushed.out.contains("active"),
        "{}",
        pushed.out
    );
    let mapping = acme
        .operator
        .get(&acme.connection.path("/mappings/1"))
        .await
        .expect(200);
    assert_eq!(mapping["state"], "active");
    for slot in ["attributes", "tenants", "roles"] {
        assert_eq!(
            mapping[slot]["plugin"], inspected["plugin"]["digest"],
            "{mapping}"
        );
    }
}

#[tokio::test]
async fn the_servers_verdict_is_1_and_no_answer_is_2() {
    let acme = Acme::start(Db::Sqlite).await;
    let mut desk = desk(&acme);
    desk.write("clock.wasm", Guest::viewer().with_clock().component());
    let refused = desk.plugin(&["push", "clock.wasm"]).await.expect(1);
    assert!(refused.out.contains("wasi:clocks"), "{}", refused.out);
    let nowhere = ["push", "rules", "--connection", "no-such-connection"];
    let refused = desk.plugin(&nowhere).await.expect(1);
    assert!(
        refused.out.contains("no such connection"),
        "{}",
        refused.out
    );

    // The key comes from a file or the environment, never from the command line.
    desk.write("key", format!("{}\n", acme.operator.key()));
    desk.set("ROLECALL_OPERATOR_KEY", "a-key-with-a-typing-mistake");
    let wrong = desk.plugin(&["push", "rules"]).await.expect(2);
    assert!(wrong.err.contains("operator key"), "{}", wrong.err);
    assert!(!wrong.err.contains("typing-mistake"), "{}", wrong.err);
    desk.plugin(&["push", "rules", "--key-file", "key"])
        .await
        .expect(0);
    desk.plugin(&["push", "rules", "--key", acme.operator.key()])
        .await
        .expect(2);

    desk.set("ROLECALL_URL", "http://127.0.0.1:1");
    let silent = desk
        .plugin(&["push", "rules", "--key-file", "key"])
        .await
        .expect(2);
    assert!(
        silent.err.contains("no answer from http://127.0.0.1:1"),
        "{}",
        silent.err
    );
    // Whoever answers without TLS is not the server that was meant.
    let plain = acme.operator.origin().replace("http://", "https://");
    for (url, words) in [
        (&*plain, "no answer from https://"),
        ("127.0.0.1:80", "no URL"),
    ] {
        let push = ["push", "rules", "--key-file", "key", "--url", url];
        let failed = desk.plugin(&push).await.expect(2);
        assert!(failed.err.contains(words), "{}", failed.err);
    }
    let settings = json!({}).to_string();
    desk.write("settings.json", settings);
    desk.plugin(&["push", "rules", "--settings", "settings.json"])
        .await
        .expect(2);
}
