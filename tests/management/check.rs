//! `POST /v1/check`: may this user do that, there?

use serde_json::json;

use crate::support::guest::{Act, Guest, grant};
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(roles_permissions_and_features, questions_that_make_no_sense);

async fn roles_permissions_and_features(db: Db) {
    let acme = Acme::start(db).await;
    let grants = vec![
        grant("northwind", "role", "analyst", &[]),
        grant("northwind", "feature", "exports", &[]),
        grant("northwind", "permission", "users.manage", &[]),
    ];
    acme.run(&Guest::viewer().roles(Act::Grants(grants)).component())
        .await;
    let user = acme.scim.user("ada@northwind.example").await;

    let questions = [
        (json!({"role": "analyst"}), true),
        (json!({"role": "admin"}), false),
        (json!({"permission": "reports.write"}), true),
        (json!({"permission": "users.manage"}), true),
        (json!({"feature": "exports"}), true),
        (json!({"feature": "sso_audit"}), false),
    ];
    for (question, allowed) in questions {
        assert_eq!(
            acme.operator.allows(&user, "northwind", &question).await,
            allowed,
            "{question}"
        );
        assert!(
            !acme
                .operator
                .allows(&user, "northwind-emea", &question)
                .await,
            "{question}"
        );
    }
    assert!(
        !acme
            .operator
            .allows("no-such-user", "northwind", &json!({"role": "analyst"}))
            .await
    );
}

async fn questions_that_make_no_sense(db: Db) {
    let acme = Acme::start(db).await;
    let user = acme.scim.user("ada@northwind.example").await;
    let questions = [
        json!({"tenant": "northwind", "role": "viewer"}),
        json!({"user": user, "role": "viewer"}),
        json!({"user": user, "tenant": "northwind"}),
        json!({"user": user, "tenant": "northwind", "role": "viewer", "feature": "exports"}),
        json!({"user": user, "tenant": "northwind", "role": 7}),
    ];
    for question in questions {
        let answer = acme.operator.post("/v1/check", &question).await;
        assert!(matches!(answer.status, 400 | 422), "{question}: {answer:?}");
        let status = answer.status;
        answer.expect_problem(status);
    }
}
