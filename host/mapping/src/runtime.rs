//! The crate's one object: an engine, its bounds, and the components in memory.

use std::sync::Arc;

use serde_json::Value;
use wasmtime::component::Linker;

use crate::check::{self, Checked, Refusal};
use crate::compile::{Compiled, Compiler, Haste};
use crate::decide::{self, Input, Mapping};
use crate::engine::TickingEngine;
use crate::loaded::{Loaded, NotLoaded, Shelf};
use crate::prepare::{self, PrepareError, Setup};
use crate::sandbox::{self, Sandbox};
use crate::{Digest, Limits, Outcome, settings};

/// Runs plugins. Cheap to clone; one per process is enough.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    linker: Linker<Sandbox>,
    compiler: Compiler,
    limits: Limits,
    shelf: Shelf,
    /// Last: the engine's epochs pass as long as anything can run.
    _engine: TickingEngine,
}

/// The engine cannot run on this machine, for example because address space is limited.
#[derive(Debug, thiserror::Error)]
#[error("the WebAssembly engine cannot start: {0}")]
pub struct StartError(String);

impl Runtime {
    /// Reserves the guests' memory and starts the engine's clock.
    pub fn new(limits: Limits, compiler: Compiler) -> Result<Self, StartError> {
        let start = || {
            let engine = TickingEngine::start(&limits)?;
            let linker = sandbox::linker(engine.engine())?;
            Ok((engine, linker))
        };
        let (engine, linker) =
            start().map_err(|error: wasmtime::Error| StartError(format!("{error:#}")))?;
        let loaded_bytes = limits.loaded_bytes;
        Ok(Self(Arc::new(Inner {
            linker,
            compiler,
            limits,
            shelf: Shelf::new(loaded_bytes),
            _engine: engine,
        })))
    }

    /// The name of a component.
    pub fn digest(bytes: &[u8]) -> Digest {
        Digest::of(bytes)
    }

    /// The bounds.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Checks an uploaded component and keeps it in memory, compiled. Blocks for a tenth of a second
    /// to some seconds, and uses all cores: call it on a blocking thread, one at a time.
    pub fn check(&self, bytes: &[u8]) -> Result<Checked, Refusal> {
        let (checked, loaded, code) =
            check::check(&self.0.linker, &self.0.compiler, &self.0.limits, bytes)?;
        self.put(&checked.digest, loaded, &code);
        Ok(checked)
    }

    /// Whether the component is in memory.
    pub fn is_loaded(&self, digest: &Digest) -> bool {
        self.0.shelf.get(digest).is_ok()
    }

    /// Brings a component that was checked before back into memory. As slow as [`Runtime::check`], unless its native
    /// code was kept.
    pub fn load(&self, digest: &Digest, bytes: &[u8]) -> Result<(), Refusal> {
        let found = Digest::of(bytes);
        if found != *digest {
            let detail = format!("The stored component should be {digest}, but is {found}.");
            return Err(Refusal::new("digest_mismatch", detail));
        }
        if self.is_loaded(digest) {
            return Ok(());
        }
        let (linker, limits) = (&self.0.linker, &self.0.limits);
        let code = self
            .0
            .compiler
            .compile(linker.engine(), limits, Haste::Load, digest, bytes)?;
        let loaded = check::load(linker, &code.component)?;
        self.put(digest, loaded, &code);
        Ok(())
    }

    fn put(&self, digest: &Digest, loaded: Loaded, code: &Compiled) {
        let inner = &*self.0;
        inner.shelf.put(digest.clone(), loaded);
        let engine = inner.linker.engine();
        let in_memory = inner.shelf.digests();
        inner.compiler.keep(engine, digest, code, &in_memory);
    }

    /// Whether settings are valid by their plugin's schema. Blocks for some milliseconds, and for seconds if the schema
    /// or the settings are made to take long.
    pub fn check_settings(&self, schema: &Value, settings: &Value) -> Result<(), PrepareError> {
        settings::check(self.0.compiler.elsewhere(), schema, settings)
    }

    /// Runs the component's `prepare`. Blocks for up to some seconds.
    pub fn prepare(&self, digest: &Digest, setup: &Setup<'_>) -> Result<Vec<u8>, PrepareError> {
        let loaded = self.0.shelf.get(digest)?;
        prepare::prepare(&loaded, &self.0.limits, setup)
    }

    /// Decides about one user, in tens of microseconds unless a component [`Runtime::is_slow`]. The
    /// same arguments give the same outcome, measured times apart; a plugin that fails costs this
    /// decision only.
    pub fn decide(&self, mapping: &Mapping, input: &Input<'_>) -> Result<Outcome, NotLoaded> {
        let fill = |bound| Ok((bound, self.0.shelf.get(decide::Bound::digest(bound))?));
        let filled = [
            fill(&mapping.attributes)?,
            fill(&mapping.tenants)?,
            fill(&mapping.roles)?,
        ];
        Ok(decide::decide(&self.0.limits, &filled, input))
    }

    /// Whether the component takes more than a millisecond for a decision on average, so that it
    /// should run on a blocking thread.
    pub fn is_slow(&self, digest: &Digest) -> bool {
        self.0
            .shelf
            .get(digest)
            .is_ok_and(|loaded| loaded.pace.is_slow())
    }
}
