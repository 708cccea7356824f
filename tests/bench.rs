//! The figures, measured: one command, one run, the compared things side by side.
//!
//! `tests/bench/run` builds with the release profile and runs this; `tests/bench/run decision` only
//! one part. Everything is bounded: rounds of fixed length, and databases that go with the run.
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
    pub(crate) mod decision;
    mod figures;
    mod hook;
    mod load;
    mod native;
    pub(crate) mod reads;
    pub(crate) mod writes;
}

use anyhow::{Result, bail};
use bench::{decision, reads, writes};

fn main() -> Result<()> {
    let parts: Vec<_> = std::env::args().skip(1).collect();
    for part in &parts {
        if !["decision", "writes", "reads"].contains(&part.as_str()) {
            bail!("{part:?} is no part of the benchmark: decision, writes, reads");
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
    Ok(())
}
