//! Stopping: SIGTERM lets requests in flight finish and exits with 0.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::half_sent::{address, half_sent};
use crate::support::scim::{id, person};
use crate::support::{Acme, Db, Guest, eventually, on_both_databases};

on_both_databases!(
    requests_in_flight_finish,
    a_body_that_never_comes_is_not_waited_for,
    a_waiting_reader_is_let_go
);

async fn requests_in_flight_finish(db: Db) {
    let mut acme = Acme::behind_a_proxy(db).await;
    acme.run(&Guest::viewer().component()).await;
    let body = person("ada@northwind.example").to_string();
    let mut stream = half_sent(&acme, body.len()).await;

    acme.server.terminate();
    eventually("the server to take no more connections", async || {
        TcpStream::connect(address(&acme))
            .await
            .is_err()
            .then_some(())
    })
    .await;
    stream
        .write_all(body.as_bytes())
        .await
        .expect("the body goes out");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(acme.server.exit().await.code(), Some(0));

    let (_, created) = answer.split_once("\r\n\r\n").expect("an answer has a body");
    let created: Value = serde_json::from_str(created).expect("a body in JSON");
    acme.server.restart().await;
    acme.reconnect();
    assert_eq!(acme.scim.read_user(&id(&created)).await, created);
}

async fn a_body_that_never_comes_is_not_waited_for(db: Db) {
    let mut acme = Acme::start(db).await;
    let _stream = half_sent(&acme, 100).await;
    acme.server.terminate();
    assert_eq!(acme.server.exit().await.code(), Some(0));
}

/// A long poll is not work in flight: it must not keep the server up.
async fn a_waiting_reader_is_let_go(db: Db) {
    let mut acme = Acme::start(db).await;
    let operator = acme.operator.clone();
    let reader = tokio::spawn(async move {
        let poll = operator.request("GET", "/v1/events?after=1000000&wait=300");
        poll.try_send(operator.origin()).await
    });
    // The poll comes first: the server takes connections in order.
    tokio::task::yield_now().await;
    acme.operator.get("/v1/catalog").await.expect(200);

    acme.server.terminate();
    assert_eq!(acme.server.exit().await.code(), Some(0));
    assert!(reader.await.is_ok(), "the reader was answered or cut off");
}
