//! How quick a plugin is here: one decision after the other, each in fresh instances.

use std::time::{Duration, Instant};

use rolecall_mapping::Failure;
use serde::Serialize;

use super::Workbench;
use super::case::Case;
use super::decide::run;
use crate::error::Problem;

/// Enough for a p99 to be one.
const MOST: usize = 1_000_000;

/// Before what is measured: caches and pages are warm then, as they are in a server.
const WARM_UP: usize = 20;

#[derive(Debug, Serialize)]
pub struct Bench {
    pub decisions: usize,
    /// One after the other, on one thread.
    pub per_second: f64,
    /// Microseconds.
    pub p50_micros: f64,
    pub p99_micros: f64,
    /// Of all three slots; the same for every decision.
    pub fuel: u64,
    /// Most memory of one instance, in bytes.
    pub memory_bytes: usize,
    /// Why there is no decision: then the numbers are those of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

impl Workbench {
    /// Decides a case again and again for so long.
    pub fn bench(&self, case: &Case, time: Duration) -> Result<Bench, Problem> {
        let ready = self.ready(case)?;
        let outcome = run(&self.runtime, &ready)?;
        let mut taken = Vec::new();
        for _ in 0..WARM_UP {
            run(&self.runtime, &ready)?;
        }
        let started = Instant::now();
        while (started.elapsed() < time || taken.is_empty()) && taken.len() < MOST {
            let one = Instant::now();
            run(&self.runtime, &ready)?;
            taken.push(one.elapsed());
        }
        let all = started.elapsed();
        taken.sort_unstable();
        let percentile = |percent: usize| {
            let at = (taken.len() * percent / 100).min(taken.len() - 1);
            taken[at].as_nanos() as f64 / 1_000.0
        };
        Ok(Bench {
            decisions: taken.len(),
            per_second: taken.len() as f64 / all.as_secs_f64(),
            p50_micros: percentile(50),
            p99_micros: percentile(99),
            fuel: outcome.slots.iter().map(|run| run.fuel).sum(),
            memory_bytes: outcome
                .slots
                .iter()
                .map(|run| run.memory_bytes)
                .max()
                .unwrap_or(0),
            fault: match &outcome.result {
                Err(Failure::Fault(fault)) => Some(fault.to_string()),
                _ => None,
            },
        })
    }
}
