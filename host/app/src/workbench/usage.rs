//! What a decision used of each limit.

use rolecall_mapping::{Limits, Outcome, Slot, SlotRun};
use serde::Serialize;

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Use {
    pub slot: Slot,
    /// `fuel`, `time`, `memory`, `output`, `log_lines`, `log_bytes`, `placements` or `grants`.
    pub limit: &'static str,
    /// In fuel, microseconds, bytes or items.
    pub used: u64,
    pub most: u64,
    /// What more than this comes to in production.
    pub beyond: &'static str,
}

impl Use {
    pub fn is_over(&self) -> bool {
        self.used > self.most
    }
}

/// Of a decision within the limits, and of the same one with room to spare, which says what it would have taken.
pub(super) fn of(limits: &Limits, outcome: &Outcome, whole: &Outcome) -> Vec<Use> {
    let mut uses = Vec::new();
    for run in &whole.slots {
        // Times of the real run, as long as it came this far.
        let timed = outcome.slots.iter().find(|timed| timed.slot == run.slot);
        let cut =
            outcome.result.is_err() && outcome.slots.last().map(|last| last.slot) == Some(run.slot);
        let micros = timed.filter(|_| !cut).unwrap_or(run).micros;
        slot(limits, run, micros, &mut uses);
    }
    uses
}

fn slot(limits: &Limits, run: &SlotRun, micros: u64, uses: &mut Vec<Use>) {
    const FAILS: &str = "the decision fails";
    let mut add = |limit, used, most, beyond| {
        uses.push(Use {
            slot: run.slot,
            limit,
            used,
            most,
            beyond,
        });
    };
    let output = run.output.as_ref().map_or("", |output| output.get());
    add("fuel", run.fuel, limits.fuel, FAILS);
    add("time", micros, limits.deadline.as_micros() as u64, FAILS);
    add(
        "memory",
        run.memory_bytes as u64,
        limits.memory_bytes as u64,
        FAILS,
    );
    add(
        "output",
        output.len() as u64,
        limits.output_bytes as u64,
        FAILS,
    );
    let bytes: usize = run.logs.iter().map(|line| line.message.len()).sum();
    add(
        "log_lines",
        run.logs.len() as u64,
        limits.log_lines as u64,
        "lines are dropped",
    );
    add(
        "log_bytes",
        bytes as u64,
        limits.log_bytes as u64,
        "lines are dropped",
    );
    let items = || match serde_json::from_str(output) {
        Ok(serde_json::Value::Array(items)) => items.len() as u64,
        _ => 0,
    };
    match run.slot {
        Slot::Attributes => {}
        Slot::Tenants => add("placements", items(), limits.placements as u64, FAILS),
        Slot::Roles => add("grants", items(), limits.grants as u64, FAILS),
    }
}
