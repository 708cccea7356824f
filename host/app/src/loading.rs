//! Components on their way into memory, from the database when this host has not met them yet.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rolecall_mapping::{Artefacts, Compiler, Digest, Limits, Runtime};
use rolecall_store::{Error as StoreError, Store};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

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
    /// How long a decision waits for a component that is not in memory.
    pub wait: Duration,
}

impl Default for Compiling {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            cache: None,
            cpu: limits.compile_cpu,
            memory: limits.compile_memory,
            wait: Duration::from_secs(2),
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
pub(crate) struct Loading {
    one: Arc<tokio::sync::Mutex<()>>,
    wait: Duration,
    under_way: Mutex<HashMap<Digest, UnderWay>>,
    failed: Mutex<HashMap<Digest, Failed>>,
}

/// A component that is being loaded, or waits for its turn.
#[derive(Clone)]
struct UnderWay {
    since: Instant,
    end: watch::Receiver<Option<Result<(), NotLoaded>>>,
}

struct Failed {
    /// Nobody tries before.
    again_at: i64,
    wait: i64,
    why: NotLoaded,
}

/// Why a component is not in memory.
#[derive(Clone)]
pub(crate) enum NotLoaded {
    /// The database failed.
    Store(StoreError),
    /// What is stored is not the component, in these words.
    Damaged(String),
    /// It can't be made native code, or not yet, in these words.
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
            NotLoaded::Damaged(why) | NotLoaded::Failed(why) => Self::unavailable(why),
        }
    }
}

impl App {
    /// Brings a component into memory, if it isn't there, and waits for that.
    pub(crate) async fn load(&self, digest: &Digest) -> Result<(), NotLoaded> {
        match self.being_loaded(digest)? {
            None => Ok(()),
            Some(under_way) => under_way.end().await,
        }
    }

    /// The same for a decision. It holds up others, so it waits only until so long after somebody first asked for the
    /// component; loading goes on meanwhile.
    pub(crate) async fn load_soon(&self, digest: &Digest) -> Result<(), NotLoaded> {
        let Some(under_way) = self.being_loaded(digest)? else {
            return Ok(());
        };
        let until = under_way.since + self.loading.wait;
        let ended = timeout_at(until, under_way.end()).await;
        ended.unwrap_or_else(|_| {
            let why = format!("The plugin {digest} is still being loaded on this host.");
            Err(NotLoaded::Failed(why))
        })
    }

    /// Nothing if it is loaded.
    fn being_loaded(&self, digest: &Digest) -> Result<Option<UnderWay>, NotLoaded> {
        let mut under_way = self.loading.under_way();
        if self.runtime.is_loaded(digest) {
            return Ok(None);
        }
        if let Some(why) = self.loading.failed_lately(digest, clock::now()) {
            return Err(why);
        }
        let start = || {
            let (sender, end) = watch::channel(None);
            let (loading, runtime) = (self.loading.clone(), self.runtime.clone());
            let (store, digest) = (self.store.clone(), digest.clone());
            // Goes on when nobody waits any more.
            tokio::spawn(async move {
                let result = loading.load(runtime, &store, &digest).await;
                loading.ended(&digest, result.as_ref().err());
                sender.send_replace(Some(result));
            });
            UnderWay {
                since: Instant::now(),
                end,
            }
        };
        Ok(Some(
            under_way
                .entry(digest.clone())
                .or_insert_with(start)
                .clone(),
        ))
    }
}

impl UnderWay {
    async fn end(mut self) -> Result<(), NotLoaded> {
        let ended = self.end.wait_for(Option::is_some).await;
        let result = ended.ok().and_then(|result| result.clone());
        result.unwrap_or_else(|| Err(NotLoaded::Failed("This host is stopping.".to_owned())))
    }
}

async fn component(store: &Store, digest: &Digest) -> Result<Vec<u8>, StoreError> {
    if digest == stock_digest() {
        return Ok(STOCK.to_vec());
    }
    store.component(digest.as_str()).await
}

impl Loading {
    /// Decisions wait so long for a component.
    pub(crate) fn new(wait: Duration) -> Self {
        Self {
            one: Arc::default(),
            wait,
            under_way: Mutex::default(),
            failed: Mutex::default(),
        }
    }

    async fn load(
        &self,
        runtime: Runtime,
        store: &Store,
        digest: &Digest,
    ) -> Result<(), NotLoaded> {
        let one = self.one.clone().lock_owned().await;
        let why = |why: String| format!("The plugin {digest} can't be loaded: {why}");
        let bytes = match component(store, digest).await {
            Err(error @ StoreError::Unavailable(_)) => return Err(error.into()),
            Err(error) => {
                let error = why(format!("its bytes can't be read: {error}"));
                return Err(NotLoaded::Damaged(error));
            }
            Ok(bytes) => bytes,
        };
        let wanted = digest.clone();
        let load = move || {
            let _one = one;
            runtime.load(&wanted, &bytes)
        };
        match tokio::task::spawn_blocking(load).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refusal)) if refusal.code == "digest_mismatch" => {
                Err(NotLoaded::Damaged(why(refusal.detail)))
            }
            Ok(Err(refusal)) => Err(NotLoaded::Failed(why(refusal.detail))),
            Err(error) => Err(NotLoaded::Failed(why(error.to_string()))),
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Digest, UnderWay>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// When it is worth trying again to decide by these plugins.
    pub(crate) fn again_at<'a>(
        &self,
        plugins: impl IntoIterator<Item = &'a Digest>,
        now: i64,
    ) -> i64 {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let plugins = plugins.into_iter();
        let again = plugins.filter_map(|digest| Some(failed.get(digest)?.again_at));
        // Later than now: what failed may have been tried long ago.
        again.fold(now + FIRST_WAIT_MS, i64::max)
    }

    fn failed_lately(&self, digest: &Digest, now: i64) -> Option<NotLoaded> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = failed.get(digest).filter(|failed| failed.again_at > now)?;
        Some(failed.why.clone())
    }

    fn ended(&self, digest: &Digest, error: Option<&NotLoaded>) {
        // Who asks meanwhile finds it under way, loaded, or failed.
        let mut under_way = self.under_way();
        match error {
            None => self.succeeded(digest),
            Some(NotLoaded::Store(_)) => {}
            Some(why @ (NotLoaded::Damaged(words) | NotLoaded::Failed(words))) => {
                tracing::error!(why = words, "a plugin that is in use can't be loaded");
                self.failed(digest, why, clock::now());
            }
        }
        under_way.remove(digest);
    }

    fn failed(&self, digest: &Digest, why: &NotLoaded, now: i64) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let before = failed.get(digest).map(|failed| failed.wait * 2);
        let wait = before.unwrap_or(FIRST_WAIT_MS).min(LAST_WAIT_MS);
        failed.insert(
            digest.clone(),
            Failed {
                again_at: now + wait,
                wait,
                why: why.clone(),
            },
        );
    }

    /// It is in memory: what was wrong before says nothing any more.
    pub(crate) fn succeeded(&self, digest: &Digest) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.remove(digest);
    }
}
