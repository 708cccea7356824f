//! `GET` by id and `filter=userName eq` on SQLite, with a thousand users and with a hundred thousand.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::figures::{Reach, Series, heading, line, verdict};
use super::load::{self, Prepared};
use super::writes::{CONNECTIONS, NewUsers, user_name};
use crate::support::scim::encode;
use crate::support::{Acme, Db};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);
const FEW: u64 = 1_000;
const MANY: u64 = 100_000;
/// How many different resources are asked for, spread over all.
const ASKED_FOR: u64 = 1_000;

/// A server with so many users, and the requests for some of them.
struct Population {
    acme: Acme,
    by_id: Arc<[Vec<u8>]>,
    by_filter: Arc<[Vec<u8>]>,
}

impl Population {
    async fn of(users: u64) -> Result<Self> {
        let acme = Acme::start(Db::Sqlite).await;
        fill(&acme, users).await?;
        let mut by_id = Vec::new();
        let mut by_filter = Vec::new();
        for number in 0..ASKED_FOR {
            let name = user_name(number * (users / ASKED_FOR));
            let query = format!(
                "/Users?filter={}",
                encode(&format!("userName eq \"{name}\""))
            );
            let found: Value = acme.scim.get(&query).await.expect(200);
            let id = found["Resources"][0]["id"]
                .as_str()
                .context("the filter finds its user")?;
            let request = |path: &str| {
                let path = format!("{}{path}", acme.scim.base());
                load::request("GET", &path, acme.scim.token(), "")
            };
            by_id.push(request(&format!("/Users/{id}")));
            by_filter.push(request(&query));
        }
        Ok(Self {
            acme,
            by_id: by_id.into(),
            by_filter: by_filter.into(),
        })
    }

    async fn measure(&self, requests: &Arc<[Vec<u8>]>) -> Result<f64> {
        let origin = self.acme.server.origin();
        let requests = Prepared::on(CONNECTIONS, requests.clone(), 200);
        Ok(load::run(origin, requests, ROUND).await?.per_second)
    }
}

/// Creates users until there are at least so many.
async fn fill(acme: &Acme, users: u64) -> Result<()> {
    let new = NewUsers::new(&acme.scim).up_to(users);
    load::finish(acme.server.origin(), vec![new; CONNECTIONS]).await?;
    Ok(())
}

/// Prints the figures of reads.
pub(crate) async fn run() -> Result<()> {
    let few = Population::of(FEW).await?;
    let many = Population::of(MANY).await?;
    let mut get_few = Series::new("GET by id, 10³ users");
    let mut get_many = Series::new("GET by id, 10⁵ users");
    let mut filter_few = Series::new("filter userName eq, 10³ users");
    let mut filter_many = Series::new("filter userName eq, 10⁵ users");
    for _ in 0..ROUNDS {
        get_few.rounds.push(few.measure(&few.by_id).await?);
        get_many.rounds.push(many.measure(&many.by_id).await?);
        filter_few.rounds.push(few.measure(&few.by_filter).await?);
        filter_many
            .rounds
            .push(many.measure(&many.by_filter).await?);
    }

    heading(
        &format!("Reads on SQLite, {CONNECTIONS} connections"),
        "per second",
        "10³",
    );
    for (one, base) in [
        (&get_few, &get_few),
        (&get_many, &get_few),
        (&filter_few, &filter_few),
        (&filter_many, &filter_few),
    ] {
        line(one, base);
    }
    for (name, few, many) in [
        ("GET by id", &get_few, &get_many),
        ("filter", &filter_few, &filter_many),
    ] {
        verdict(
            &format!("{name}, per second"),
            few.median(),
            Reach::AtLeast(12_000.0),
        );
        verdict(
            &format!("{name}, 10³ to 10⁵"),
            few.ratio_to(many),
            Reach::AtMost(1.3),
        );
    }
    Ok(())
}
