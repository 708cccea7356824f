//! Components become native code: in a process of its own, which may be killed; and once, if there is a folder to
//! keep it in.

mod apart;
mod artefacts;
mod worker;

use std::io;
use std::path::PathBuf;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::check::Refusal;
use crate::{Digest, Limits};

pub use artefacts::Artefacts;
pub use worker::{COMMAND, work};

/// Who waits for a component.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Haste {
    /// Whoever uploads it: requests go first.
    Upload,
    /// Requests themselves, whose decisions need it.
    Load,
}

impl Haste {
    fn niceness(self) -> u8 {
        match self {
            Self::Upload => 10,
            Self::Load => 0,
        }
    }
}

/// Where and how components are compiled.
#[derive(Debug, Default)]
pub struct Compiler {
    apart: Option<PathBuf>,
    artefacts: Option<Artefacts>,
}

impl Compiler {
    /// In this process, without limits: for code of one's own, in tests and benchmarks.
    pub fn here() -> Self {
        Self::default()
    }

    /// In processes of this very program, which calls [`work`] when its first argument is [`COMMAND`]: whatever
    /// compiling does to them, it does to nobody else.
    pub fn apart() -> io::Result<Self> {
        // The file may be replaced or removed while its program runs; this is what runs.
        let program = if cfg!(target_os = "linux") {
            PathBuf::from("/proc/self/exe")
        } else {
            std::env::current_exe()?
        };
        Ok(Self {
            apart: Some(program),
            artefacts: None,
        })
    }

    /// Keeps what it makes, and looks there first.
    #[must_use]
    pub fn keeping(self, artefacts: Artefacts) -> Self {
        Self {
            artefacts: Some(artefacts),
            ..self
        }
    }

    pub(crate) fn compile(
        &self,
        engine: &Engine,
        limits: &Limits,
        haste: Haste,
        digest: &Digest,
        bytes: &[u8],
    ) -> Result<Component, Refusal> {
        if let Some(component) = self.kept(engine, digest) {
            return Ok(component);
        }
        let native = match &self.apart {
            Some(program) => apart::compile(program, limits, haste, digest, bytes)?,
            None => engine.precompile_component(bytes).map_err(|error| {
                tracing::debug!(error = format!("{error:#}"), "component does not compile");
                does_not_compile()
            })?,
        };
        // The compiler's process makes no instances, so it doesn't see that there is no room for this one's.
        let component = component(engine, &native).map_err(|error| {
            let error = format!("{error:#}");
            tracing::warn!(%digest, error, "what the compiler made cannot be loaded");
            does_not_compile()
        })?;
        tracing::info!(%digest, "a component was compiled");
        if let Some(artefacts) = &self.artefacts {
            artefacts.put(engine, digest, &native);
        }
        Ok(component)
    }

    fn kept(&self, engine: &Engine, digest: &Digest) -> Option<Component> {
        let native = self.artefacts.as_ref()?.get(engine, digest)?;
        component(engine, &native)
            .inspect_err(|error| {
                let error = format!("{error:#}");
                tracing::warn!(%digest, error, "kept code cannot be loaded; compiling again");
            })
            .ok()
    }
}

/// Native code that runs is native code that is trusted: `native` must come from a compiler of ours.
#[expect(
    unsafe_code,
    reason = "it is what our own process wrote into a pipe, or what we sealed with a key that nobody else has"
)]
fn component(engine: &Engine, native: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: made by `Engine::precompile_component` in this process, in a child of it that runs the same program, or
    // in an earlier one whose seal was verified over these very bytes, which nobody can change any more.
    unsafe { Component::deserialize(engine, native) }
}

fn does_not_compile() -> Refusal {
    Refusal::new(
        "compile_failed",
        "The component is valid, but it does not compile here: it uses a WebAssembly feature \
         that is switched off, or needs more memories, tables or instances than a plugin may \
         have. Build it with the SDK's settings.",
    )
}
