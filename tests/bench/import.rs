//! The initial import of 100,000 users, one by one and by bulk requests, with a mapping, on 16 connections.

use anyhow::Result;

use super::figures::{Reach, Series, heading, line, verdict};
use super::load;
use super::population::{Bulks, peak_memory};
use super::writes::{NewUsers, numbered};
use crate::support::acme::every_slot;
use crate::support::{Acme, Db};

const USERS: u64 = 100_000;
const CONNECTIONS: usize = 16;

/// Prints the figures of imports.
pub(crate) async fn run(rounds: usize) -> Result<()> {
    for db in [Db::Sqlite, Db::Postgres] {
        let mut single = Series::new("one by one");
        let mut bulk = Series::new("bulk requests of 1,000");
        let mut memory = Vec::new();
        for _ in 0..rounds {
            for (series, in_bulk) in [(&mut single, false), (&mut bulk, true)] {
                let (per_second, peaks) = import(db, in_bulk).await?;
                series.rounds.push(per_second);
                memory.push((series.name.clone(), peaks));
            }
        }
        let title = format!("Import of {USERS} users on {db:?}, {CONNECTIONS} connections");
        heading(&title, "per second", "one by one");
        line(&single, &single);
        line(&bulk, &single);
        for (how, [fifth, all]) in memory {
            println!("  {how}: most memory {fifth} MiB after a fifth, {all} MiB after all");
        }
        if db == Db::Sqlite {
            let reach = Reach::AtLeast(3_000.0);
            verdict("one by one, per second", single.median(), reach);
        }
        verdict(
            "bulk to one by one",
            bulk.ratio_to(&single),
            Reach::AtLeast(1.0),
        );
    }
    Ok(())
}

/// Users per second, and the server's peak memory in MiB after a fifth of them and after all.
async fn import(db: Db, in_bulk: bool) -> Result<(f64, [u64; 2])> {
    let acme = Acme::start(db).await;
    let component = rolecall_plugin_bundle::RESELLER_MAPPING;
    let digest = acme.operator.plugin(component).await;
    acme.operator
        .remap(&acme.connection, &every_slot(&digest))
        .await;
    let origin = acme.server.origin();
    let (mut seconds, mut peaks) = (0.0, [0; 2]);
    let single = NewUsers::new(&acme.scim);
    let bulks = Bulks::new(&acme.scim, numbered);
    for (users, peak) in [USERS / 5, USERS].into_iter().zip(&mut peaks) {
        let took = if in_bulk {
            load::finish(origin, vec![bulks.clone().up_to(users); CONNECTIONS]).await?
        } else {
            load::finish(origin, vec![single.clone().up_to(users); CONNECTIONS]).await?
        };
        seconds += took.as_secs_f64();
        *peak = peak_memory(&acme.server)?;
    }
    Ok((USERS as f64 / seconds, peaks))
}
