//! What must still hold for a change to commit. Rows are locked as they are read (PostgreSQL), in id
//! order, so that hosts beside each other don't deadlock.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::change::Body;
use crate::db::{Sql, Tx, each, rows};
use crate::error::{Error, Result, Unique};
use crate::resources::DELETED_USER;
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

pub(super) fn fail(results: &mut [Result<()>], index: usize, error: Error) {
    if results[index].is_ok() {
        results[index] = Err(error);
    }
}

/// The configuration is still the one the decision was made under. Others commit beside it, on other hosts, but not
/// beside a wide change: who locks rows it doesn't name can't lock them in their order.
pub(super) async fn fences(tx: &mut Tx, jobs: &[&Job], results: &mut [Result<()>]) -> Result<()> {
    let environments: BTreeSet<_> = jobs.iter().map(|job| (job.environment.as_str(),)).collect();
    let environments: Vec<_> = environments.into_iter().collect();
    let generations = if jobs.iter().any(|job| job.change.is_wide()) {
        each_locking!(
            "SELECT v.id, v.generation FROM",
            "CROSS JOIN environments v WHERE v.id = e.value->>0 ORDER BY v.id",
            "FOR NO KEY UPDATE OF v"
        )
    } else {
        each_locking!(
            "SELECT v.id, v.generation FROM",
            "CROSS JOIN environments v WHERE v.id = e.value->>0 ORDER BY v.id",
            "FOR SHARE OF v"
        )
    };
    let found: Vec<(String, i64)> = tx.all(generations, rows(&environments)).await?;
    let generations: HashMap<String, i64> = found.into_iter().collect();
    for (index, job) in jobs.iter().enumerate() {
        if generations.get(&job.environment) != Some(&job.change.fence.0) {
            fail(results, index, Error::Stale);
        }
    }
    Ok(())
}

/// Every resource named is there, in this connection, and as it was read. Updates that bring another
/// name or externalId, or bring them back, are returned: they must be free.
pub(super) async fn versions<'a>(
    tx: &mut Tx,
    jobs: &[&'a Job],
    results: &mut [Result<()>],
) -> Result<Vec<Wanted<'a>>> {
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
        return Ok(vec![]);
    }
    let keys: Vec<_> = expected.keys().collect();
    let found: Vec<Present> = tx
        .all(
            each_locking!(
                "SELECT r.id, r.version, r.inputs, r.kind, r.name_key, r.external_id FROM",
                "CROSS JOIN resources r WHERE r.id = e.value->>0 AND r.connection_id = e.value->>1 ORDER BY r.id",
                "FOR UPDATE OF r"
            ),
            rows(&keys),
        )
        .await?;
    let present: HashMap<&str, &Present> = found.iter().map(|row| (row.id.as_str(), row)).collect();
    for ((id, _), all) in expected {
        for (index, (version, inputs)) in all {
            let holds = present.get(id).is_some_and(|present| {
                // Who names no version wants a resource that is there for SCIM.
                version.map_or(present.kind != DELETED_USER, |expected| {
                    expected == present.version
                }) && inputs.is_none_or(|expected| expected == present.inputs)
            });
            if !holds {
                fail(results, index, Error::Stale);
            }
        }
    }
    let updates = jobs.iter().enumerate().flat_map(|(index, job)| {
        let updates = job.change.updates.iter();
        updates.map(move |update| Wanted {
            index,
            connection: &job.connection,
            id: &update.id,
            body: &update.body,
        })
    });
    let renamed = updates.filter(|wanted| {
        present.get(wanted.id).is_some_and(|present| {
            present.kind != wanted.body.kind
                || present.name_key != wanted.body.name_key
                || present.external_id != wanted.body.external_id
        })
    });
    Ok(renamed.collect())
}

#[derive(sqlx::FromRow)]
struct Present {
    id: String,
    version: i64,
    inputs: i64,
    kind: String,
    name_key: String,
    external_id: Option<String>,
}

/// Version and decision inputs, where they matter.
type Expected = (Option<i64>, Option<i64>);

/// The name and externalId that a job wants for a resource.
pub(super) struct Wanted<'a> {
    pub(super) index: usize,
    pub(super) connection: &'a str,
    pub(super) id: &'a str,
    pub(super) body: &'a Body,
}

/// Fails the jobs whose names or externalIds are another resource's.
pub(super) async fn uniqueness(
    tx: &mut Tx,
    wanted: &[Wanted<'_>],
    results: &mut [Result<()>],
) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = wanted
        .iter()
        .map(|it| {
            (
                it.index,
                it.connection,
                it.body.kind,
                &it.body.name_key,
                it.id,
            )
        })
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
        .filter_map(|it| {
            let external = it.body.external_id.as_ref()?;
            Some((it.index, it.connection, it.body.kind, external, it.id))
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
