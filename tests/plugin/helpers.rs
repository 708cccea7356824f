//! What mappings do all day comes out the same in every language.

use serde_json::{Value, json};

use crate::support::Desk;

/// The same plugin, written in each.
const SOURCES: [(&str, &str, &str); 3] = [
    ("rust", "src/lib.rs", include_str!("helpers/helpers.rs")),
    ("js", "src/plugin.js", include_str!("helpers/helpers.js")),
    (
        "python",
        "src/plugin.py",
        include_str!("helpers/helpers.py"),
    ),
];

fn user(attributes: Value) -> Value {
    let mut user = json!({"userName": "ada"});
    let (Value::Object(user_), Value::Object(attributes)) = (&mut user, attributes) else {
        panic!("objects")
    };
    user_.extend(attributes);
    user
}

/// Attributes of a user, and the profile they give: the displayed name and the address.
fn profiles() -> Vec<(&'static str, Value, Value)> {
    let name = json!({"formatted": "Ada B.", "givenName": "Ada", "familyName": "Byron"});
    let mail = |value: &str, kind: &str, primary: bool| json!({"value": value, "type": kind, "primary": primary});
    let [home, work, other] = [
        mail("home@a.example", "home", true),
        mail("work@a.example", "work", false),
        mail("other@a.example", "other", false),
    ];
    vec![
        ("nothing", json!({}), json!(["ada", null, null])),
        (
            "displayed",
            json!({"displayName": "Ada", "name": name}),
            json!(["Ada", null, null]),
        ),
        (
            "formatted",
            json!({"name": name}),
            json!(["Ada B.", null, null]),
        ),
        (
            "parts",
            json!({"name": {"familyName": "Byron", "givenName": "Ada"}}),
            json!(["Ada Byron", null, null]),
        ),
        (
            "family",
            json!({"name": {"familyName": "Byron"}}),
            json!(["Byron", null, null]),
        ),
        (
            "work",
            json!({"emails": [home, work, other]}),
            json!(["ada", "work@a.example", null]),
        ),
        (
            "primary",
            json!({"emails": [other, home]}),
            json!(["ada", "home@a.example", null]),
        ),
        (
            "first",
            json!({"emails": [other, mail("last@a.example", "home", false)]}),
            json!(["ada", "other@a.example", null]),
        ),
        (
            "enterprise",
            json!({"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Zoë & Co"}}),
            json!(["ada", null, "Zoë & Co"]),
        ),
    ]
}

fn write_cases(desk: &Desk, language: &str) {
    let case = |name: &str, case: Value| {
        desk.write(&format!("{language}-cases/{name}.json"), case.to_string());
    };
    case(
        "defaults",
        json!({
            "home": "acme",
            "tenants": ["acme"],
            "catalogue": {
                "roles": [{"key": "admin", "permissions": ["read"]}],
                "features": [{"key": "exports"}],
                "permissions": [{"key": "read"}],
                "object_types": [{"key": "report", "actions": ["read"]}],
            },
        }),
    );
    for (name, attributes, expect) in profiles() {
        let profile = json!({"name": expect[0], "email": expect[1], "department": expect[2]});
        let expect = json!({"state": "active", "profile": profile, "grants": []});
        case(name, json!({"user": user(attributes), "expect": expect}));
    }
    let grant = |kind: &str, name: &str, group: &str| json!({"tenant": "acme", "kind": kind, "name": name, "reason": "why", "groups": [group]});
    let mut on = grant("permission", "read", "g3");
    on["object"] = json!("report:7");
    let expect = json!({
        "state": "active",
        "grants": [grant("role", "admin", "g2"), grant("feature", "exports", "g3"), on],
    });
    // By name, exactly: neither letter case nor another way to write the same letters counts.
    let groups = ["admins", "Admins", "Zoë", "Zoe\u{308}"];
    case(
        "groups",
        json!({"user": user(json!({})), "groups": groups, "expect": expect}),
    );
    case(
        "other-groups",
        json!({
            "user": user(json!({})), "groups": ["admins", "Zoe\u{308}"],
            "expect": {"state": "active", "grants": []},
        }),
    );
    let problem = json!({"code": "internal", "detail": "broken: It can't decide."});
    case(
        "failure",
        json!({"user": {"userName": "broken"}, "expect": {"state": "pending", "problem": problem}}),
    );
    let problem = json!({"code": "unwelcome", "detail": "Nobody.", "path": "/userName"});
    case(
        "refusal",
        json!({"user": {"userName": "nobody"}, "expect": {"state": "refused", "problem": problem}}),
    );
}

#[tokio::test]
async fn they_say_the_same_in_every_language() {
    let desk = Desk::new();
    let mut lines = Vec::new();
    for (language, path, source) in SOURCES {
        desk.plugin(&["new", language, "--lang", language])
            .await
            .expect(0);
        desk.write(&format!("{language}/{path}"), source);
        write_cases(&desk, language);
        let cases = format!("{language}-cases");
        let tested = desk.plugin(&["test", language, "--cases", &cases]).await;
        assert_eq!(
            tested.code,
            Some(0),
            "{language}:\n{}\n{}",
            tested.out,
            tested.err
        );
        let case = format!("{cases}/groups.json");
        let ran = ["run", language, "--case", &case, "--json"];
        lines.push(desk.plugin(&ran).await.expect(0).json()["logs"].clone());
    }
    let line = |level: &str| json!({"level": level, "message": format!("{level} ü")});
    let expected = ["debug", "info", "warn", "error"].map(line);
    for (lines, (language, ..)) in lines.iter().zip(SOURCES) {
        assert_eq!(lines, &json!(expected), "{language}");
    }
}
