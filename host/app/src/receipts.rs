//! Recorded decisions made again, from what is stored: the same plugins with the same settings on the same user give the
//! same bytes for the same fuel, and what is in force is what the guard lets through of them.

use std::collections::HashSet;

use rolecall_mapping::{Failure, FaultKind};
use rolecall_store::{
    AccessItem, DecisionRow, Environment, Error as StoreError, UserQuery, UserRow, remaining,
};
use serde_json::{Value, json};

use crate::context::{Context, parse};
use crate::decide::{Before, Standing, Subject};
use crate::explain::Explained;
use crate::judged::Judged;
use crate::loading::NotLoaded;
use crate::mapping::Active;
use crate::{App, guard};

/// Users read at a time.
const PAGE: i64 = 200;

/// What came of making a recorded decision again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The same bytes.
    Holds,
    /// No plugin was asked, and nothing is in force that should not be.
    NoPlugin,
    /// Its inputs have changed since, and it is to be made anew: there is nothing to compare.
    Due,
    /// Its plugins can't be run here, in these words: nothing was compared.
    NotLoaded(String),
    /// What is not as it was recorded, each in a sentence.
    Broken(Vec<String>),
}

impl App {
    /// Makes the decisions about the users of an environment again, in the order of their ids, and tells what came of
    /// each: of all, or of one. Says so where there is no such user.
    pub async fn verify_receipts(
        &self,
        environment: &Environment,
        user: Option<&str>,
        mut tell: impl FnMut(&str, Proof),
    ) -> Result<(), StoreError> {
        if let Some(user) = user {
            let row = environment.user(user).await?;
            let proof = self.prove(environment, row).await?;
            tell(user, proof);
            return Ok(());
        }
        let mut after = String::new();
        loop {
            let query = UserQuery {
                after: after.clone(),
                limit: PAGE,
                ..UserQuery::default()
            };
            let page = environment.users(query).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after.clone_from(&last.id);
            for row in page {
                let id = row.id.clone();
                let proof = self.prove(environment, row).await?;
                tell(&id, proof);
            }
        }
    }

    /// A server may be at work on the same database: what is broken is looked at again until nobody has touched it in
    /// between.
    async fn prove(
        &self,
        environment: &Environment,
        mut user: UserRow,
    ) -> Result<Proof, StoreError> {
        let mut seen = None;
        loop {
            let Some(decision) = there(environment.decision(&user.id).await)? else {
                return Ok(Proof::NoPlugin);
            };
            let found = self.compare(environment, &user, &decision).await?;
            let stamp = (user.version, decision.decided_at, found.clone());
            if !matches!(found, Proof::Broken(_)) || seen.as_ref() == Some(&stamp) {
                return Ok(found);
            }
            seen = Some(stamp);
            self.contexts.forget(&user.connection_id);
            let Some(again) = there(environment.user(&user.id).await)? else {
                return Ok(Proof::NoPlugin);
            };
            user = again;
        }
    }

