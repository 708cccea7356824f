//! Invariants 2, 3 and 4, proved of a database from outside: `rolecall receipts verify` makes every decision again.

use crate::support::acme::every_slot;
use crate::support::database::Falsified;
use crate::support::guest::{Act, grant};
use crate::support::scim::{id, person};
use crate::support::server::run_rolecall;
use crate::support::{Acme, Database, Db, Guest, on_both_databases};

on_both_databases!(
    every_decision_is_made_again,
    what_was_altered_is_named,
    one_user_of_several,
);

/// Exit code, and what it says.
async fn verify(database: &Database, more: &[&str]) -> (Option<i32>, String) {
    let url = database.url();
    let ran = run_rolecall(&[&["receipts", "verify", "--database", &url], more].concat()).await;
    let words = [ran.stdout, ran.stderr].concat();
    (
        ran.status.code(),
        String::from_utf8_lossy(&words).into_owned(),
    )
}

/// All sorts of decisions, while the server is at work.
async fn every_decision_is_made_again(db: Db) {
    let acme = Acme::start(db).await;
    let by_rules = acme.scim.user("ada@northwind.example").await;
    acme.run(&Guest::viewer().component()).await;
    let member = acme.scim.user("bob@northwind.example").await;
    let group = acme.scim.group("Readers", &[&member]).await;
    let from_group = grant("northwind", "role", "viewer", &[&group]);
    let beyond = grant("elsewhere", "role", "viewer", &[]);
    let guest = Guest::viewer().roles(Act::Grants(vec![from_group, beyond]));
    acme.run(&guest.attributes(Act::Chatter).component()).await;
    acme.scim.set_active(&by_rules, false).await;
    for fault in [Act::Spin, Act::Grow, Act::Trap] {
        acme.run(&Guest::viewer().roles(fault).component()).await;
        let (code, words) = verify(&acme.database, &[]).await;
        assert_eq!(code, Some(0), "{words}");
        let told =
            "1 decisions made again, 1 the same bytes, 0 not; 1 users without a plugin, 0 waiting";
        assert!(words.contains(told), "{words}");
    }
    acme.scim.remove_member(&group, &member).await;
    let (code, words) = verify(&acme.database, &[]).await;
    assert_eq!(code, Some(0), "{words}");
}

async fn what_was_altered_is_named(db: Db) {
    let mut acme = Acme::start(db).await;
    let guest = Guest::viewer().component();
    acme.run(&guest).await;
    let ada = person("ada@northwind.example");
    let user = id(&acme.scim.create_user(&ada).await.expect(201));
    let fuel = acme.operator.decision(&user).await["slots"][2]["fuel"].clone();
    let recorded = format!("\"fuel\":{fuel}");
    let digit = if recorded.ends_with('0') { "1" } else { "0" };
    let other = format!("{}{digit}", &recorded[..recorded.len() - 1]);
    let in_force = |role| format!("{}northwindrole{role}", acme.connection.id);
    acme.server.terminate();
    acme.server.exit().await;
    let sound = async |what: &str| {
        let (code, words) = verify(&acme.database, &[]).await;
        assert_eq!(code, Some(0), "{what}: {words}");
    };
    sound("before").await;
    for (falsified, from, to, named) in [
        (
            Falsified::Documents,
            "Account Executive",
            "Account Executor!",
            "attributes: the input is recorded as",
        ),
        (
            Falsified::Decisions,
            "\"name\":\"viewer\"",
            "\"name\":\"editor\"",
            "roles: the output is recorded as",
        ),
        (
            Falsified::Decisions,
            &recorded,
            &other,
            "the fuel is recorded as",
        ),
        (
            Falsified::Access,
            &in_force("viewer"),
            &in_force("editor"),
            "the access is recorded as",
        ),
        (
            Falsified::Components,
            "test-guest",
            "best-guest",
            ": The stored component should be",
        ),
    ] {
        acme.database.falsify(falsified, from, to);
        let (code, words) = verify(&acme.database, &[]).await;
        assert_eq!(code, Some(1), "{named}: {words}");
        assert!(
            words.contains(&format!("user {user}: ")) && words.contains(named),
            "{named}: {words}"
        );
        acme.database.falsify(falsified, to, from);
        sound(named).await;
    }
}

async fn one_user_of_several(db: Db) {
    let acme = Acme::start(db).await;
    let digest = acme.operator.plugin(&Guest::viewer().component()).await;
    acme.operator
        .remap(&acme.connection, &every_slot(&digest))
        .await;
    let ada = acme.scim.user("ada@northwind.example").await;
    acme.scim.user("bob@northwind.example").await;
    let (code, words) = verify(&acme.database, &["--user", &ada]).await;
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains(": 1 decisions made again"), "{words}");
    let (code, words) = verify(&acme.database, &["--user", "nobody"]).await;
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("there is no user nobody"), "{words}");
}
