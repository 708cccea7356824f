//! A database that is gone, full or locked: 503 with `Retry-After`, no partial write, and the server
//! recovers by itself.

use crate::support::chain::{checked_events, verify};
use crate::support::http::{Answer, Request};
use crate::support::postgres::Cluster;
use crate::support::scim::{id, person};
use crate::support::{Acme, Database, Db, Guest, Launch, eventually};

/// Says that the server is there and its database is not.
#[track_caller]
fn expect_unavailable(answer: Answer) {
    let again = answer
        .raw_header("retry-after")
        .and_then(|seconds| seconds.parse::<u32>().ok());
    assert!(again.is_some(), "no Retry-After: {answer:?}");
    answer.expect_scim_error(503, None);
}

#[tokio::test]
async fn postgres_gone() {
    let cluster = Cluster::start();
    let launch = Launch::on(cluster.url(&cluster.create()));
    let acme = Acme::launch(launch, Database::create(Db::Sqlite)).await;
    acme.run(&Guest::viewer().component()).await;
    let before = acme.scim.user("before@northwind.example").await;

    cluster.stop_server();
    let during = person("during@northwind.example");
    let during = acme.scim.create_user(&during).await;
    let correlation = during.header("x-request-id").expect("an id").to_owned();
    assert!(during.text().contains(&correlation), "{during:?}");
    assert!(acme.server.log().contains(&correlation), "the log names it");
    expect_unavailable(during);
    expect_unavailable(acme.scim.get(&format!("/Users/{before}")).await);
    let origin = acme.server.origin();
    Request::new("GET", "/livez")
        .send(origin)
        .await
        .expect_status(200);
    Request::new("GET", "/readyz")
        .send(origin)
        .await
        .expect_status(503);
    let problem = acme.operator.get(&format!("/v1/users/{before}")).await;
    assert!(problem.raw_header("retry-after").is_some(), "{problem:?}");
    problem.expect_problem(503);

    cluster.start_server();
    eventually("the server to recover", async || {
        let answer = acme
            .scim
            .create_user(&person("after@northwind.example"))
            .await;
        (answer.status == 201).then_some(())
    })
    .await;
    Request::new("GET", "/readyz")
        .send(origin)
        .await
        .expect_status(200);
    assert_eq!(
        acme.scim
            .count("userName eq \"during@northwind.example\"")
            .await,
        0
    );
    acme.scim.read_user(&before).await;
    // What was on its way to the request log when the database went is there.
    let requests = acme
        .connection
        .path("/requests?user=before@northwind.example&method=POST");
    eventually("the request to be kept", async || {
        let page = acme.operator.get(&requests).await.expect(200);
        (page["data"].as_array().map(Vec::len) == Some(1)).then_some(())
    })
    .await;
}

/// No file of the database may grow any more, as on a full disk.
#[tokio::test]
async fn sqlite_full() {
    let database = Database::create(Db::Sqlite);
    let launch = Launch::on(database.url()).surviving_full_files();
    let acme = Acme::launch(launch, database).await;
    acme.run(&Guest::viewer().component()).await;

    acme.server
        .limit_file_size(Some(acme.database.largest_file()));
    let mut stored = Vec::new();
    let refused = loop {
        let user = person(&format!("user{}@northwind.example", stored.len()));
        let answer = acme.scim.create_user(&user).await;
        if answer.status != 201 {
            break answer;
        }
        stored.push(answer.json());
        assert!(stored.len() < 10_000, "so many users need no more room");
    };
    expect_unavailable(refused);
    for user in &stored {
        assert_eq!(
            &acme.scim.read_user(&id(user)).await,
            user,
            "reading needs no room"
        );
    }

    acme.server.limit_file_size(None);
    eventually("the server to recover", async || {
        let answer = acme
            .scim
            .create_user(&person("after@northwind.example"))
            .await;
        (answer.status == 201).then_some(())
    })
    .await;
    let there = acme.scim.count("userName pr").await;
    assert_eq!(
        there,
        stored.len() as i64 + 1,
        "what was refused is not there"
    );
    checked_events(&acme.operator).await;
    verify(&acme.database).await;
}