    async fn compare(
        &self,
        environment: &Environment,
        user: &UserRow,
        decision: &DecisionRow,
    ) -> Result<Proof, StoreError> {
        if user.due != 0 {
            return Ok(Proof::Due);
        }
        let broken = |why: String| Ok(Proof::Broken(vec![why]));
        let connection = environment.connection(&user.connection_id).await;
        let Some((connection, _)) = there(connection)? else {
            return Ok(Proof::NoPlugin);
        };
        let in_force: Vec<AccessItem> = connection
            .access_of(&[&user.id])
            .await?
            .into_iter()
            .map(|stored| stored.item)
            .collect();
        if user.active == 0 || user.deleted != 0 {
            return Ok(if in_force.is_empty() {
                Proof::NoPlugin
            } else {
                Proof::Broken(vec![format!(
                    "the user is inactive, and has access: {}",
                    json!(in_force)
                )])
            });
        }
        let then = match Explained::read(&decision.explained, decision.revision) {
            Ok(explained) => explained,
            Err(error) => return broken(error.to_string()),
        };
        let Some(revision) = decision.revision else {
            return match decision.state.as_str() {
                "inactive" => broken("the user is active, but decided about as if not".to_owned()),
                _ => Ok(Proof::NoPlugin),
            };
        };
        // No plugin was asked.
        if then.problem["code"] == json!(FaultKind::BreakerOpen) {
            return Ok(Proof::NoPlugin);
        }
        let context = match self.context(&connection).await {
            Err(StoreError::Internal(why)) => return broken(why),
            context => context?,
        };
        let earlier;
        let active = match &context.mapping {
            Some(active) if active.revision == revision => active,
            _ => match self.earlier(&context, revision).await {
                Ok(active) => {
                    earlier = active;
                    &earlier
                }
                Err(error) => return broken(format!("its mapping can't be run: {error}")),
            },
        };
        for plugin in active.plugins() {
            match self.load(plugin).await {
                Ok(()) => {}
                Err(NotLoaded::Store(error)) => return Err(error),
                Err(NotLoaded::Damaged(why)) => return broken(why),
                Err(NotLoaded::Failed(why)) => return Ok(Proof::NotLoaded(why)),
            }
        }
        let standing = Standing::of(&context, &[&user.id]).await?;
        let groups = standing.get(&user.id).map_or(&[][..], |it| &it.groups);
        let subject = Subject {
            id: &user.id,
            doc: &user.doc,
            active: true,
            groups,
            before: Before::Nothing,
        };
        let outcome = match self.run(&context, active, &subject).await {
            Ok(outcome) => outcome,
            Err(error) => return broken(format!("its mapping can't be run: {}", error.detail)),
        };
        if let Err(Failure::Fault(fault)) = &outcome.result
            && fault.kind == FaultKind::NotLoaded
        {
            return Ok(Proof::NotLoaded(fault.detail.clone()));
        }
        let member_of: HashSet<&str> = groups.iter().map(|group| group.value.as_str()).collect();
        let now = Judged::of(&outcome, &context.ground, &member_of, revision)?;
        let mut found = Vec::new();
        record(&then, &now.explained, &mut found);
        state(decision, &now, &mut found)?;
        let access = match &outcome.result {
            Ok(proposal) => guard::dispose(proposal, &context.ground, &member_of).0,
            // The last good decision's, less what came from groups that the user has left (invariant 4).
            Err(_) => remaining(&in_force, &member_of),
        };
        differ("the access", &json!(in_force), &json!(access), &mut found);
        Ok(if found.is_empty() {
            Proof::Holds
        } else {
            Proof::Broken(found)
        })
    }

    /// A mapping that is not in force any more.
    async fn earlier(&self, context: &Context, revision: i64) -> Result<Active, StoreError> {
        let stored = context.connection.mapping(revision).await?;
        Active::bind(revision, &parse("mapping", &stored.slots)?)
    }
}

/// Nothing of what somebody deleted meanwhile.
fn there<T>(found: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Err(StoreError::NotFound) => Ok(None),
        found => found.map(Some),
    }
}

/// What each slot was given and said, byte by byte.
fn record(then: &Explained, now: &Explained, found: &mut Vec<String>) {
    let (before, after) = (&then.slots, &now.slots);
    if before.len() != after.len() {
        let (before, after) = (before.len(), after.len());
        found.push(format!("{before} slots were run, {after} are now"));
    }
    for (then, now) in before.iter().zip(after) {
        let slot = then["slot"].as_str().unwrap_or_default();
        for (name, what) in [
            ("slot", "slot"),
            ("digest", "plugin"),
            ("settings_digest", "settings"),
            ("input_digest", "input"),
            ("output_digest", "output"),
            ("fuel", "fuel"),
            ("memory_bytes", "memory"),
            ("logs", "log"),
        ] {
            differ(
                &format!("{slot}: the {what}"),
                &then[name],
                &now[name],
                found,
            );
        }
    }
    differ("what was refused", &then.refused, &now.refused, found);
    differ("the problem", &then.problem, &now.problem, found);
}

fn state(decision: &DecisionRow, now: &Judged, found: &mut Vec<String>) -> Result<(), StoreError> {
    differ(
        "the state",
        &json!(decision.state),
        &json!(now.state),
        found,
    );
    // Any other keeps the profile of the last good decision.
    if now.state == "active" {
        let profile: Value = parse("profile", &decision.profile)?;
        differ("the profile", &profile, &now.profile, found);
    }
    Ok(())
}

fn differ(what: &str, then: &Value, now: &Value, found: &mut Vec<String>) {
    if then != now {
        found.push(format!("{what} is recorded as {then}, and is {now}"));
    }
}
