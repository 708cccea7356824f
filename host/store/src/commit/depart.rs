//! A resource leaves every group it is in, and these groups change with it.

use crate::db::{Tx, each, rows};
use crate::error::Result;
use crate::writer::Job;

/// `gone` names, per job, the resources that leave.
pub(super) async fn groups<'j>(
    tx: &mut Tx,
    jobs: &[&'j Job],
    gone: impl Fn(&'j Job) -> Vec<&'j str>,
) -> Result<()> {
    let left: Vec<_> = jobs
        .iter()
        .flat_map(|job| gone(job).into_iter().map(|id| (id, job.change.at)))
        .collect();
    if left.is_empty() {
        return Ok(());
    }
    tx.run(
        each!(
            "UPDATE resources SET version = version + 1, modified_at = CAST(e.value->>1 AS BIGINT) FROM",
            "WHERE resources.id IN (SELECT group_id FROM members WHERE member_id = e.value->>0)"
        ),
        rows(&left),
    )
    .await?;
    tx.run(
        each!(
            "DELETE FROM members WHERE member_id IN (SELECT e.value->>0 FROM",
            ")"
        ),
        rows(&left),
    )
    .await?;
    Ok(())
}
