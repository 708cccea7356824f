//! A group of 100,000 members beside one of 10, on both databases.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

use super::figures::{Reach, Series, heading, line, verdict};
use super::filters::by_member;
use super::load::{self, Prepared};
use super::population::{Population, peak_memory, rest};
use crate::support::Db;
use crate::support::http::Answer;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);
const MEMBERS: usize = 100_000;
/// Members added by one request.
const AT_ONCE: usize = 10_000;

/// Prints the figures of large groups.
pub(crate) async fn run() -> Result<()> {
    on(Db::Sqlite).await?;
    on(Db::Postgres).await
}

async fn on(db: Db) -> Result<()> {
    let population = Population::of(db, MEMBERS as u64 + 1_000).await?;
    let (scim, server) = (&population.acme.scim, &population.acme.server);
    let mut ids = Vec::new();
    super::lists::walk(&population, 200, |id, _| ids.push(id.to_owned())).await?;
    let (members, others) = ids.split_at(MEMBERS);
    let named: Vec<&str> = members[..10].iter().map(String::as_str).collect();
    let small = scim.group("Small", &named).await;
    let large = scim.group("Large", &[]).await;
    let path = format!("/Groups/{large}");
    let mut adding = Vec::new();
    for some in members.chunks(AT_ONCE) {
        let values: Value = some.iter().map(|id| json!({"value": id})).collect();
        let add = json!([{"op": "add", "path": "members", "value": values}]);
        let started = Instant::now();
        scim.patch(&path, &add).await.expect_status(204);
        adding.push(format!("{:.2}", started.elapsed().as_secs_f64()));
    }
    let adding = adding.join(" ");
    println!("  PATCHes that add {AT_ONCE} members each, s: {adding}");
    rest(server).await?;

    let user = population.get(&format!("/Users/{}", others[0]));
    let light = population.get(&format!("{path}?excludedAttributes=members"));
    let mut series = [
        (
            "PATCH one member, of 10",
            changes(&population, &small, others),
            204,
        ),
        (
            "PATCH one member, of 100,000",
            changes(&population, &large, others),
            204,
        ),
        ("GET of a user", vec![user], 200),
        (
            "GET of 100,000, excludedAttributes=members",
            vec![light],
            200,
        ),
    ]
    .map(|(name, requests, status)| (Series::new(name), requests, status));
    for _ in 0..ROUNDS {
        for (series, requests, status) in &mut series {
            let one = Prepared::on(1, requests.clone(), *status);
            let measured = load::run(server.origin(), one, ROUND).await?;
            series.rounds.push(measured.per_second);
        }
    }
    heading(
        &format!("Large groups on {db:?}, 1 connection"),
        "per second",
        "the first",
    );
    let [(small, ..), (large, ..), (user, ..), (light, ..)] = &series;
    line(small, small);
    line(large, small);
    line(user, user);
    line(light, user);
    let reach = Reach::AtMost(1.3);
    verdict(
        "a member of 100,000 to one of 10, time",
        small.ratio_to(large),
        reach,
    );
    verdict(
        "the group without members to a user, time",
        user.ratio_to(light),
        reach,
    );
    whole(&population, &path, members).await?;
    println!(
        "  most memory the server held: {} MiB",
        peak_memory(server)?
    );
    Ok(())
}

/// What concerns all members, once each.
async fn whole(population: &Population, path: &str, members: &[String]) -> Result<()> {
    let (scim, server) = (&population.acme.scim, &population.acme.server);
    let (half, one) = (&members[..members.len() / 2], &members[members.len() / 3]);
    let light = format!("{path}?attributes=id");
    let half: Value = half.iter().map(|id| json!({"value": id})).collect();
    let half = json!({"displayName": "Large", "members": half});
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Larger"}]);
    let leave = json!([{"op": "remove", "path": "members[type eq \"User\"]"}]);
    let found = format!(
        "/Groups?excludedAttributes=members&filter={}",
        by_member("Large", one)
    );

    timed("found by name and member", async || scim.get(&found).await).await;
    timed("GET of all 100,000", async || scim.get(path).await).await;
    timed("PUT of 50,000 of them", async || {
        scim.put(&light, &half).await
    })
    .await;
    rest(server).await?;
    timed("the same PUT again", async || scim.put(&light, &half).await).await;
    timed("rename, of 50,000", async || {
        scim.patch(path, &rename).await
    })
    .await;
    rest(server).await?;
    timed(
        "PATCH remove members[type eq \"User\"], of 50,000",
        async || scim.patch(path, &leave).await,
    )
    .await;
    rest(server).await?;
    timed("PUT of 50,000 again", async || {
        scim.put(&light, &half).await
    })
    .await;
    rest(server).await?;
    timed("DELETE, of 50,000", async || scim.delete(path).await).await;
    Ok(())
}

async fn timed(what: &str, ask: impl AsyncFn() -> Answer) {
    let started = Instant::now();
    let answer = ask().await;
    let took = format!("{:.1?}", started.elapsed());
    assert!(answer.status < 300, "{what}: {}", answer.status);
    println!(
        "  {what:<56} {took:>12} {:>10} KiB",
        answer.body.len() / 1024
    );
}

/// Requests that let those users join and leave, by turns.
fn changes(population: &Population, group: &str, users: &[String]) -> Vec<Vec<u8>> {
    let scim = &population.acme.scim;
    let path = format!("{}/Groups/{group}", scim.base());
    let change = |operation: Value| {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [operation],
        });
        load::request("PATCH", &path, scim.token(), &body.to_string())
    };
    let both = |id: &String| {
        let one = format!("members[value eq \"{id}\"]");
        [
            change(json!({"op": "add", "path": "members", "value": [{"value": id}]})),
            change(json!({"op": "remove", "path": one})),
        ]
    };
    users.iter().flat_map(both).collect()
}
