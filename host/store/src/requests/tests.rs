use super::{BEYOND, OLDEST, OUTCOMES, RECORDED, Requests};
use crate::db::Db;

/// Ten million requests are found as fast as ten: each statement goes through the index that was made for it, and
/// none sorts, but for the ids of those about one resource.
#[tokio::test]
async fn every_way_to_ask_has_an_index() {
    let db = Db::open("sqlite::memory:", true).await.unwrap();
    db.migrate().await.unwrap();
    let by_id = "requests_1 (connection_id=? AND id>? AND id<?)";
    let by_outcome =
        "requests_outcome (connection_id=? AND (outcome,id)>(?,?) AND (outcome,id)<(?,?))";
    for (statement, index) in [
        (Requests::All.statement(), by_id),
        (Requests::With("409 POST").statement(), by_outcome),
        (
            Requests::About(1).statement(),
            "PRIMARY KEY (bucket=? AND subject=? AND id>? AND id<?)",
        ),
        (BEYOND, "requests_1 (connection_id=?)"),
        (OLDEST, "requests_1 (connection_id=? AND id<?)"),
        (
            OUTCOMES,
            "requests_outcome (connection_id=? AND outcome>? AND outcome<?)",
        ),
        (RECORDED, "(connection_id>?)"),
    ] {
        let explain: &'static str = format!("EXPLAIN QUERY PLAN {statement}").leak();
        let plan: Vec<(i64, i64, i64, String)> = db.all(explain, vec![]).await.unwrap();
        let steps: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
        assert!(
            steps.iter().any(|step| step.ends_with(index)),
            "{statement}: {steps:#?}"
        );
        let sorts = steps.iter().filter(|step| step.contains("TEMP B-TREE"));
        let may = usize::from(statement == Requests::About(1).statement());
        assert!(sorts.count() <= may, "{statement}: {steps:#?}");
    }
}
