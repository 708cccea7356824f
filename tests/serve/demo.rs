//! `rolecall demo`: the whole story in one command.

use serde_json::Value;

use crate::support::{Connection, Launch, Operator, Scim, Server};

#[tokio::test]
async fn it_tells_where_to_look_and_keeps_serving() {
    let mut demo = Server::run(Launch::demo(&["--json"]));
    let line = demo.next_line().await.expect("one line");
    let demo_is: Value = serde_json::from_str(&line).expect("the line is JSON");
    let text = |member: &str| demo_is[member].as_str().expect("text").to_owned();
    let operator = Operator::new(&text("url"), &text("operator_key"));

    let connections = demo_is["connections"].as_array().expect("connections");
    assert!(connections.len() >= 2, "two customers: {demo_is}");
    for connection in connections {
        let users = format!(
            "/v1/users?connection={}",
            connection["id"].as_str().expect("an id")
        );
        let users = operator.get(&users).await.expect(200);
        assert!(
            !users["data"].as_array().expect("a page").is_empty(),
            "traffic came: {users}"
        );

        let connection = Connection::from_created(connection);
        let scim = Scim::new(&text("url"), &connection.id, &connection.token);
        let user = scim.user("one.more@demo.example").await;
        let decision = operator.decision(&user).await;
        assert_eq!(decision["state"], "active", "{decision}");
    }

    demo.terminate();
    assert_eq!(demo.exit().await.code(), Some(0));
}
