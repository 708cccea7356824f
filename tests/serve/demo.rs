//! `rolecall demo`: the whole story in one command.

use serde_json::Value;

use crate::support::chain::settled_events;
use crate::support::scim::{ENTERPRISE, id, person};
use crate::support::{Connection, Launch, Operator, Scim, Server};

#[tokio::test]
async fn it_tells_where_to_look_and_keeps_serving() {
    let mut demo = Server::run(Launch::demo(&["--json"]));
    let line = demo.next_line().await.expect("one line");
    let demo_is: Value = serde_json::from_str(&line).expect("the line is JSON");
    let text = |member: &str| demo_is[member].as_str().expect("text").to_owned();
    let operator = Operator::new(&text("url"), &text("operator_key"));

    let events = settled_events(&operator, 0).await;
    let connections = demo_is["connections"].as_array().expect("connections");
    assert!(connections.len() >= 2, "two customers: {demo_is}");
    for connection in connections {
        let known_as = connection["id"].as_str().expect("an id");
        for kind in ["user.created", "access.changed", "user.deleted"] {
            let happened = |event: &Value| event["type"] == kind && event["connection"] == known_as;
            assert!(
                events.iter().any(happened),
                "no {kind} in the traffic of {known_as}"
            );
        }

        let connection = Connection::from_created(connection);
        let scim = Scim::new(&text("url"), &connection.id, &connection.token);
        let mut user = person("one.more@demo.example");
        user[ENTERPRISE]["costCenter"] = "EU-4130".into();
        let user = id(&scim.create_user(&user).await.expect(201));
        let decision = operator.decision(&user).await;
        assert_eq!(decision["state"], "active", "{decision}");
    }

    demo.terminate();
    assert_eq!(demo.exit().await.code(), Some(0));
}
