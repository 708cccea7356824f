//! PostgreSQL's planner knows of an initial import before autovacuum comes by.

use crate::support::scim::person;
use crate::support::{Acme, Database, Db, eventually};

#[tokio::test]
async fn a_table_that_fills_up_is_analysed() {
    let acme = Acme::start(Db::Postgres).await;
    let Database::Postgres(cluster, name) = &acme.database else {
        panic!("a database of PostgreSQL")
    };
    cluster.sql(
        name,
        "ALTER TABLE resources SET (autovacuum_enabled = false)",
    );
    for number in 0..150 {
        let user = person(&format!("user{number}@northwind.example"));
        acme.scim.create_user(&user).await.expect(201);
    }
    eventually("statistics of the resources", async || {
        let known = "SELECT reltuples >= 100 FROM pg_class WHERE relname = 'resources'";
        (cluster.value(name, known) == "t").then_some(())
    })
    .await;
}
