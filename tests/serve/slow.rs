//! Slow clients, and many: none keeps what the server has for others.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::half_sent::{address, half_sent};
use crate::support::{Acme, Database, Db, Launch, on_both_databases};

on_both_databases!(
    a_body_that_never_comes_is_a_408,
    a_head_that_never_ends_is_not_waited_for,
    an_answer_that_nobody_reads_is_not_waited_for,
    connections_are_bounded
);

async fn with(db: Db, arguments: &[&str]) -> Acme {
    let database = Database::create(db);
    let launch = Launch::on(database.url()).with(arguments);
    Acme::launch(launch, database).await
}

/// What the server sends until it closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

async fn connected(acme: &Acme, head: &str) -> TcpStream {
    let stream = TcpStream::connect(address(acme)).await;
    let mut stream = stream.expect("the server listens");
    stream
        .write_all(head.as_bytes())
        .await
        .expect("the head goes out");
    stream
}

async fn a_body_that_never_comes_is_a_408(db: Db) {
    let acme = with(db, &["--body-timeout", "1.5"]).await;
    let mut stream = half_sent(&acme, 100).await;
    stream.write_all(b"{").await.expect("the body begins");
    let answer = rest(stream).await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 408 "), "{answer}");
    assert!(head.contains("connection: close"), "{answer}");
    assert!(
        head.contains("content-type: application/scim+json"),
        "{answer}"
    );
    let error: serde_json::Value = serde_json::from_str(body).expect("an error in JSON");
    assert_eq!(error["status"], "408");
    let detail = error["detail"].as_str().expect("a detail");
    assert!(detail.contains("1.5 seconds"), "{detail}");

    let host = address(&acme);
    let key = acme.operator.key();
    for path in ["/v1/tenants", "/v1/plugins"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nContent-Length: 100\r\n\r\n"
        );
        let answer = rest(connected(&acme, &head).await).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert!(answer.contains("request_timeout"), "{answer}");
    }
}

async fn a_head_that_never_ends_is_not_waited_for(db: Db) {
    let acme = with(db, &["--head-timeout", "1.5"]).await;
    for head in [
        "",
        "GET /livez HTTP/1.1\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nA: ",
    ] {
        let stream = connected(&acme, head).await;
        assert_eq!(rest(stream).await, "", "{head:?}");
    }
    // An idle connection likewise, once it has been answered.
    let stream = connected(&acme, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let answer = rest(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

async fn an_answer_that_nobody_reads_is_not_waited_for(db: Db) {
    const GET: &str = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
    let acme = with(db, &["--max-connections", "1", "--answer-timeout", "1.5"]).await;
    // More than the buffers between the two hold.
    let mut deaf = connected(&acme, "").await;
    let requests = GET.repeat(200);
    let sent = deaf.write_all(requests.as_bytes()).await;
    drop(sent);
    // The only place is free again before the client goes.
    let next = connected(
        &acme,
        "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(rest(next).await.starts_with("HTTP/1.1 200 "));
    drop(deaf);
    acme.operator
        .post("/v1/tenants", &json!({"key": "more", "name": "More"}))
        .await
        .expect(201);
}

async fn connections_are_bounded(db: Db) {
    const GET: &[u8] = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
    let acme = with(db, &["--max-connections", "1"]).await;
    let mut first = connected(&acme, "").await;
    let answered = async |stream: &mut TcpStream| {
        stream.write_all(GET).await.expect("a request goes out");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 200");
        // The rest of the answer is there with its beginning.
        let mut rest = [0; 1024];
        let length = stream.read(&mut rest).await.expect("the rest");
        assert!(length > 0, "the rest");
    };
    answered(&mut first).await;
    let mut second = connected(&acme, "").await;
    second.write_all(GET).await.expect("a request goes out");
    for _ in 0..50 {
        answered(&mut first).await;
    }
    let early = second.try_read(&mut [0; 1]).map_err(|error| error.kind());
    assert_eq!(early, Err(std::io::ErrorKind::WouldBlock));
    drop(first);
    let mut answer = [0; 12];
    second.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 200");
    drop(second);
    acme.operator
        .post("/v1/tenants", &json!({"key": "more", "name": "More"}))
        .await
        .expect(201);
}
