//! A group of changes as one transaction: first what each rests on is checked, then what is left is
//! written with one statement per table.

mod check;
mod depart;
mod effect;
mod insert;
mod write;

use tracing::Span;

use crate::Result;
use crate::db::Db;
use crate::writer::Job;

/// Commits those of the group that may; the result of each, in order. An error is the transaction's.
pub(crate) async fn group(db: &Db, jobs: &[&Job]) -> Result<Vec<Result<()>>> {
    let _spans: Vec<Span> = jobs.iter().map(|job| span(job, jobs.len())).collect();
    let mut tx = db.begin().await?;
    let mut results: Vec<Result<()>> = jobs.iter().map(|_| Ok(())).collect();
    check::fences(&mut tx, jobs, &mut results).await?;
    let renamed = check::versions(&mut tx, jobs, &mut results).await?;
    check::uniqueness(&mut tx, &renamed, &mut results).await?;
    insert::resources(&mut tx, jobs, &mut results).await?;
    let sound: Vec<&Job> = jobs
        .iter()
        .zip(&results)
        .filter(|(_, result)| result.is_ok())
        .map(|(job, _)| *job)
        .collect();
    if !sound.is_empty() {
        write::all(&mut tx, &sound).await?;
        tx.commit().await?;
    }
    Ok(results)
}

/// Whoever's change is in the transaction sees it as part of what they wait for.
fn span(job: &Job, changes: usize) -> Span {
    if job.span.is_none() {
        return Span::none();
    }
    tracing::debug_span!(parent: &job.span, "transaction", changes)
}
