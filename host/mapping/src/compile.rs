//! Components become native code: apart, within limits; and once, if there is a folder to keep it in.

mod artefacts;

use std::io;
use std::time::Duration;

use rayon::ThreadPoolBuilder;
use wasmparser::Validator;
use wasmtime::component::Component;
use wasmtime::{Engine, OutOfMemory};

use crate::apart::{Apart, Bounds, End, Job, Rejection, Scarce};
use crate::check::{self, Refusal};
use crate::{Digest, Limits, engine};

pub use artefacts::Artefacts;

/// Threads of the process that compiles.
const THREADS: usize = 8;

/// Who waits for a component.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Haste {
    /// Whoever uploads it: requests go first.
    Upload,
    /// Requests themselves, whose decisions need it.
    Load,
}

impl Haste {
    /// Loads may take twice what uploads may: what was accepted at the edge of the limits must stay loadable.
    fn bounds(self, limits: &Limits) -> Bounds {
        let (times, niceness) = match self {
            Self::Upload => (1, 10),
            Self::Load => (2, 0),
        };
        Bounds {
            cpu: limits.compile_cpu.max(Duration::from_secs(1)) * times,
            memory: limits.compile_memory.saturating_mul(times as usize),
            niceness,
        }
    }
}

/// Where and how components are compiled, and settings checked.
#[derive(Debug, Default)]
pub struct Compiler {
    apart: Option<Apart>,
    artefacts: Option<Artefacts>,
}

/// A component that may be instantiated, and its native code if that was made just now.
pub(crate) struct Compiled {
    pub(crate) component: Component,
    fresh: Option<Vec<u8>>,
}

impl Compiler {
    /// In this process, without limits: for code of one's own, in tests and benchmarks.
    pub fn here() -> Self {
        Self::default()
    }

    /// In processes of this very program, which calls [`crate::apart`] when its first argument is [`crate::APART`].
    pub fn apart() -> io::Result<Self> {
        Ok(Self {
            apart: Some(Apart::new()?),
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

    /// Where work on strangers' input is done; none: here.
    pub(crate) fn elsewhere(&self) -> Option<&Apart> {
        self.apart.as_ref()
    }

    pub(crate) fn compile(
        &self,
        engine: &Engine,
        limits: &Limits,
        haste: Haste,
        digest: &Digest,
        bytes: &[u8],
    ) -> Result<Compiled, Refusal> {
        if let Some(component) = self.kept(engine, digest) {
            let fresh = None;
            return Ok(Compiled { component, fresh });
        }
        let bounds = haste.bounds(limits);
        let end = match &self.apart {
            Some(apart) => apart.run(Job::Compile, bounds, bytes),
            None => match compile(engine, bytes) {
                Ok(native) => End::Done(native),
                Err(rejection) => End::Rejected(rejection),
            },
        };
        let native = match end {
            End::Done(native) => native,
            end => return Err(refusal(digest, bounds, end)),
        };
        // The compiler's process makes no instances, so it doesn't see that there is no room for this one's.
        let component = component(engine, &native).map_err(|error| {
            let error = format!("{error:#}");
            tracing::warn!(%digest, error, "what the compiler made cannot be loaded");
            does_not_compile()
        })?;
        tracing::info!(%digest, "a component was compiled");
        Ok(Compiled {
            component,
            fresh: Some(native),
        })
    }

    /// Keeps the native code of a component that passed every check. Of those `in_memory` it stays, too.
    pub(crate) fn keep(
        &self,
        engine: &Engine,
        digest: &Digest,
        compiled: &Compiled,
        in_memory: &[Digest],
    ) {
        if let (Some(artefacts), Some(native)) = (&self.artefacts, &compiled.fresh) {
            artefacts.put(engine, digest, native, in_memory);
        }
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

/// Native code of a component, made in a process apart.
pub(crate) fn native(component: &[u8]) -> io::Result<Result<Vec<u8>, Rejection>> {
    // Else the pool is made when it is first used, with as many threads as there are cores, and panics without them.
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(THREADS));
    let pool = ThreadPoolBuilder::new().num_threads(threads);
    pool.build_global().map_err(io::Error::other)?;
    let engine = Engine::new(&engine::code(&Limits::default())).map_err(io::Error::other)?;
    Ok(compile(&engine, component))
}

/// Validating comes first, and belongs to what may take long: a branch by a table costs its targets times its results.
fn compile(engine: &Engine, component: &[u8]) -> Result<Vec<u8>, Rejection> {
    let mut validator = Validator::new_with_features(check::features());
    validator
        .validate_all(component)
        .map_err(|error| Rejection::Invalid(check::words(&error)))?;
    engine.precompile_component(component).map_err(|error| {
        if error.is::<OutOfMemory>() {
            Rejection::Memory
        } else {
            Rejection::Impossible(format!("{error:#}"))
        }
    })
}

fn refusal(digest: &Digest, bounds: Bounds, end: End) -> Refusal {
    match end {
        End::TooMuch(scarce) => {
            let more = match scarce {
                Scarce::CpuTime => {
                    "; the server's operator may allow more (`serve --compile-time`)"
                }
                Scarce::Memory => {
                    "; the server's operator may allow more (`serve --compile-memory`)"
                }
                Scarce::Stack => "",
            };
            let most = scarce.most(bounds);
            Refusal::new(
                "too_complex",
                format!(
                    "Compiling the component takes more than {most}. Make its functions smaller and fewer, or read \
                     what is generated from the settings instead{more}."
                ),
            )
        }
        End::Rejected(Rejection::Invalid(words)) => check::invalid(&words),
        End::Rejected(Rejection::Impossible(error)) => {
            tracing::debug!(%digest, error, "component does not compile");
            does_not_compile()
        }
        End::Crashed => Refusal::new(
            "compile_failed",
            "The component crashes the compiler, and nothing else. Build it with the SDK's settings, or leave \
             out what it has unlike other plugins.",
        ),
        End::Ours(detail) => Refusal::ours(detail),
        End::Done(_) | End::Rejected(Rejection::Memory) => does_not_compile(),
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
