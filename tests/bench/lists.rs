//! Pages of 100 users at the beginning and at the end of all.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::figures::{Reach, Series, heading, line, verdict};
use super::load::{self, Prepared};
use super::population::Population;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);
const CONNECTIONS: usize = 8;
const PAGE: u64 = 100;

/// Walks through all users by cursor; `each` gets an id, and the cursor behind its page.
pub(crate) async fn walk(
    population: &Population,
    count: u64,
    mut each: impl FnMut(&str, &str),
) -> Result<()> {
    let mut cursor = String::new();
    loop {
        let path = format!("/Users?attributes=id&count={count}&cursor={cursor}");
        let page = population.acme.scim.get(&path).await.expect(200);
        let next = page["nextCursor"].as_str().unwrap_or_default();
        for user in page["Resources"]
            .as_array()
            .context("a page has Resources")?
        {
            each(user["id"].as_str().context("an id")?, next);
        }
        if next.is_empty() {
            return Ok(());
        }
        next.clone_into(&mut cursor);
    }
}

/// Prints the figures of lists.
pub(crate) async fn run(population: &Population) -> Result<()> {
    let (mut walked, mut cursors) = (0_u64, Vec::new());
    let started = Instant::now();
    walk(population, PAGE, |_, next| {
        walked += 1;
        if walked.is_multiple_of(PAGE) {
            cursors.push(next.to_owned());
        }
    })
    .await?;
    let took = started.elapsed();
    // The last page has no cursor behind it, and the one before leads there.
    let last = &cursors[cursors.len() - 2];
    let end = population.users - PAGE + 1;
    let page = |paging: &str| vec![population.get(&format!("/Users?count={PAGE}&{paging}"))];
    let mut series = [
        ("by cursor, the first page", page("cursor=")),
        ("by cursor, the last page", page(&format!("cursor={last}"))),
        ("by index, the first page", page("startIndex=1")),
        (
            "by index, the last page",
            page(&format!("startIndex={end}")),
        ),
    ]
    .map(|(name, requests)| (Series::new(name), requests));
    for _ in 0..ROUNDS {
        for (series, requests) in &mut series {
            let each = Prepared::on(CONNECTIONS, requests.clone(), 200);
            let measured = load::run(population.acme.server.origin(), each, ROUND).await?;
            series.rounds.push(measured.per_second);
        }
    }
    let title = format!(
        "Pages of {PAGE} of {} users on {:?}, {CONNECTIONS} connections",
        population.users, population.db
    );
    heading(&title, "per second", "the first");
    for (one, _) in &series {
        line(one, &series[0].0);
    }
    println!("  all {walked} by cursor, one page after the other: {took:.1?}");
    let ratio = series[0].0.ratio_to(&series[1].0);
    verdict(
        "the last page by cursor to the first, time",
        ratio,
        Reach::AtMost(1.3),
    );
    Ok(())
}
