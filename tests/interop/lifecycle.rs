//! Bugs 17–19, 24 and 25: coming, changing, going; and whose business it is.

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::scim::{id, person};
use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(
    bug_17_the_inactive_come_back,
    bug_18_put_or_patch_is_missing,
    bug_19_passwords_of_the_provider,
    bug_24_duplicates,
    bug_25_other_tenants_and_authority,
);

async fn bug_17_the_inactive_come_back(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    let again = person("ada@northwind.example");
    acme.scim
        .create_user(&again)
        .await
        .expect_scim_error(409, Some("uniqueness"));

    acme.scim.set_active(&ada, false).await;
    let mut returned = again.clone();
    returned["title"] = "Analyst".into();
    let returned = acme.scim.create_user(&returned).await.expect(201);
    assert_eq!(
        (id(&returned), &returned["active"]),
        (ada.clone(), &json!(true))
    );
    assert_eq!(returned["title"], "Analyst");

    // Renamed meanwhile: the provider's own identifier says who it is.
    acme.scim.set_active(&ada, false).await;
    let mut renamed = again.clone();
    renamed["userName"] = "lovelace@northwind.example".into();
    let renamed = acme.scim.create_user(&renamed).await.expect(201);
    assert_eq!(id(&renamed), ada);
    assert_eq!(acme.scim.count("userName pr").await, 1, "no second record");

    // Two people are none of them.
    let mut bob = person("bob@northwind.example");
    bob["externalId"] = "ext-bob".into();
    acme.scim.create_user(&bob).await.expect(201);
    acme.scim.set_active(&ada, false).await;
    bob["externalId"] = "ext-ada".into();
    acme.scim
        .create_user(&bob)
        .await
        .expect_scim_error(409, Some("uniqueness"));
    assert_eq!(acme.scim.read_user(&ada).await["active"], false);

    // To a strict connection it is a conflict.
    let strict = json!({"strictness": "strict"});
    acme.operator
        .patch(&acme.connection.path(""), &strict)
        .await
        .expect(200);
    acme.scim
        .create_user(&again)
        .await
        .expect_scim_error(409, Some("uniqueness"));
}

async fn bug_18_put_or_patch_is_missing(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme.scim.user("ada@northwind.example").await;
    let group = acme.scim.group("Analysts", &[&ada]).await;
    let path = format!("/Users/{ada}");
    let title = json!([{"op": "replace", "path": "title", "value": "Analyst"}]);
    let patched = acme.scim.patch(&path, &title).await.expect(200);
    assert_eq!(patched["title"], "Analyst");
    let put = json!({"schemas": [], "id": ada, "userName": "ada@northwind.example", "meta": {}, "groups": []});
    let replaced = acme.scim.put(&path, &put).await.expect(200);
    assert_eq!(
        replaced.get("title"),
        None,
        "PUT clears what it does not say"
    );
    assert_eq!(
        replaced["groups"][0]["value"],
        group.as_str(),
        "but memberships are the group's"
    );

    let path = format!("/Groups/{group}");
    let rename = json!([{"op": "replace", "value": {"id": group, "displayName": "Engineers"}}]);
    acme.scim.patch(&path, &rename).await.expect_status(204);
    let put = json!({"schemas": [], "displayName": "Crew", "members": [{"value": ada}]});
    let replaced = acme.scim.put(&path, &put).await.expect(200);
    assert_eq!(replaced["displayName"], "Crew");
    assert_eq!(replaced["members"][0]["value"], ada.as_str());
}

async fn bug_19_passwords_of_the_provider(db: Db) {
    let acme = Acme::start(db).await;
    let mut user = person("ada@northwind.example");
    user["password"] = "x".into();
    let created = acme.scim.create_user(&user).await.expect(201);
    assert_eq!(created.get("password"), None);
    let path = format!("/Users/{}", id(&created));
    let secret = "1mz050nq-and-more";
    for operations in [
        json!([{"op": "replace", "path": "password", "value": secret}]),
        json!([{"op": "replace", "value": {"password": secret}}]),
    ] {
        let answer = acme.scim.patch(&path, &operations).await;
        answer.expect_status(200);
        assert!(!answer.text().contains(secret));
    }
    user["password"] = secret.into();
    let answer = acme.scim.put(&path, &user).await;
    assert!(!answer.text().contains(secret));
    let events = json!(acme.operator.events_after(0).await).to_string();
    assert!(!events.contains(secret) && !acme.server.log().contains(secret));
}

async fn bug_24_duplicates(db: Db) {
    let acme = Acme::start(db).await;
    let mut running = JoinSet::new();
    for _ in 0..12 {
        let scim = acme.scim.clone();
        running.spawn(async move { scim.create_user(&person("ada@northwind.example")).await });
    }
    let mut created = 0;
    while let Some(answer) = running.join_next().await {
        let answer = answer.expect("a request ends");
        if answer.status == 201 {
            created += 1;
        } else {
            answer.expect_scim_error(409, Some("uniqueness"));
        }
    }
    assert_eq!(created, 1);
    assert_eq!(acme.scim.count("userName pr").await, 1);
    acme.scim.group("Analysts", &[]).await;
    let group = json!({"schemas": [], "displayName": "analysts"});
    let answer = acme.scim.post("/Groups", &group).await;
    answer.expect_scim_error(409, Some("uniqueness"));
}

async fn bug_25_other_tenants_and_authority(db: Db) {
    let acme = Acme::start(db).await;
    let ada = acme
        .scim
        .create_user(&person("ada@northwind.example"))
        .await
        .expect(201);
    let path = format!("/Users/{}", id(&ada));
    let contoso = acme.operator.connect("contoso", "okta", &json!({})).await;
    let contoso = acme.server.scim(&contoso);

    contoso.get(&path).await.expect_scim_error(404, None);
    let take = json!([{"op": "replace", "path": "active", "value": false}]);
    contoso
        .patch(&path, &take)
        .await
        .expect_scim_error(404, None);
    contoso
        .put(&path, &person("mallory@contoso.example"))
        .await
        .expect_scim_error(404, None);
    contoso.delete(&path).await.expect_scim_error(404, None);
    let group = json!({"schemas": [], "displayName": "Ours", "members": [{"value": id(&ada)}]});
    contoso
        .post("/Groups", &group)
        .await
        .expect_scim_error(400, Some("invalidValue"));
    // Their token opens nothing of ours.
    let path_of_ours = acme.scim.with_token(contoso.token());
    path_of_ours
        .get("/Users")
        .await
        .expect_scim_error(401, None);

    // An id in a body takes nobody over.
    let mut impostor = person("mallory@northwind.example");
    impostor["id"] = ada["id"].clone();
    impostor["externalId"] = "ext-mallory".into();
    let impostor = acme.scim.create_user(&impostor).await.expect(201);
    assert_ne!(impostor["id"], ada["id"]);
    // Members are never created on the way.
    let unknown = json!({"schemas": [], "displayName": "Ghosts", "members": [{"value": "nobody"}]});
    acme.scim
        .post("/Groups", &unknown)
        .await
        .expect_scim_error(400, Some("invalidValue"));
    assert_eq!(
        acme.scim.get(&path).await.expect(200),
        ada,
        "untouched by all of this"
    );
}
