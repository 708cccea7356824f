//! RFC 7644 §3.11: `/Me` is not supported, and says so whatever is asked of it.

use serde_json::json;

use crate::support::{Acme, Db, on_both_databases};

on_both_databases!(nobody_is_me);

async fn nobody_is_me(db: Db) {
    let acme = Acme::start(db).await;
    for path in ["/Me", "/Me?attributes=userName", "/Me/emails"] {
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            let request = acme.scim.request(method, path);
            let request = request.header("Content-Type", "application/scim+json");
            let answer = request.body("{}").send(acme.scim.origin()).await;
            let detail = answer.expect_scim_error(501, None);
            assert!(detail.contains("token"), "{detail}");
        }
    }
    acme.scim
        .post("/Me", &json!({}))
        .await
        .expect_scim_error(501, None);
    let stranger = acme.scim.with_token("rc_scim_wrong");
    stranger.get("/Me").await.expect_scim_error(401, None);
}
