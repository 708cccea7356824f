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
    // The group may have changed since the deletion was timed: its time does not go back, or who reads what changed since
    // would miss this.
    tx.run(
        each!(
            "UPDATE resources SET version = version + 1, modified_at = CASE WHEN modified_at > CAST(e.value->>1 AS BIGINT) \
             THEN modified_at ELSE CAST(e.value->>1 AS BIGINT) END FROM",
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
