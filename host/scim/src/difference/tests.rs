use serde_json::{Value, json};

use super::differences;

fn told(before: &Value, after: &Value) -> Vec<(String, Value, Value)> {
    let (before, after) = (before.as_object().unwrap(), after.as_object().unwrap());
    let found = differences(before, after).into_iter();
    found
        .map(|it| (it.path, it.from.cloned().into(), it.to.cloned().into()))
        .collect()
}

#[test]
fn what_differs_is_told_by_path() {
    const URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let before = json!({
        "userName": "ada", "title": "Dr", "name": {"givenName": "Ada", "familyName": "Byron"},
        "emails": [{"value": "a@x"}], URN: {"department": "R&D", "manager": {"value": "1"}},
    });
    let after = json!({
        "userName": "ada", "nickName": "Ada", "name": {"givenName": "Ada", "familyName": "King"},
        "emails": [{"value": "b@x"}], URN: {"department": "Sales", "manager": {"value": "2"}},
    });
    let found = told(&before, &after);
    assert_eq!(
        found,
        [
            ("nickName".to_owned(), json!(null), json!("Ada")),
            ("name.familyName".to_owned(), json!("Byron"), json!("King")),
            (
                "emails".to_owned(),
                json!([{"value": "a@x"}]),
                json!([{"value": "b@x"}])
            ),
            (format!("{URN}:department"), json!("R&D"), json!("Sales")),
            (format!("{URN}:manager.value"), json!("1"), json!("2")),
            ("title".to_owned(), json!("Dr"), json!(null)),
        ]
    );
    assert_eq!(told(&after, &after), []);
}
