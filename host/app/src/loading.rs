//! Components on their way into memory, from the database when this host has not met them yet.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rolecall_mapping::{Artefacts, Compiler, Digest, Limits, Refusal, Runtime};
use rolecall_store::{Error as StoreError, Store};

use crate::error::{Problem, problem};
use crate::mapping::{STOCK, stock_digest};
use crate::{App, clock};

/// What can't be loaded is tried again after so long, then after twice that, up to the last: a failed attempt may cost
/// all the CPU time that compiling may take.
const FIRST_WAIT_MS: i64 = 2_000;
const LAST_WAIT_MS: i64 = 300_000;

/// Bytes of compiled code in the folder.
const CACHE_ROOM: u64 = 4 << 30;

/// How components are compiled.
#[derive(Debug, Clone)]
pub struct Compiling {
    /// Where compiled code is kept; nowhere without it.
    pub cache: Option<PathBuf>,
    /// CPU time for one component; whole seconds.
    pub cpu: Duration,
    /// Memory for one component; bytes.
    pub memory: usize,
}

impl Default for Compiling {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            cache: None,
            cpu: limits.compile_cpu,
            memory: limits.compile_memory,
        }
    }
}

impl Compiling {
    pub(crate) async fn runtime(self, store: &Store) -> anyhow::Result<Runtime> {
        let limits = Limits {
            compile_cpu: self.cpu,
            compile_memory: self.memory,
            ..Limits::default()
        };
        let mut compiler = Compiler::apart()?;
        if let Some(folder) = &self.cache {
            // As much memory as may be used to make it, which for loads is twice what uploads have.
            let largest = limits.compile_memory as u64 * 2;
            compiler = compiler.keeping(artefacts(store, folder, largest).await?);
        }
        Ok(Runtime::new(limits, compiler)?)
    }
}

/// The key is the database's: who can only write the folder can't make native code that this host runs.
async fn artefacts(store: &Store, folder: &Path, largest: u64) -> anyhow::Result<Artefacts> {
    let mut fresh = [0; 64];
    getrandom::fill(&mut fresh)?;
    let key = store.server_key("artefacts", &fresh).await?;
    let key = key
        .try_into()
        .map_err(|_| anyhow::anyhow!("the stored key of compiled code is not 64 bytes"))?;
    Artefacts::open(folder.to_owned(), key, CACHE_ROOM, largest).map_err(|error| {
        anyhow::anyhow!("cannot keep compiled code in {}: {error}", folder.display())
    })
}

/// Loads one component at a time. Uploads don't queue here: what was accepted never waits for what may be.
#[derive(Default)]
pub(crate) struct Loading {
    one: Arc<tokio::sync::Mutex<()>>,
    failed: Mutex<HashMap<Digest, Failed>>,
}

struct Failed {
    /// Nobody tries before.
    again_at: i64,
    wait: i64,
    why: String,
}

/// Why a component is not in memory.
pub(crate) enum NotLoaded {
    /// The database failed.
    Store(StoreError),
    /// It can't be made native code, in these words.
    Failed(String),
}

impl From<StoreError> for NotLoaded {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotLoaded> for Problem {
    fn from(error: NotLoaded) -> Self {
        match error {
            NotLoaded::Store(error) => problem("plugin")(error),
            NotLoaded::Failed(why) => Self::unavailable(why),
        }
    }
}

impl App {
    /// Brings a component into memory, if it isn't there.
    pub(crate) async fn load(&self, digest: &Digest) -> Result<(), NotLoaded> {
        if self.runtime.is_loaded(digest) {
            return Ok(());
        }
        let one = self.loading.one.clone().lock_owned().await;
        if self.runtime.is_loaded(digest) {
            return Ok(());
        }
        if let Some(why) = self.loading.failed_lately(digest, clock::now()) {
            return Err(NotLoaded::Failed(why));
        }
        let why = match self.component(digest).await {
            Err(error @ StoreError::Unavailable(_)) => return Err(error.into()),
            Err(error) => format!("its bytes can't be read: {error}"),
            Ok(bytes) => {
                let (runtime, wanted) = (self.runtime.clone(), digest.clone());
                let load = move || {
                    // Goes on when nobody waits any more.
                    let _one = one;
                    runtime.load(&wanted, &bytes)
                };
                match tokio::task::spawn_blocking(load).await {
                    Ok(Ok(())) => {
                        self.loading.succeeded(digest);
                        return Ok(());
                    }
                    Ok(Err(Refusal { detail, .. })) => detail,
                    Err(error) => error.to_string(),
                }
            }
        };
        let why = format!("The plugin {digest} can't be loaded: {why}");
        tracing::error!(why, "decisions that need this plugin are pending");
        self.loading.failed(digest, &why, clock::now());
        Err(NotLoaded::Failed(why))
    }

    async fn component(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        if digest == stock_digest() {
            return Ok(STOCK.to_vec());
        }
        self.store.component(digest.as_str()).await
    }
}

impl Loading {
    /// When it is worth trying again to decide by these plugins.
    pub(crate) fn again_at<'a>(
        &self,
        plugins: impl IntoIterator<Item = &'a Digest>,
        now: i64,
    ) -> i64 {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let plugins = plugins.into_iter();
        let again = plugins.filter_map(|digest| Some(failed.get(digest)?.again_at));
        again.max().unwrap_or(now + FIRST_WAIT_MS)
    }

    fn failed_lately(&self, digest: &Digest, now: i64) -> Option<String> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = failed.get(digest).filter(|failed| failed.again_at > now)?;
        Some(failed.why.clone())
    }

    fn failed(&self, digest: &Digest, why: &str, now: i64) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let before = failed.get(digest).map(|failed| failed.wait * 2);
        let wait = before.unwrap_or(FIRST_WAIT_MS).min(LAST_WAIT_MS);
        failed.insert(
            digest.clone(),
            Failed {
                again_at: now + wait,
                wait,
                why: why.to_owned(),
            },
        );
    }

    fn succeeded(&self, digest: &Digest) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.remove(digest);
    }
}
