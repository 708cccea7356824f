//! The statements of a group, one per table and kind of write.

use serde::Serialize;

use super::{depart, effect};
use crate::change::Body;
use crate::db::{Sql, Tx, each, rows};
use crate::error::Result;
use crate::leave;
use crate::writer::Job;

pub(super) async fn all(tx: &mut Tx, jobs: &[&Job]) -> Result<()> {
    effect::mark(tx, jobs).await?;
    memberships(tx, jobs).await?;
    effect::end(tx, jobs).await?;
    update_resources(tx, jobs).await?;
    touch(tx, jobs).await?;
    lookups(tx, jobs).await?;
    decisions(tx, jobs).await?;
    depart::groups(tx, jobs, |job| {
        job.change.departures.iter().map(String::as_str).collect()
    })
    .await?;
    deletes(tx, jobs).await?;
    events(tx, jobs).await
}

/// Runs a set-based statement unless there is nothing for it.
async fn run<T: Serialize>(tx: &mut Tx, sql: Sql, values: &[T]) -> Result<()> {
    if !values.is_empty() {
        tx.run(sql, rows(values)).await?;
    }
    Ok(())
}

async fn update_resources(tx: &mut Tx, jobs: &[&Job]) -> Result<()> {
    let values: Vec<_> = jobs
        .iter()
        .flat_map(|job| job.change.updates.iter().map(move |update| (job, update)))
        .map(|(job, update)| {
            let Body {
                kind,
                name_key,
                display,
                display_key,
                external_id,
                active,
                doc,
                ..
            } = &update.body;
            let active = i64::from(*active);
            (
                &update.id,
                name_key,
                display,
                external_id,
                active,
                doc,
                job.change.at,
                kind,
                display_key,
            )
        })
        .collect();
    run(
        tx,
        each!(
            "UPDATE resources SET version = version + 1, name_key = e.value->>1, display = e.value->>2, \
             external_id = e.value->>3, active = CAST(e.value->>4 AS BIGINT), doc = e.value->>5, \
             modified_at = CAST(e.value->>6 AS BIGINT), kind = e.value->>7, \
             display_key = e.value->>8 FROM",
            "WHERE resources.id = e.value->>0"
        ),
        &values,
    )
    .await
}

async fn touch(tx: &mut Tx, jobs: &[&Job]) -> Result<()> {
    let values: Vec<_> = jobs
        .iter()
        .flat_map(|job| job.change.touches.iter().filter(|touch| touch.bump))
        .map(|touch| (&touch.id,))
        .collect();
    run(
        tx,
        each!(
            "UPDATE resources SET inputs = inputs + 1 FROM",
            "WHERE resources.id = e.value->>0"
        ),
        &values,
    )
    .await
}

async fn lookups(tx: &mut Tx, jobs: &[&Job]) -> Result<()> {
    let replaced: Vec<_> = jobs
        .iter()
        .flat_map(|job| job.change.updates.iter().map(|update| (&update.id,)))
        .collect();
    run(
        tx,
        each!(
            "DELETE FROM lookups WHERE resource_id IN (SELECT e.value->>0 FROM",
            ")"
        ),
        &replaced,
    )
    .await?;
    let mut values = Vec::new();
    for job in jobs {
        let inserts = job
            .change
            .insert
            .iter()
            .map(|insert| (&insert.id, &insert.body));
        let updates = job
            .change
            .updates
            .iter()
            .map(|update| (&update.id, &update.body));
        for (id, body) in inserts.chain(updates) {
            for (attribute, value) in &body.lookups {
                values.push((&job.connection, attribute, value, id));
            }
        }
    }
    run(
        tx,
        each!(
            "INSERT INTO lookups (connection_id, attribute, value, resource_id) \
             SELECT e.value->>0, e.value->>1, e.value->>2, e.value->>3 FROM",
            "WHERE true ON CONFLICT (connection_id, attribute, value, resource_id) DO NOTHING"
        ),
        &values,
    )
    .await
}

async fn memberships(tx: &mut Tx, jobs: &[&Job]) -> Result<()> {
    let changes = || {
        jobs.iter().flat_map(|job| {
            job.change
                .memberships
                .iter()
                .map(move |change| (job, change))
        })
    };
    let removed: Vec<_> = changes()
        .flat_map(|(_, change)| {
            change
                .remove
                .iter()
                .map(move |member| (&change.group, member))
        })
        .collect();
    run(
        tx,
        each!(
            "DELETE FROM members WHERE (group_id, member_id) IN (SELECT e.value->>0, e.value->>1 FROM",
            ")"
        ),
        &removed,
    )
    .await?;
    let added: Vec<_> = changes()
        .flat_map(|(job, change)| {
            change.add.iter().map(move |new| {
                (
                    &change.group,
                    &new.member,
                    &job.connection,
                    &new.kind,
                    &new.display,
                )
            })
        })
        .collect();
    run(
        tx,
        each!(
            "INSERT INTO members (group_id, member_id, connection_id, kind, display) \
             SELECT e.value->>0, e.value->>1, e.value->>2, e.value->>3, e.value->>4 FROM",
            "WHERE true ON CONFLICT (group_id, member_id) DO NOTHING"
        ),
        &added,
    )
    .await
}

