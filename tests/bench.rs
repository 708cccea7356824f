//! The figures, measured: one command, one run, the compared things side by side.
//!
//! `tests/bench/run` builds with the release profile and runs this; `tests/bench/run decision` only
//! one part. Everything is bounded: rounds of fixed length, and databases that go with the run.
//! `--full` measures what is published: lists and filters over a million users rather than 100,000, and three imports of
//! each kind rather than one.
//!
//! Machines are shared, so what is compared takes turns in short rounds, a figure is the median of
//! its rounds, and a ratio is the median of the ratios within each round.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "a part of the tests' harness is enough"
)]
mod support;

mod bench {
    mod alternatives;
    pub(crate) mod beside;
    pub(crate) mod decision;
    mod figures;
    pub(crate) mod filters;
    pub(crate) mod groups;
    mod guests;
    mod hook;
    pub(crate) mod import;
    pub(crate) mod lists;
    mod load;
    mod native;
    pub(crate) mod population;
    pub(crate) mod reads;
    pub(crate) mod writes;
}

use anyhow::{Result, bail};
use bench::population::Population;
use bench::{beside, decision, filters, groups, import, lists, reads, writes};
use support::Db;

const PARTS: [&str; 8] = [
    "decision", "writes", "reads", "groups", "lists", "filters", "import", "beside",
];

fn main() -> Result<()> {
    let mut parts: Vec<_> = std::env::args().skip(1).collect();
    let full = parts.iter().any(|part| part == "--full");
    parts.retain(|part| part != "--full");
    for part in &parts {
        if !PARTS.contains(&part.as_str()) {
            bail!("{part:?} is no part of the benchmark: {}", PARTS.join(", "));
        }
    }
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|one| one == part);

    if wanted("decision") {
        decision::run()?;
    }
    // One thread for the load, so that it takes as little as it can from the server.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if wanted("writes") {
        runtime.block_on(writes::run())?;
    }
    if wanted("reads") {
        runtime.block_on(reads::run())?;
    }
    if wanted("groups") {
        runtime.block_on(groups::run())?;
    }
    if wanted("lists") || wanted("filters") {
        for db in [Db::Sqlite, Db::Postgres] {
            let users = if full { 1_000_000 } else { 100_000 };
            let population = runtime.block_on(Population::of(db, users))?;
            if wanted("lists") {
                runtime.block_on(lists::run(&population))?;
            }
            if wanted("filters") {
                runtime.block_on(filters::run(&population))?;
            }
        }
    }
    if wanted("import") {
        runtime.block_on(import::run(if full { 3 } else { 1 }))?;
    }
    if wanted("beside") {
        runtime.block_on(beside::run())?;
    }
    Ok(())
}
