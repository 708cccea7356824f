//! A decision as a case: everything that `rolecall plugin run` and `plugin test` need to make it again, with
//! the same result and the same fuel. Holds what the plugins were given; no token, key or password is among it.

use std::collections::HashSet;

use rolecall_mapping::{Input, Proposal, Runtime};
use rolecall_store::Error as StoreError;
use serde_json::{Value, json};

use crate::context::{Context, parse};
use crate::decide::{Before, Standing, Subject};
use crate::error::{Problem, problem};
use crate::explain::Explained;
use crate::manage::Operator;
use crate::manage::users::split;
use crate::mapping::{STOCK, StoredSlot, StoredSlots};
use crate::memberships::GroupRef;
use crate::workbench::{Case, CaseMapping, CaseSlot, CaseTenant, Expect, Recorded, TenantFacts};
use crate::{App, clock, guard};

impl App {
    /// The case of a user's decision. Where the user or its groups have changed since and were not decided
    /// about again, it is the present one, and says so.
    pub async fn decision_case(&self, operator: &Operator, user: &str) -> Result<Case, Problem> {
        let environment = &operator.environment;
        let row = environment.user(user).await.map_err(problem("user"))?;
        let decision = match environment.decision(user).await {
            Err(StoreError::NotFound) => return Err(Problem::not_found("decision")),
            found => found.map_err(problem("decision"))?,
        };
        let explained = Explained::read(&decision.explained, decision.revision);
        let explained = explained.map_err(problem("decision"))?;
        let (Some(revision), Some(first)) = (decision.revision, explained.slots.first()) else {
            let detail =
                "No plugin was asked about this user: it is inactive, or nothing is decided yet.";
            return Err(Problem::conflict("not_decided", detail));
        };
        let (handle, connection) = operator.handle(&row.connection_id).await?;
        let context = self.context(&handle).await.map_err(problem("connection"))?;
        let standing = Standing::of(&context, &[user])
            .await
            .map_err(problem("user"))?;
        let groups: &[GroupRef] = standing.get(user).map_or(&[], |standing| &standing.groups);
        let subject = Subject {
            id: user,
            doc: &row.doc,
            active: true,
            groups,
            before: Before::Nothing,
        };
        let (user_text, groups_text) = subject.as_plugins_see_it();
        let home = &connection.tenant;
        let input = Input {
            user: &user_text,
            groups: &groups_text,
            home,
        };
        let changed_since = first["input_digest"] != json!(input.digest());
        let mapping = match revision {
            // The stock plugin in all three slots, which is what fills those that a case leaves out.
            0 => CaseMapping::default(),
            revision => {
                let stored = handle.mapping(revision).await.map_err(problem("mapping"))?;
                case_mapping(parse("mapping", &stored.slots).map_err(problem("mapping"))?)
            }
        };
        let expect = match decision.state.as_str() {
            "active" => active(&explained, &context, groups)?,
            state => Expect {
                state: Some(state.to_owned()),
                problem: Some(explained.problem),
                ..Expect::default()
            },
        };
        Ok(Case {
            description: Some(format!("The decision about the user {user}.")),
            home: Some(home.clone()),
            user: Some(parse("user", &user_text).map_err(problem("user"))?),
            groups: Some(groups.iter().map(|group| json!(group)).collect()),
            settings: None,
            mapping: Some(mapping),
            tenants: Some(tenants(&context)),
            catalogue: Some(operator.catalog().await?),
            grantable: context
                .ground
                .grantable
                .as_ref()
                .map(|roles| sorted(roles.iter())),
            expect: Some(expect),
            recorded: Some(Recorded {
                user: row.id,
                connection: row.connection_id,
                revision,
                decided_at: clock::rfc3339(decision.decided_at),
                changed_since,
                receipt: explained.receipt,
            }),
        })
    }
}

fn case_mapping(slots: StoredSlots) -> CaseMapping {
    let stock = Runtime::digest(STOCK).to_string();
    let slot = |slot: StoredSlot| {
        Some(CaseSlot {
            plugin: Some(if slot.plugin == stock {
                "rules".to_owned()
            } else {
                slot.plugin
            }),
            settings: Some(slot.settings),
            prepared: Some(slot.prepared),
        })
    };
    CaseMapping {
        attributes: slot(slots.attributes),
        tenants: slot(slots.tenants),
        roles: slot(slots.roles),
    }
}

/// What was proposed, disposed of on the present ground: when that changes, everybody is decided again.
fn active(
    explained: &Explained,
    context: &Context,
    groups: &[GroupRef],
) -> Result<Expect, Problem> {
    let output = |slot: &str| {
        let run = explained.slots.iter().find(|run| run["slot"] == slot);
        run.map_or(Value::Null, |run| run["output"].clone())
    };
    let proposal = json!({
        "profile": output("attributes"),
        "placements": output("tenants"),
        "grants": output("roles"),
    });
    let proposal: Proposal =
        parse("decision", &proposal.to_string()).map_err(problem("decision"))?;
    let member_of: HashSet<&str> = groups.iter().map(|group| group.value.as_str()).collect();
    let (access, refused) = guard::dispose(&proposal, &context.ground, &member_of);
    let (placements, grants) = split(access);
    Ok(Expect {
        state: Some("active".to_owned()),
        profile: Some(proposal.profile),
        placements: Some(json!(placements)),
        grants: Some(json!(grants)),
        refused: Some(json!(refused)).filter(|_| !refused.is_empty()),
        problem: None,
    })
}

fn tenants(context: &Context) -> Vec<CaseTenant> {
    let tenants = &context.ground.tenants;
    let of = |key: String| match tenants.get(&key) {
        Some(tenant) if tenant.disabled || tenant.plan.is_some() => {
            CaseTenant::Facts(TenantFacts {
                plan: tenant.plan.clone(),
                disabled: tenant.disabled,
                key,
            })
        }
        _ => CaseTenant::Key(key),
    };
    sorted(tenants.keys()).into_iter().map(of).collect()
}

fn sorted<'a>(keys: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut keys: Vec<String> = keys.cloned().collect();
    keys.sort_unstable();
    keys
}
