//! Decides users again in the background: after an activation, a change of the catalogue or of a large
//! group. Access flips per user, atomically; the active mapping at that moment counts, so a later
//! activation supersedes an earlier one.

use std::sync::Arc;
use std::time::Duration;

use rolecall_mapping::Fault;
use rolecall_store::{Change, Connection, DueUser, Error as StoreError, Touch};
use tokio::task::JoinSet;

use crate::decide::{Breaker, Standing};
use crate::resources::Failed;
use crate::{App, clock};

/// Users claimed at a time.
const CLAIM: i64 = 256;
/// Users decided at a time: they share the writer's commits.
const AT_ONCE: usize = 32;
/// To find what fell due with time, or on another host.
const LOOK: Duration = Duration::from_secs(1);
/// When something other than the plugin failed.
const POSTPONE_MS: i64 = 5_000;
const ATTEMPTS: u32 = 10;

pub(super) async fn run(app: Arc<App>) {
    let mut due = app.store.signals().due().subscribe();
    loop {
        match round(&app).await {
            Ok(0) => {
                let _ = tokio::time::timeout(LOOK, due.changed()).await;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "deciding again failed; trying again");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

/// Decides what is due now; returns how many users that were.
async fn round(app: &Arc<App>) -> Result<usize, StoreError> {
    let mut decided = 0;
    for environment in app.store.environments().await? {
        let claimed = environment.claim_due(clock::now(), CLAIM).await?;
        decided += claimed.len();
        let mut running = JoinSet::new();
        for due in claimed {
            while running.len() >= AT_ONCE {
                running.join_next().await;
            }
            let connection = environment.connection_of_due(&due);
            running.spawn(settle(app.clone(), connection, due));
        }
        while running.join_next().await.is_some() {}
    }
    Ok(decided)
}

#[tracing::instrument(level = "debug", name = "redecide", skip_all)]
async fn settle(app: Arc<App>, connection: Connection, due: DueUser) {
    for _ in 0..ATTEMPTS {
        match decide(&app, &connection, &due.user_id, Breaker::Respected).await {
            Ok(_) => return,
            Err(Failed::Stale) => app.contexts.forget(connection.id()),
            Err(Failed::Error(error)) => {
                tracing::warn!(
                    user = due.user_id,
                    error = error.detail,
                    "a user was not decided again"
                );
                break;
            }
        }
    }
    let later = clock::now() + POSTPONE_MS;
    if let Err(error) = connection.postpone(&due.user_id, later).await {
        tracing::warn!(%error, "a claim was not given back; it ends by itself");
    }
}

/// Returns whether the plugins answered; nothing if there was nothing to ask them.
pub(super) async fn decide(
    app: &App,
    connection: &Connection,
    user: &str,
    breaker: Breaker,
) -> Result<Option<Result<(), Fault>>, Failed> {
    let gone = async || connection.forget_due(user).await.map(|()| None);
    let context = match app.context(connection).await {
        // The connection is gone, and what was due with it.
        Err(StoreError::NotFound) => return Ok(gone().await?),
        context => context?,
    };
    let row = match connection.resource("User", user).await {
        Err(StoreError::NotFound) => return Ok(gone().await?),
        row => row?,
    };
    let standing = Standing::of(&context, &[user])
        .await?
        .remove(user)
        .unwrap_or_default();
    let at = clock::now();
    let subject = standing.subject(user, &row.doc, row.active != 0, &standing.groups);
    let decided = app.decide_by(&context, subject, at, breaker).await?;
    let mut change = Change::new(context.fence, at);
    change.touches.push(Touch {
        id: user.to_owned(),
        version: Some(row.version),
        inputs: Some(row.inputs),
        bump: false,
    });
    change.decisions.extend(decided.write);
    change.events.extend(decided.events);
    connection.commit(change).await?;
    Ok(decided.asked)
}