async fn decisions(tx: &mut Tx, jobs: &[&Job]) -> Result<()> {
    let all = || {
        jobs.iter().flat_map(|job| {
            job.change
                .decisions
                .iter()
                .map(move |decision| (job, decision))
        })
    };
    let values: Vec<_> = all()
        .map(|(job, decision)| {
            (
                &decision.user,
                &job.connection,
                decision.state,
                decision.revision,
                &decision.profile,
                &decision.explained,
                job.change.at,
            )
        })
        .collect();
    run(
        tx,
        each!(
            "INSERT INTO decisions (user_id, connection_id, state, revision, profile, explained, decided_at) \
             SELECT e.value->>0, e.value->>1, e.value->>2, CAST(e.value->>3 AS BIGINT), e.value->>4, e.value->>5, \
             CAST(e.value->>6 AS BIGINT) FROM",
            "WHERE true ON CONFLICT (user_id) DO UPDATE SET state = excluded.state, revision = excluded.revision, \
             profile = excluded.profile, explained = excluded.explained, decided_at = excluded.decided_at"
        ),
        &values,
    )
    .await?;
    let known: Vec<_> = all()
        .filter(|(_, decision)| !decision.fresh)
        .map(|(_, decision)| (&decision.user,))
        .collect();
    leave::clear(tx, &known).await?;
    run(
        tx,
        each!(
            "DELETE FROM due WHERE user_id IN (SELECT e.value->>0 FROM",
            ")"
        ),
        &known,
    )
    .await?;
    let again: Vec<_> = all()
        .filter_map(|(job, decision)| {
            decision
                .again_at
                .map(|at| (&decision.user, &job.connection, at))
        })
        .collect();
    run(
        tx,
        each!(
            "INSERT INTO due (user_id, connection_id, claimed_until) \
             SELECT e.value->>0, e.value->>1, CAST(e.value->>2 AS BIGINT) FROM"
        ),
        &again,
    )
    .await?;
    let items: Vec<_> = all()
        .flat_map(|(job, decision)| {
            leave::numbered(
                &job.environment,
                &job.connection,
                &decision.user,
                &decision.access,
            )
        })
        .collect();
    leave::insert(tx, &items).await
}

/// A resource goes, with everything that hangs on it. The groups it was in change with it.
async fn deletes(tx: &mut Tx, jobs: &[&Job]) -> Result<()> {
    let ids: Vec<_> = jobs
        .iter()
        .flat_map(|job| job.change.deletes.iter().map(|delete| (&delete.id,)))
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    depart::groups(tx, jobs, |job| {
        let deleted = job.change.deletes.iter();
        deleted.map(|delete| delete.id.as_str()).collect()
    })
    .await?;
    for statement in [
        each!(
            "DELETE FROM members WHERE group_id IN (SELECT e.value->>0 FROM",
            ")"
        ),
        each!(
            "DELETE FROM lookups WHERE resource_id IN (SELECT e.value->>0 FROM",
            ")"
        ),
        each!(
            "DELETE FROM decisions WHERE user_id IN (SELECT e.value->>0 FROM",
            ")"
        ),
        each!(
            "DELETE FROM due WHERE user_id IN (SELECT e.value->>0 FROM",
            ")"
        ),
        each!(
            "DELETE FROM resources WHERE id IN (SELECT e.value->>0 FROM",
            ")"
        ),
    ] {
        tx.run(statement, rows(&ids)).await?;
    }
    leave::clear(tx, &ids).await
}

async fn events(tx: &mut Tx, jobs: &[&Job]) -> Result<()> {
    let values: Vec<_> = jobs
        .iter()
        .flat_map(|job| job.change.events.iter().map(move |event| (job, event)))
        .map(|(job, event)| {
            (
                job.environment.as_str(),
                event.at,
                event.kind,
                &event.connection,
                &event.tenant,
                &event.subject,
                &event.data,
            )
        })
        .collect();
    if values.is_empty() {
        return Ok(());
    }
    crate::events::insert(tx, &values).await
}
