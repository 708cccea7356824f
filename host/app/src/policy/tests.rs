use serde_json::{Value, json};

use super::*;

fn policy(operations: &[Operation]) -> Policy {
    Policy {
        connection: "c1".to_owned(),
        operations: operations.to_vec(),
        keeps_deleted: false,
    }
}

fn row(doc: &Value) -> ResourceRow {
    ResourceRow {
        id: "u1".to_owned(),
        version: 1,
        inputs: 0,
        active: i64::from(doc["active"] == true),
        display: None,
        external_id: None,
        doc: doc.to_string(),
        created_at: 0,
        modified_at: 0,
    }
}

/// What a change needs: the operations without any of which it is refused.
fn needed(before: &Value, after: &Value) -> Vec<&'static str> {
    let after = after.as_object().unwrap();
    let needs = |operation: &Operation| {
        let others: Vec<_> = Operation::ALL
            .into_iter()
            .filter(|it| it != operation)
            .collect();
        policy(&others).allow_change(&row(before), after).is_err()
    };
    let found = Operation::ALL.into_iter().filter(needs);
    found.map(Operation::name).collect()
}

#[test]
fn a_change_needs_what_it_does() {
    let on = json!({"userName": "a", "active": true});
    let off = json!({"userName": "a", "active": false});
    let renamed = json!({"userName": "b", "active": true});
    let renamed_off = json!({"active": false, "userName": "b"});
    assert_eq!(needed(&on, &on), [""; 0]);
    assert_eq!(needed(&on, &off), ["deactivate"]);
    assert_eq!(needed(&on, &renamed), ["update"]);
    assert_eq!(needed(&on, &renamed_off), ["update", "deactivate"]);
    assert_eq!(needed(&off, &on), ["update"], "bringing back");
    assert_eq!(needed(&off, &renamed_off), ["update"]);
}

#[test]
fn a_refusal_says_who_changes_what() {
    let error = policy(&[Operation::Create])
        .allow(Operation::Delete)
        .unwrap_err();
    assert_eq!(error.status, 403);
    for part in ["\"delete\"", "\"operations\"", "PATCH /v1/connections/c1"] {
        assert!(error.detail.contains(part), "{error}");
    }
}
