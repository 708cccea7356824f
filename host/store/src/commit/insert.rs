//! New resources. Whether a name or an externalId is free is the unique index's to say, as it takes the
//! row: no look-up before it, and nobody comes between.

use std::collections::HashSet;

use super::check::{self, Wanted};
use crate::change::Body;
use crate::db::{Tx, each, rows};
use crate::error::{Error, Result};
use crate::writer::Job;

/// Writes the new resource of every job that may still commit, and fails those that came too late.
pub(super) async fn resources(
    tx: &mut Tx,
    jobs: &[&Job],
    results: &mut [Result<()>],
) -> Result<()> {
    let mut wanted: Vec<Wanted<'_>> = jobs
        .iter()
        .enumerate()
        .filter(|(index, _)| results[*index].is_ok())
        .filter_map(|(index, job)| {
            let insert = job.change.insert.as_ref()?;
            Some(Wanted {
                index,
                connection: &job.connection,
                id: &insert.id,
                body: &insert.body,
            })
        })
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    // Hosts that take the same names take them in the same order, and don't wait for each other in a circle.
    wanted.sort_by_key(|it| (it.connection, it.body.kind, &it.body.name_key));
    let values: Vec<_> = wanted
        .iter()
        .map(|it| {
            let Body {
                kind,
                name_key,
                display,
                display_key,
                external_id,
                active,
                doc,
                ..
            } = it.body;
            let active = i64::from(*active);
            let at = jobs[it.index].change.at;
            (
                it.id,
                it.connection,
                kind,
                name_key,
                display,
                external_id,
                active,
                doc,
                at,
                display_key,
            )
        })
        .collect();
    let written: Vec<(String,)> = tx
        .all(
            each!(
                "INSERT INTO resources (id, connection_id, kind, version, inputs, name_key, display, external_id, \
                 active, doc, created_at, modified_at, display_key) SELECT e.value->>0, e.value->>1, e.value->>2, 1, 0, \
                 e.value->>3, e.value->>4, e.value->>5, CAST(e.value->>6 AS BIGINT), e.value->>7, \
                 CAST(e.value->>8 AS BIGINT), CAST(e.value->>8 AS BIGINT), e.value->>9 FROM",
                "WHERE true ON CONFLICT DO NOTHING RETURNING id"
            ),
            rows(&values),
        )
        .await?;
    if written.len() == wanted.len() {
        return Ok(());
    }
    let written: HashSet<&str> = written.iter().map(|(id,)| id.as_str()).collect();
    let late: Vec<Wanted<'_>> = wanted
        .into_iter()
        .filter(|it| !written.contains(it.id))
        .collect();
    check::uniqueness(tx, &late, results).await?;
    for it in &late {
        // Whoever held the name is gone again.
        check::fail(results, it.index, Error::Stale);
    }
    Ok(())
}
