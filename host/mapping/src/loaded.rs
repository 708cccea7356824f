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

impl Loaded {
    /// Size of its native code.
    fn bytes(&self) -> usize {
        let image = self.pre.component().image_range();
        image.end.addr() - image.start.addr()
    }
}

/// All of them, as far as there is room: the ones that were not used for longest go first.
pub(crate) struct Shelf<T = Loaded> {
    items: RwLock<HashMap<Digest, Item<T>>>,
    clock: AtomicU64,
    room: usize,
}

struct Item<T> {
    held: Arc<T>,
    bytes: usize,
    used: AtomicU64,
}

impl Shelf {
    pub(crate) fn put(&self, digest: Digest, loaded: Loaded) {
        let bytes = loaded.bytes();
        self.put_sized(digest, loaded, bytes);
    }
}

impl<T> Shelf<T> {
    /// An empty one with room for so many bytes.
    pub(crate) fn new(room: usize) -> Self {
        Self {
            items: RwLock::default(),
            clock: AtomicU64::new(0),
            room,
        }
    }

    pub(crate) fn get(&self, digest: &Digest) -> Result<Arc<T>, NotLoaded> {
        let items = self.items.read().unwrap_or_else(PoisonError::into_inner);
        let found = items.get(digest).ok_or_else(|| NotLoaded(digest.clone()))?;
        found.used.store(self.tick(), Ordering::Relaxed);
        Ok(Arc::clone(&found.held))
    }

    /// What is there.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        let items = self.items.read().unwrap_or_else(PoisonError::into_inner);
        items.keys().cloned().collect()
    }

    /// Adds an item; one that is there already stays. It stays even if it is larger than the room.
    fn put_sized(&self, digest: Digest, item: T, bytes: usize) {
        let mut items = self.items.write().unwrap_or_else(PoisonError::into_inner);
        let used = AtomicU64::new(self.tick());
        items.entry(digest).or_insert_with(|| Item {
            held: Arc::new(item),
            bytes,
            used,
        });
        while items.len() > 1 && items.values().map(|item| item.bytes).sum::<usize>() > self.room {
            let used = |(_, item): &(&Digest, &Item<T>)| item.used.load(Ordering::Relaxed);
            let Some(oldest) = items
                .iter()
                .min_by_key(used)
                .map(|(digest, _)| digest.clone())
            else {
                return;
            };
            items.remove(&oldest);
        }
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::Relaxed)
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
