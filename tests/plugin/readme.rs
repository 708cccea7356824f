//! The README's section for integrators, command by command.

use serde_json::json;

use crate::support::scim::{ENTERPRISE, id, person};
use crate::support::{Acme, Db, Desk};

/// The commands of a section's console blocks, one list per block.
fn commands(heading: &str) -> Vec<Vec<String>> {
    let readme = include_str!("../../README.md");
    let section = readme.split(heading).nth(1).expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or(section);
    let blocks = section.split("```console\n").skip(1);
    let lines = |block: &str| {
        let block = block.split("```").next().unwrap_or(block);
        let commands = block.lines().filter_map(|line| line.strip_prefix("$ "));
        commands.map(str::to_owned).collect()
    };
    blocks.map(lines).collect()
}

#[tokio::test]
async fn write_a_plugin() {
    let blocks = commands("\n## Write a plugin\n");
    let [desk_work, server_work] = blocks.as_slice() else {
        panic!("two blocks: {blocks:?}")
    };
    let mut desk = Desk::new();
    let told = desk.shell(&desk_work.join("\n")).await.expect(0).out;
    for words in [
        "3 passed, 0 failed",
        "acme  role admin",
        "A server takes it.",
        "p99",
    ] {
        assert!(told.contains(words), "{words} is not in:\n{told}");
    }

    let acme = Acme::start(Db::Sqlite).await;
    desk.set("ID", &acme.connection.id);
    let lines: Vec<String> = server_work
        .iter()
        .map(|line| {
            let line = line.replace("http://127.0.0.1:8080", acme.operator.origin());
            line.replace("a-secret-of-your-own", acme.operator.key())
        })
        .collect();
    let [export, push, case] = lines.as_slice() else {
        panic!("three commands: {lines:?}")
    };
    desk.shell(&["cd acme-mapping", export, push].join("\n"))
        .await
        .expect(0);
    let mut user = person("ada@northwind.example");
    user[ENTERPRISE] = json!({"department": "Sales"});
    let user = id(&acme.scim.create_user(&user).await.expect(201));
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);
    desk.set("USER_ID", &user);
    let told = desk
        .shell(&["cd acme-mapping", export, case].join("\n"))
        .await
        .expect(0)
        .out;
    assert!(told.contains("4 passed, 0 failed"), "{told}");
}
