//! The process that compiles: reads a component, writes native code, and can do little else to anybody.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};
use wasmtime::Engine;

use crate::{Limits, engine};

/// The argument that makes a program this process; its seconds of CPU time, bytes of memory and niceness follow.
pub const COMMAND: &str = "compile-component";

/// The component does not compile.
pub(super) const FAILED: u8 = 3;

/// Compiles standard input to standard output, within the limits, `nice` to everything else that wants the CPU.
pub fn work(limits: &Limits, niceness: u8) -> ExitCode {
    match compile(limits, niceness) {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(error)) => {
            eprintln!("{error:#}");
            ExitCode::from(FAILED)
        }
        Err(error) => {
            eprintln!("the compiler can't work: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is wrong with the component, if it does not compile.
fn compile(limits: &Limits, niceness: u8) -> io::Result<Option<wasmtime::Error>> {
    nice(niceness.into())?;
    confine(limits)?;
    let mut wasm = Vec::new();
    io::stdin().lock().read_to_end(&mut wasm)?;
    let engine = Engine::new(&engine::code(limits)).map_err(io::Error::other)?;
    match engine.precompile_component(&wasm) {
        Ok(native) => io::stdout().lock().write_all(&native).map(|()| None),
        Err(error) => Ok(Some(error)),
    }
}

fn confine(limits: &Limits) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    limit(Resource::Core, 0, 0)?;
    limit(Resource::Fsize, 0, 0)?;
    let seconds = limits.compile_cpu.as_secs().max(1);
    // The first ends it by a signal that says why.
    limit(Resource::Cpu, seconds, seconds + 1)?;
    let bytes = limits.compile_memory as u64;
    limit(Resource::Data, bytes, bytes)
}

/// Where less is allowed already, that holds.
fn limit(resource: Resource, current: u64, maximum: u64) -> io::Result<()> {
    let allowed = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let limit = Rlimit {
        current: Some(current.min(allowed)),
        maximum: Some(maximum.min(allowed)),
    };
    Ok(setrlimit(resource, limit)?)
}
