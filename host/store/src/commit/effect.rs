//! What a change of a large group, or of what is in it, does to everybody it reaches: who stops being in a group loses
//! what came from it (invariant 4), all are marked to be decided again.
//!
//! It runs alone in its environment, so what it reads here stays true until it commits.

use std::collections::BTreeSet;

use crate::change::{GroupEffect, Leaving};
use crate::db::{Tx, binds, each, rows};
use crate::error::Result;
use crate::leave::{self, Ending};
use crate::writer::Job;

/// Users whose access is read and written at a time.
const BATCH: usize = 1000;

/// Counts the inputs of all that are reached, and makes the users among them due. Before the change, while those who
/// leave are still found.
pub(super) async fn mark(tx: &mut Tx, jobs: &[&Job]) -> Result<()> {
    for (_, effect) in effects(jobs) {
        let mut reached: BTreeSet<&String> = effect.due.iter().collect();
        reached.extend(leavers(effect));
        reached.extend(effect.everybody.then_some(&effect.group));
        let reached: Vec<_> = reached.into_iter().map(|id| (id,)).collect();
        tx.run(
            each!(
                "WITH RECURSIVE nested (id) AS (SELECT e.value->>0 FROM",
                "UNION SELECT m.member_id FROM nested n CROSS JOIN members m WHERE m.group_id = n.id AND m.kind = 'Group') \
                 UPDATE resources SET inputs = inputs + 1 WHERE id IN (SELECT id FROM nested \
                 UNION SELECT m.member_id FROM nested n CROSS JOIN members m WHERE m.group_id = n.id)"
            ),
            rows(&reached),
        )
        .await?;
        tx.run(
            each!(
                "WITH RECURSIVE nested (id) AS (SELECT e.value->>0 FROM",
                "UNION SELECT m.member_id FROM nested n CROSS JOIN members m WHERE m.group_id = n.id AND m.kind = 'Group') \
                 INSERT INTO due (user_id, connection_id, claimed_until) SELECT id, connection_id, 0 FROM resources \
                 WHERE kind = 'User' AND active = 1 AND id IN (SELECT id FROM nested \
                 UNION SELECT m.member_id FROM nested n CROSS JOIN members m WHERE m.group_id = n.id) \
                 ON CONFLICT (user_id) DO UPDATE SET claimed_until = 0"
            ),
            rows(&reached),
        )
        .await?;
        tx.notify("due").await?;
    }
    Ok(())
}

/// Ends what came from groups that somebody is no longer in, by no way that is left. After the change of members;
/// a group that goes away still has its own.
pub(super) async fn end(tx: &mut Tx, jobs: &[&Job]) -> Result<()> {
    for (job, effect) in effects(jobs) {
        let leavers = leavers(effect);
        if leavers.is_empty() {
            continue;
        }
        let left = left(tx, effect, leavers).await?;
        let by_user: Vec<_> = left.chunk_by(|(_, a), (_, b)| a == b).collect();
        for batch in by_user.chunks(BATCH) {
            let ending = Ending::Memberships(batch.concat());
            leave::end(tx, &job.environment, &ending, job.change.at).await?;
        }
    }
    Ok(())
}

fn effects<'j>(jobs: &[&'j Job]) -> impl Iterator<Item = (&'j Job, &'j GroupEffect)> {
    let effects = |job: &&'j Job| {
        let job = *job;
        job.change
            .group_effects
            .iter()
            .map(move |effect| (job, effect))
    };
    jobs.iter().flat_map(effects)
}

/// Below whom those are that leave.
fn leavers(effect: &GroupEffect) -> &[String] {
    match &effect.leaving {
        Leaving::Nobody => &[],
        Leaving::These(members) => members,
        Leaving::Everybody => std::slice::from_ref(&effect.group),
    }
}

/// The groups that users have something from and are in no more, of the group of the effect and those above it:
/// (group, user), by user.
async fn left(
    tx: &mut Tx,
    effect: &GroupEffect,
    leavers: &[String],
) -> Result<Vec<(String, String)>> {
    let above: Vec<(String,)> = tx
        .all(
            "WITH RECURSIVE above (id) AS (SELECT CAST($1 AS TEXT) UNION SELECT m.group_id FROM above a \
             CROSS JOIN members m WHERE m.member_id = a.id AND m.kind = 'Group') SELECT id FROM above",
            binds![&effect.group],
        )
        .await?;
    let gone = match &effect.leaving {
        Leaving::Everybody => effect.group.as_str(),
        _ => "",
    };
    let above = above.iter().map(|(id,)| ("group", id));
    let values: Vec<_> = leavers
        .iter()
        .map(|id| ("leaver", id))
        .chain(above)
        .collect();
    let mut binds = rows(&values);
    binds.push(gone.into());
    tx.all(
        each!(
            "WITH RECURSIVE given (role, id) AS (SELECT e.value->>0, e.value->>1 FROM",
            "), reached (id) AS (SELECT id FROM given WHERE role = 'leaver' UNION SELECT m.member_id \
             FROM reached r CROSS JOIN members m WHERE m.group_id = r.id AND m.kind = 'Group'), \
             leavers (id) AS (SELECT id FROM reached UNION SELECT m.member_id \
             FROM reached r CROSS JOIN members m WHERE m.group_id = r.id AND m.kind = 'User'), \
             within (top, id) AS (SELECT id, id FROM given WHERE role = 'group' AND id <> $2 UNION \
             SELECT w.top, m.member_id FROM within w CROSS JOIN members m \
             WHERE m.group_id = w.id AND m.kind = 'Group' AND m.member_id <> $2) \
             SELECT a.group_id, a.user_id FROM leavers l CROSS JOIN access_groups a \
             WHERE a.user_id = l.id AND a.group_id IN (SELECT id FROM given WHERE role = 'group') \
             EXCEPT SELECT w.top, m.member_id FROM leavers l CROSS JOIN members m CROSS JOIN within w \
             WHERE m.member_id = l.id AND w.id = m.group_id ORDER BY user_id"
        ),
        binds,
    )
    .await
}
