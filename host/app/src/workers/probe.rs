//! Tries what failed again: plugins whose breaker is open, and before that the users whose decision is pending, with
//! growing intervals. Nobody else is decided meanwhile by a plugin that is probably still broken.

use std::sync::Arc;
use std::time::Duration;

use rolecall_mapping::Fault;
use rolecall_store::{Connection, DueBreaker, Error as StoreError, NewEvent};
use serde_json::json;

use super::redecide::decide;
use crate::breaker::longer;
use crate::decide::{Breaker, fault_problem};
use crate::resources::Failed;
use crate::{App, clock};

const LOOK: Duration = Duration::from_secs(1);

pub(super) async fn run(app: Arc<App>) {
    loop {
        if let Err(error) = round(&app).await {
            tracing::warn!(%error, "looking after circuit breakers failed; trying again");
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn round(app: &App) -> Result<(), StoreError> {
    for connection in app.breakers.take_due(clock::now()) {
        if ask(app, &connection, Breaker::Respected).await?.is_none() {
            app.breakers.forget(connection.id());
        }
    }
    for environment in app.store.environments().await? {
        for due in environment.claim_breakers(clock::now()).await? {
            probe(app, &environment.connection_of_breaker(&due), due).await?;
        }
    }
    app.meters.breakers(app.store.breaker_counts().await?);
    Ok(())
}

/// How a try went.
enum Tried {
    Answered,
    Failed(Fault),
    /// The host did not come to ask.
    NotAsked,
}

/// Decides who has waited longest, and who came last: the others probably fail as they did. Nothing if nobody waits.
async fn ask(
    app: &App,
    connection: &Connection,
    breaker: Breaker,
) -> Result<Option<Tried>, StoreError> {
    let users = connection.ends_of_pending().await?;
    if users.is_empty() {
        return Ok(None);
    }
    let mut tried = Tried::NotAsked;
    for user in users {
        match decide(app, connection, &user, breaker).await {
            Ok(Some(Ok(()))) => tried = Tried::Answered,
            Ok(Some(Err(fault))) if fault.kind.is_the_plugins() => {
                if !matches!(tried, Tried::Answered) {
                    tried = Tried::Failed(fault);
                }
            }
            Ok(_) => {}
            Err(Failed::Stale) => app.contexts.forget(connection.id()),
            Err(Failed::Error(error)) => {
                tracing::warn!(user, error = error.detail, "a user was not decided again");
            }
        }
    }
    Ok(Some(tried))
}

async fn probe(app: &App, connection: &Connection, mut due: DueBreaker) -> Result<(), StoreError> {
    let tried = ask(app, connection, Breaker::Tried).await?;
    let now = clock::now();
    match tried {
        // Who comes next is as good a try as any.
        None | Some(Tried::Answered) => {
            let data = json!({ "plugin": due.digest, "revision": due.revision });
            let closed = NewEvent {
                at: now,
                kind: "breaker.closed",
                connection: Some(connection.id().to_owned()),
                tenant: None,
                subject: Some(connection.id().to_owned()),
                data: data.to_string(),
            };
            connection.close_breaker(&due, now, &[closed]).await?;
        }
        Some(Tried::Failed(fault)) => {
            due.failures += 1;
            due.wait = longer(due.wait);
            let problem = json!(fault_problem(&fault)).to_string();
            connection.keep_open(&due, Some(problem), now).await?;
        }
        Some(Tried::NotAsked) => connection.keep_open(&due, None, now).await?,
    }
    Ok(())
}
