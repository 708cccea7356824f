//! What must still hold for a change to commit. Rows are locked as they are read (PostgreSQL), in id
//! order, so that hosts beside each other don't deadlock.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::change::Body;
use crate::db::{Sql, Tx, each, rows};
use crate::error::{Error, Result, Unique};
use crate::writer::Job;

macro_rules! each_locking {
    ($head:literal, $tail:literal, $lock:literal) => {
        Sql {
            sqlite: concat!($head, " json_each($1) AS e ", $tail),
            postgres: concat!(
                $head,
                " jsonb_array_elements(CAST($1 AS jsonb)) AS e(value) ",
                $tail,
                " ",
                $lock
            ),
        }
    };
}

fn fail(results: &mut [Result<()>], index: usize, error: Error) {
    if results[index].is_ok() {
        results[index] = Err(error);
    }
}

/// The configuration is still the one the decision was made under.
pub(super) async fn fences(tx: &mut Tx, jobs: &[&Job], results: &mut [Result<()>]) -> Result<()> {
    let environments: BTreeSet<_> = jobs.iter().map(|job| (job.environment.as_str(),)).collect();
    let environments: Vec<_> = environments.into_iter().collect();
    let found: Vec<(String, i64)> = tx
        .all(
            each_locking!(
                "SELECT v.id, v.generation FROM",
                "CROSS JOIN environments v WHERE v.id = e.value->>0 ORDER BY v.id",
                "FOR SHARE OF v"
            ),
            rows(&environments),
        )
        .await?;
    let generations: HashMap<String, i64> = found.into_iter().collect();
    for (index, job) in jobs.iter().enumerate() {
        if generations.get(&job.environment) != Some(&job.change.fence.0) {
            fail(results, index, Error::Stale);
        }
    }
    Ok(())
}

/// Every resource named is there, in this connection, and as it was read.
pub(super) async fn versions(tx: &mut Tx, jobs: &[&Job], results: &mut [Result<()>]) -> Result<()> {
    let mut expected: BTreeMap<(&str, &str), Vec<(usize, Expected)>> = BTreeMap::new();
    for (index, job) in jobs.iter().enumerate() {
        let change = &job.change;
        let updates = change
            .updates
            .iter()
            .map(|update| (update.id.as_str(), (Some(update.version), update.inputs)));
        let touches = change
            .deletes
            .iter()
            .chain(&change.touches)
            .map(|touch| (touch.id.as_str(), (touch.version, touch.inputs)));
        for (id, expect) in updates.chain(touches) {
            expected
                .entry((id, job.connection.as_str()))
                .or_default()
                .push((index, expect));
        }
    }
    if expected.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = expected.keys().collect();
    let found: Vec<(String, i64, i64)> = tx
        .all(
            each_locking!(
                "SELECT r.id, r.version, r.inputs FROM",
                "CROSS JOIN resources r WHERE r.id = e.value->>0 AND r.connection_id = e.value->>1 ORDER BY r.id",
                "FOR UPDATE OF r"
            ),
            rows(&keys),
        )
        .await?;
    let present: HashMap<&str, (i64, i64)> = found
        .iter()
        .map(|(id, version, inputs)| (id.as_str(), (*version, *inputs)))
        .collect();
    for ((id, _), all) in expected {
        for (index, (version, inputs)) in all {
            let holds = present.get(id).is_some_and(|present| {
                version.is_none_or(|expected| expected == present.0)
                    && inputs.is_none_or(|expected| expected == present.1)
            });
            if !holds {
                fail(results, index, Error::Stale);
            }
        }
    }
    Ok(())
}

/// Version and decision inputs, where they matter.
type Expected = (Option<i64>, Option<i64>);

/// Names and externalIds are free, or the resource's own.
pub(super) async fn uniqueness(
    tx: &mut Tx,
    jobs: &[&Job],
    results: &mut [Result<()>],
) -> Result<()> {
    let mut wanted: Vec<(usize, &str, &str, &Body)> = Vec::new();
    for (index, job) in jobs.iter().enumerate() {
        let inserts = job
            .change
            .inserts
            .iter()
            .map(|insert| (&insert.id, &insert.body));
        let updates = job
            .change
            .updates
            .iter()
            .map(|update| (&update.id, &update.body));
        for (id, body) in inserts.chain(updates) {
            wanted.push((index, job.connection.as_str(), id.as_str(), body));
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = wanted
        .iter()
        .map(|(index, connection, id, body)| (index, connection, body.kind, &body.name_key, id))
        .collect();
    let found: Vec<(i64,)> = tx
        .all(
            each!(
                "SELECT CAST(e.value->>0 AS BIGINT) FROM",
                "CROSS JOIN resources r WHERE r.connection_id = e.value->>1 AND r.kind = e.value->>2 \
                 AND r.name_key = e.value->>3 AND r.id <> e.value->>4"
            ),
            rows(&names),
        )
        .await?;
    for (index,) in found {
        fail(results, index as usize, Error::Conflict(Unique::Name));
    }
    let externals: Vec<_> = wanted
        .iter()
        .filter_map(|(index, connection, id, body)| {
            body.external_id
                .as_ref()
                .map(|external| (index, connection, body.kind, external, id))
        })
        .collect();
    if externals.is_empty() {
        return Ok(());
    }
    let found: Vec<(i64,)> = tx
        .all(
            each!(
                "SELECT CAST(e.value->>0 AS BIGINT) FROM",
                "CROSS JOIN resources r WHERE r.connection_id = e.value->>1 AND r.kind = e.value->>2 \
                 AND r.external_id = e.value->>3 AND r.id <> e.value->>4"
            ),
            rows(&externals),
        )
        .await?;
    for (index,) in found {
        fail(results, index as usize, Error::Conflict(Unique::ExternalId));
    }
    Ok(())
}
