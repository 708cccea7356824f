//! Plugins become native code in a process of their own, and are kept sealed: what goes wrong there costs nobody else
//! anything.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::guest::{Act, Guest};
use crate::support::http::Answer;
use crate::support::server::signal_to;
use crate::support::{Acme, Database, Db, Launch, Server, eventually, on_both_databases};

on_both_databases!(
    a_restart_compiles_nothing,
    what_is_not_loaded_is_decided_later,
);

const COMPILED: &str = "a component was compiled";

#[tokio::test]
async fn a_bomb_is_refused_while_others_are_served() {
    let acme = started(Db::Sqlite, &["--compile-time", "1"]).await;
    assert!(!acme.server.log().contains(COMPILED), "nobody needed it");
    acme.run(&Guest::viewer().component()).await;

    let bomb = upload(&acme, &Guest::viewer().slow_to_compile());
    let compiler = compiler(&acme.server).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    assert_eq!(acme.operator.user(&ada).await["state"], "active");
    acme.scim.read_user(&ada).await;
    assert!(!bomb.is_finished() && is_there(compiler), "meanwhile");

    let problem = answered(bomb).await.expect_problem(422);
    assert_eq!(problem["code"], "too_complex", "{problem}");
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.contains("1 s of CPU time"), "{detail}");
    assert!(detail.contains("--compile-time"), "{detail}");
    acme.operator.plugin(&another()).await;
}

#[tokio::test]
async fn memory_has_a_limit() {
    let acme = started(Db::Sqlite, &["--compile-memory", "64"]).await;
    let bomb = Guest::viewer().large_to_compile().component();
    let problem = acme.operator.upload(&bomb).await.expect_problem(422);
    assert_eq!(problem["code"], "too_complex", "{problem}");
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.contains("64 MiB of memory"), "{detail}");
}

#[tokio::test]
async fn the_compiler_knows_no_secrets() {
    let acme = started(Db::Sqlite, &[]).await;
    let bomb = upload(&acme, &Guest::viewer().slow_to_compile());
    let compiler = compiler(&acme.server).await;
    for file in ["environ", "cmdline"] {
        let read = fs::read(format!("/proc/{compiler}/{file}")).expect("a process that runs");
        let read = String::from_utf8_lossy(&read);
        for secret in [
            acme.operator.key(),
            &acme.database.url(),
            "ROLECALL",
            "PATH",
        ] {
            assert!(!read.contains(secret), "{file} has {secret}: {read}");
        }
    }
    signal_to("-KILL", compiler);
    answered(bomb).await;
}

/// Else clients that hang up could have many compiled at once.
#[tokio::test]
async fn an_upload_waits_for_one_that_nobody_waits_for() {
    let acme = started(Db::Sqlite, &["--compile-time", "1"]).await;
    let bomb = upload(&acme, &Guest::viewer().slow_to_compile());
    let compiler = compiler(&acme.server).await;
    bomb.abort();
    acme.operator.plugin(&another()).await;
    assert!(!is_there(compiler), "two compiled at a time");
}

async fn a_restart_compiles_nothing(db: Db) {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("compiled");
    let argument = cache.to_str().expect("a path in UTF-8");
    let mut acme = started(db, &["--cache", argument]).await;
    acme.run(&Guest::viewer().component()).await;
    acme.scim.user("ada@northwind.example").await;
    assert!(acme.server.log().contains(COMPILED));
    let mode = fs::metadata(&cache).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);

    restart(&mut acme).await;
    decides(&acme, "bob@northwind.example").await;
    assert!(!acme.server.log().contains(COMPILED), "it was kept");

    let kept = files(&cache);
    assert!(!kept.is_empty());
    for file in &kept {
        let mut bytes = fs::read(file).expect("a file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(file, bytes).expect("a file that can be written");
    }
    restart(&mut acme).await;
    decides(&acme, "cyd@northwind.example").await;
    let log = acme.server.log();
    assert!(log.contains("its seal does not hold"), "{log}");
    assert!(log.contains(COMPILED), "{log}");

    restart(&mut acme).await;
    decides(&acme, "dan@northwind.example").await;
    let log = acme.server.log();
    assert!(
        !log.contains("seal does not hold") && !log.contains(COMPILED),
        "{log}"
    );
}

/// Invariants 4 and 5 hold for plugins that can't even be loaded, the stock plugin included.
async fn what_is_not_loaded_is_decided_later(db: Db) {
    let mut acme = started(db, &[]).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    let bob = acme.scim.user("bob@northwind.example").await;
    assert_eq!(acme.operator.user(&ada).await["state"], "active");

    // What was accepted may take twice that.
    relaunch(&mut acme, &["--compile-memory", "32"]).await;
    let cyd = acme.scim.user("cyd@northwind.example").await;
    assert_eq!(acme.operator.user(&cyd).await["state"], "pending");
    let decision = acme.operator.decision(&cyd).await;
    assert_eq!(decision["problem"]["code"], "not_loaded", "{decision}");
    let detail = decision["problem"]["detail"].to_string();
    assert!(detail.contains("64 MiB of memory"), "{decision}");
    let title = json!([{"op": "replace", "path": "title", "value": "CEO"}]);
    let patched = acme.scim.patch(&format!("/Users/{ada}"), &title).await;
    patched.expect_status(200);
    assert_eq!(acme.operator.user(&ada).await["state"], "pending");
    acme.scim.set_active(&ada, false).await;
    assert_eq!(acme.operator.user(&ada).await["state"], "inactive");
    let left = acme.scim.delete(&format!("/Users/{bob}")).await;
    left.expect_status(204);
    let slots: Value = json!({"roles": {"plugin": "rules", "settings": {}}});
    let mapping = acme
        .operator
        .post(&acme.connection.path("/mappings"), &slots)
        .await;
    mapping.expect_problem(503);

    relaunch(&mut acme, &[]).await;
    eventually("the decision to be made", async || {
        let user = acme.operator.user(&cyd).await;
        (user["state"] == "active").then_some(())
    })
    .await;
}

pub(super) async fn started(db: Db, arguments: &[&str]) -> Acme {
    let database = Database::create(db);
    let launch = Launch::on(database.url()).with(arguments);
    Acme::launch(launch, database).await
}

async fn restart(acme: &mut Acme) {
    acme.server.terminate();
    acme.server.exit().await;
    acme.server.restart().await;
    acme.reconnect();
}

/// With other arguments.
pub(super) async fn relaunch(acme: &mut Acme, arguments: &[&str]) {
    acme.server.terminate();
    acme.server.exit().await;
    acme.server = Launch::on(acme.database.url())
        .with(arguments)
        .start()
        .await;
    acme.reconnect();
}

async fn decides(acme: &Acme, name: &str) {
    let user = acme.scim.user(name).await;
    assert_eq!(acme.operator.grants(&user).await, ["northwind role viewer"]);
}

/// A plugin that wasn't uploaded before.
pub(super) fn another() -> Vec<u8> {
    Guest::new().roles(Act::Grants(Vec::new())).component()
}

pub(super) fn upload(acme: &Acme, guest: &Guest) -> JoinHandle<Answer> {
    let (operator, component) = (acme.operator.clone(), guest.component());
    tokio::spawn(async move { operator.upload(&component).await })
}

pub(super) async fn answered(upload: JoinHandle<Answer>) -> Answer {
    upload.await.expect("an answer")
}

pub(super) async fn compiler(server: &Server) -> u32 {
    eventually("the compiler to run", async || {
        server.compilers().first().copied()
    })
    .await
}

pub(super) fn is_there(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}
