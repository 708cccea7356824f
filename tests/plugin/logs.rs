//! What plugins say, at the desk.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::support::guest::{Act, Guest};
use crate::support::server::rolecall;
use crate::support::{Acme, Db, Desk};

async fn trapping(acme: &Acme) {
    let panic = Act::Tell("panic", "no such key\u{1b}[2J", Box::new(Act::Trap));
    acme.run(&Guest::viewer().attributes(panic).component())
        .await;
}

fn desk(acme: &Acme) -> Desk {
    let mut desk = Desk::new();
    desk.set("ROLECALL_URL", acme.operator.origin());
    desk.set("ROLECALL_OPERATOR_KEY", acme.operator.key());
    desk
}

#[tokio::test]
async fn lines_and_places_of_a_connection() {
    let acme = Acme::start(Db::Sqlite).await;
    trapping(&acme).await;
    let user = acme.scim.user("ada@northwind.example").await;
    acme.operator.settled_plugin_logs(&acme.connection, 2).await;
    let desk = desk(&acme);
    let connection = acme.connection.id.as_str();
    let logs = desk.plugin(&["logs", connection]).await.expect(0).out;
    for words in [
        "panic  attributes",
        &user,
        "no such key",
        "in attributes at 0x",
    ] {
        assert!(logs.contains(words), "{words} is not in:\n{logs}");
    }
    assert!(!logs.contains('\u{1b}'), "the terminal is not commanded");
    let logs = [
        "logs", connection, "--json", "--level", "panic", "--user", &user,
    ];
    let logs = desk.plugin(&logs).await.expect(0).json();
    assert_eq!(logs["data"].as_array().map(Vec::len), Some(1), "{logs}");
    let none = ["logs", connection, "--slot", "roles"];
    assert_eq!(desk.plugin(&none).await.expect(0).out, "");
    let absent = desk.plugin(&["logs", "no-such"]).await.expect(1);
    assert!(absent.out.contains("no such connection"), "{}", absent.out);
    desk.plugin(&["logs", connection, "--level", "loud"])
        .await
        .expect(2);
}

#[tokio::test]
async fn lines_as_they_come() {
    let acme = Acme::start(Db::Sqlite).await;
    trapping(&acme).await;
    acme.scim.user("ada@northwind.example").await;
    acme.operator.settled_plugin_logs(&acme.connection, 2).await;
    let mut following = Command::new(rolecall())
        .args(["plugin", "logs", &acme.connection.id, "--follow", "--json"])
        .env("ROLECALL_URL", acme.operator.origin())
        .env("ROLECALL_OPERATOR_KEY", acme.operator.key())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let output = following.stdout.take().expect("its output");
    let mut lines = BufReader::new(output).lines();
    let mut seqs = Vec::new();
    for number in 1..=4 {
        let line = lines.next_line().await.expect("it prints");
        let line: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        seqs.push(line["seq"].as_i64().expect("a number"));
        if number == 2 {
            acme.scim.user("grace@northwind.example").await;
        }
    }
    assert_eq!(seqs, [1, 2, 3, 4], "none twice, none left out");
    acme.operator
        .delete(&acme.connection.path(""))
        .await
        .expect_status(204);
    let ended = following.wait().await.expect("it ends");
    assert_eq!(ended.code(), Some(1), "there is nothing to follow any more");
}
