//! Filters that an index answers beside a GET by id, and one that none answers.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;

use super::figures::{Reach, Series, heading, line, verdict};
use super::load::{self, Prepared};
use super::population::{Population, rest, user_name};
use crate::support::scim::encode;

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(1);
const CONNECTIONS: usize = 16;

/// What Entra asks before it removes a member; encoded.
pub(crate) fn by_member(group: &str, member: &str) -> String {
    encode(&format!(
        "displayName eq \"{group}\" and members[value eq \"{member}\"]"
    ))
}

/// Prints the figures of filters.
pub(crate) async fn run(population: &Population) -> Result<()> {
    let series = series(population).await?;
    let mut series: Vec<(Series, Vec<Vec<u8>>)> = series
        .into_iter()
        .map(|(name, requests)| (Series::new(name), requests))
        .collect();
    let server = &population.acme.server;
    for _ in 0..ROUNDS {
        for (series, requests) in &mut series {
            let each = Prepared::on(CONNECTIONS, requests.clone(), 200);
            let measured = load::run(server.origin(), each, ROUND).await?;
            series.rounds.push(measured.per_second);
        }
    }
    let title = format!(
        "Filters over {} users on {:?}, {CONNECTIONS} connections",
        population.users, population.db
    );
    heading(&title, "per second", "GET");
    let get = &series[0].0;
    for (one, _) in &series {
        line(one, get);
    }
    let slower = series.iter().map(|(one, _)| get.ratio_to(one));
    let slowest = slower.fold(0.0, f64::max);
    verdict(
        "the slowest filter to a GET, time",
        slowest,
        Reach::AtMost(2.0),
    );

    let started = Instant::now();
    let scan = "/Users?filter=title%20co%20%22nobody%22";
    let scan = population.acme.scim.get(scan).await;
    let took = started.elapsed();
    println!(
        "  title co …, which no index answers: {} after {took:.1?}",
        scan.status
    );
    Ok(())
}

/// What is asked: a name, and the requests.
async fn series(population: &Population) -> Result<Vec<(&'static str, Vec<Vec<u8>>)>> {
    let (scim, known) = (&population.acme.scim, &population.known);
    for (number, id) in known {
        scim.group(&format!("Group {number}"), &[id]).await;
        let touch = json!([{"op": "replace", "path": "title", "value": "Dr"}]);
        let path = format!("/Users/{id}");
        scim.patch(&path, &touch).await.expect_status(200);
    }
    rest(&population.acme.server).await?;
    let (_, last_but_one) = &known[known.len() - 2];
    let last_but_one = scim.read_user(last_but_one).await;
    let time = last_but_one["meta"]["lastModified"].as_str();
    let time = time.context("a time")?;

    let all = |path: &dyn Fn(u64, &str) -> String| -> Vec<Vec<u8>> {
        let requests = known
            .iter()
            .map(|(number, id)| population.get(&path(*number, id)));
        requests.collect()
    };
    let users = |filter: &dyn Fn(u64, &str) -> String| {
        all(&|n, id| format!("/Users?filter={}", encode(&filter(n, id))))
    };
    let groups = |filter: &dyn Fn(u64, &str) -> String| {
        all(&|n, id| {
            format!(
                "/Groups?excludedAttributes=members&filter={}",
                filter(n, id)
            )
        })
    };
    let email = |number: u64| user_name(number).to_uppercase();
    Ok(vec![
        ("GET by id", all(&|_, id| format!("/Users/{id}"))),
        ("id eq", users(&|_, id| format!("id eq \"{id}\""))),
        (
            "userName eq",
            users(&|n, _| format!("userName eq \"{}\"", email(n))),
        ),
        (
            "externalId eq",
            users(&|n, _| format!("externalId eq \"x{n:08}\"")),
        ),
        (
            "displayName eq",
            users(&|n, _| format!("displayName eq \"user {n:08}\"")),
        ),
        (
            "emails.value eq",
            users(&|n, _| format!("emails.value eq \"{}\"", email(n))),
        ),
        (
            "emails eq",
            users(&|n, _| format!("emails eq \"h{n:08}@home.example\"")),
        ),
        (
            "emails[type eq \"work\"].value eq",
            users(&|n, _| format!("emails[type eq \"work\"].value eq \"{}\"", email(n))),
        ),
        (
            "emails[type eq \"work\" and value eq …]",
            users(&|n, _| format!("emails[type eq \"work\" and value eq \"{}\"]", email(n))),
        ),
        (
            "meta.lastModified gt, the last change",
            users(&|_, _| format!("meta.lastModified gt \"{time}\"")),
        ),
        (
            "groups: displayName eq",
            groups(&|n, _| encode(&format!("displayName eq \"group {n}\""))),
        ),
        (
            "groups: members[value eq …]",
            groups(&|_, id| encode(&format!("members[value eq \"{id}\"]"))),
        ),
        (
            "groups: displayName eq and members[value eq …]",
            groups(&|n, id| by_member(&format!("Group {n}"), id)),
        ),
    ])
}
