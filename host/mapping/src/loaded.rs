//! Compiled components by digest.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use wasmtime::component::InstancePre;

use crate::Digest;
use crate::abi::v1::Exports;
use crate::sandbox::Sandbox;

#[cfg(test)]
mod tests;

/// A decision takes longer than this on average: it should not run on an asynchronous worker.
const SLOW: Duration = Duration::from_millis(1);

/// The component is not in memory: [`crate::Runtime::load`] it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the component {0} is not loaded")]
pub struct NotLoaded(pub Digest);

/// A component that has passed every check, ready to be instantiated.
pub(crate) struct Loaded {
    pub(crate) pre: InstancePre<Sandbox>,
    pub(crate) exports: Exports,
    pub(crate) pace: Pace,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Shelf(RwLock<HashMap<Digest, Arc<Loaded>>>);

impl Shelf {
    pub(crate) fn get(&self, digest: &Digest) -> Result<Arc<Loaded>, NotLoaded> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known
            .get(digest)
            .cloned()
            .ok_or_else(|| NotLoaded(digest.clone()))
    }

    pub(crate) fn put(&self, digest: Digest, loaded: Loaded) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(digest).or_insert_with(|| Arc::new(loaded));
    }
}

/// How long a component takes for a decision: a moving average, in nanoseconds, 0 before the first.
#[derive(Default)]
pub(crate) struct Pace(AtomicU64);

impl Pace {
    /// Takes a decision into account, with a weight of one eighth. Two at once may count as one.
    pub(crate) fn add(&self, taken: Duration) {
        let taken = taken.as_nanos() as u64;
        let average = match self.0.load(Ordering::Relaxed) {
            0 => taken,
            known => known - known / 8 + taken / 8,
        };
        self.0.store(average, Ordering::Relaxed);
    }

    pub(crate) fn is_slow(&self) -> bool {
        self.0.load(Ordering::Relaxed) > SLOW.as_nanos() as u64
    }
}
