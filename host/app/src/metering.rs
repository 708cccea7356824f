//! What plugins cost and how they fail, per component and slot, for whoever collects metrics.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use metrics::{Counter, Gauge, Histogram, SharedString, Unit};
use rolecall_mapping::{ANSWERED, Digest, Failure, Outcome, Runtime, Slot, SlotRun};

use crate::mapping::STOCK;

/// Components that are told apart. Uploads are anybody's, so there may be any number of them.
const MOST: usize = 1_000;

const CALLS: &str = "rolecall_plugin_calls_total";
/// In seconds.
pub const DURATION: &str = "rolecall_plugin_call_duration_seconds";
/// In units of wasmtime's fuel, about one an instruction.
pub const FUEL: &str = "rolecall_plugin_call_fuel";
const MEMORY: &str = "rolecall_plugin_peak_memory_bytes";
const BREAKERS: &str = "rolecall_plugin_breakers";

/// Says what the metrics are. For the recorder that is in place.
pub fn describe() {
    metrics::describe_counter!(
        CALLS,
        "Calls of plugins by component, slot and outcome: answered, refused, or the kind of its failure."
    );
    metrics::describe_histogram!(DURATION, Unit::Seconds, "Wall-clock time of a call.");
    metrics::describe_histogram!(FUEL, "Fuel of a call, about one unit an instruction.");
    metrics::describe_gauge!(
        MEMORY,
        Unit::Bytes,
        "The most linear memory that a call had."
    );
    metrics::describe_gauge!(
        BREAKERS,
        "Connections that don't ask a component for now, by component and state: open or half_open."
    );
}

/// One meter per component and slot.
pub(crate) struct Meters {
    stock: Digest,
    known: RwLock<HashMap<Digest, [Arc<Meter>; 3]>>,
    others: OnceLock<[Arc<Meter>; 3]>,
    /// Those that were set, to say when there are none any more.
    breakers: Mutex<HashMap<(SharedString, String), i64>>,
}

impl Meters {
    pub(crate) fn new() -> Self {
        Self {
            stock: Runtime::digest(STOCK),
            known: RwLock::default(),
            others: OnceLock::new(),
            breakers: Mutex::default(),
        }
    }

    /// Counts what was run for a decision.
    pub(crate) fn count(&self, outcome: &Outcome) {
        let last = outcome.slots.len().saturating_sub(1);
        for (at, run) in outcome.slots.iter().enumerate() {
            let meter = self.meter(&run.digest, run.slot);
            // After a slot that failed none is run.
            let failure = outcome.result.as_ref().err().filter(|_| at == last);
            meter.count(run, failure);
        }
    }

    /// How many breakers are not closed, of all hosts: (digest, state, how many).
    pub(crate) fn breakers(&self, counts: Vec<(String, String, i64)>) {
        let mut told = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        for count in told.values_mut() {
            *count = 0;
        }
        for (digest, state, count) in counts {
            if let Some(digest) = Digest::parse(&digest) {
                let plugin = self.meter(&digest, Slot::Attributes).plugin.clone();
                *told.entry((plugin, state)).or_default() += count;
            }
        }
        for ((plugin, state), count) in &*told {
            let labels = [("plugin", plugin.clone()), ("state", state.clone().into())];
            metrics::gauge!(BREAKERS, &labels).set(*count as f64);
        }
    }

    fn meter(&self, digest: &Digest, slot: Slot) -> Arc<Meter> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(meters) = known.get(digest) {
            return meters[slot as usize].clone();
        }
        let is_full = known.len() >= MOST;
        drop(known);
        if is_full {
            let others = self.others.get_or_init(|| meters(&"other".into()));
            return others[slot as usize].clone();
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let meters = known.entry(digest.clone()).or_insert_with(|| {
            let name = if *digest == self.stock {
                "rules".to_owned()
            } else {
                digest.to_string()
            };
            meters(&name.into())
        });
        meters[slot as usize].clone()
    }
}

fn meters(plugin: &SharedString) -> [Arc<Meter>; 3] {
    Slot::ALL.map(|slot| Arc::new(Meter::new(plugin.clone(), slot)))
}

struct Meter {
    plugin: SharedString,
    slot: Slot,
    answered: Counter,
    duration: Histogram,
    fuel: Histogram,
    memory: Gauge,
    peak: AtomicU64,
}

impl Meter {
    fn new(plugin: SharedString, slot: Slot) -> Self {
        let labels = [("plugin", plugin.clone()), ("slot", slot.as_str().into())];
        Self {
            answered: calls(&plugin, slot, ANSWERED.into()),
            duration: metrics::histogram!(DURATION, &labels),
            fuel: metrics::histogram!(FUEL, &labels),
            memory: metrics::gauge!(MEMORY, &labels),
            peak: AtomicU64::new(0),
            plugin,
            slot,
        }
    }

    fn count(&self, run: &SlotRun, failure: Option<&Failure>) {
        match failure {
            None => self.answered.increment(1),
            Some(failure) => {
                calls(&self.plugin, self.slot, failure.name().into()).increment(1);
            }
        }
        self.duration.record(run.micros as f64 / 1_000_000.0);
        self.fuel.record(run.fuel as f64);
        let memory = run.memory_bytes as u64;
        if self.peak.fetch_max(memory, Ordering::Relaxed) < memory {
            self.memory.set(memory as f64);
        }
    }
}

fn calls(plugin: &SharedString, slot: Slot, outcome: SharedString) -> Counter {
    let labels = [
        ("plugin", plugin.clone()),
        ("slot", slot.as_str().into()),
        ("outcome", outcome),
    ];
    metrics::counter!(CALLS, &labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_beyond_the_most_share_a_meter() {
        let meters = Meters::new();
        let digest = |number: usize| Runtime::digest(&number.to_be_bytes());
        for number in 0..MOST + 2 {
            meters.meter(&digest(number), Slot::Roles);
        }
        let named = |number| meters.meter(&digest(number), Slot::Roles).plugin.clone();
        assert_eq!(&*named(0), digest(0).as_str());
        assert_eq!(&*named(MOST), "other");
        assert_eq!(&*named(MOST + 1), "other");
    }
}
