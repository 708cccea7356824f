//! PostgreSQL plans by statistics, and takes them once a minute at best. Until then it knows nothing of
//! a table that was empty a moment ago, and reads a connection from end to end for one name in it: an
//! initial import would be over before it knew better. So a table that has grown several times over is
//! analysed at once.

use std::time::Duration;

use crate::Result;
use crate::db::Db;
use crate::signals::Signals;

/// Between two looks while something is written. PostgreSQL counts rows once a second.
const PAUSE: Duration = Duration::from_secs(1);
/// And while nothing is: the last rows may be counted late.
const REST: Duration = Duration::from_secs(5);

/// Tables with some rows and several times as many as when they were last analysed, if ever they were.
const GROWN: &str = "SELECT CAST(c.relname AS TEXT) FROM pg_stat_user_tables s \
     JOIN pg_class c ON c.oid = s.relid WHERE c.relnamespace = CAST(current_schema() AS regnamespace) \
     AND s.n_live_tup >= 100 AND s.n_live_tup > 4 * c.reltuples";

/// The tables that grow with the users and what they do.
const ANALYSE: [(&str, &str); 10] = [
    ("resources", "ANALYZE resources"),
    ("lookups", "ANALYZE lookups"),
    ("members", "ANALYZE members"),
    ("decisions", "ANALYZE decisions"),
    ("access", "ANALYZE access"),
    ("access_groups", "ANALYZE access_groups"),
    ("events", "ANALYZE events"),
    ("seals", "ANALYZE seals"),
    ("requests", "ANALYZE requests"),
    ("request_subjects", "ANALYZE request_subjects"),
];

/// Looks until the pool closes. SQLite plans by its indexes alone.
pub(crate) async fn keep(db: Db, signals: Signals) {
    let Db::Postgres(pool) = &db else { return };
    let mut written = signals.written().subscribe();
    while !pool.is_closed() {
        let _ = tokio::time::timeout(REST, written.changed()).await;
        tokio::time::sleep(PAUSE).await;
        // Should it fail, autovacuum comes by.
        let _ = analyse(&db).await;
    }
}

async fn analyse(db: &Db) -> Result<()> {
    let grown: Vec<(String,)> = db.all(GROWN, vec![]).await?;
    for (table, statement) in ANALYSE {
        if grown.iter().any(|(name,)| name == table) {
            db.run(statement).await?;
        }
    }
    Ok(())
}
