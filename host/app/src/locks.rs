//! One writer at a time for a resource on this host, so that simultaneous changes of a group queue up
//! instead of deciding in vain. Hosts beside each other are kept apart by the commit's version check.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};

/// Ids share locks by hash: waiting for a stranger now and then is cheaper than a lock per id.
const STRIPES: usize = 1024;

pub(crate) struct Locks {
    hasher: RandomState,
    stripes: Vec<Mutex<()>>,
}

impl Default for Locks {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            stripes: std::iter::repeat_with(Mutex::default)
                .take(STRIPES)
                .collect(),
        }
    }
}

impl Locks {
    pub(crate) async fn hold(&self, id: &str) -> MutexGuard<'_, ()> {
        let stripe = self.hasher.hash_one(id) as usize % STRIPES;
        self.stripes[stripe].lock().await
    }
}
