//! The process that does a job: reads what a stranger sent, writes what comes of it, and ends.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};

use super::{Bounds, Job, Rejection};
use crate::{compile, settings};

/// What recursion may take: main threads usually have as much.
const STACK: u64 = 8 << 20;

/// Does a job from standard input to standard output, within these bounds.
pub fn work(job: Job, bounds: Bounds) -> ExitCode {
    match attempt(job, bounds) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("this can't be done: {error}");
            ExitCode::FAILURE
        }
    }
}

fn attempt(job: Job, bounds: Bounds) -> io::Result<ExitCode> {
    confine(bounds)?;
    let mut input = Vec::new();
    io::stdin().lock().read_to_end(&mut input)?;
    let result = match job {
        Job::Compile => compile::native(&input)?,
        Job::CheckSettings => settings::judged(&input)?,
    };
    let (code, answer) = match result {
        Ok(answer) => (0, answer),
        Err(rejection) => {
            let code = rejection.code();
            let (Rejection::Invalid(words) | Rejection::Impossible(words)) = rejection else {
                return Ok(ExitCode::from(code));
            };
            (code, words.into_bytes())
        }
    };
    io::stdout().lock().write_all(&answer)?;
    Ok(ExitCode::from(code))
}

fn confine(bounds: Bounds) -> io::Result<()> {
    nice(bounds.niceness.into())?;
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        rustix::thread::set_no_new_privs(true)?;
    }
    limit(Resource::Core, 0, 0)?;
    limit(Resource::Fsize, 0, 0)?;
    limit(Resource::Stack, STACK, STACK)?;
    let seconds = bounds.cpu.as_secs().max(1);
    // The first ends it by a signal that says why.
    limit(Resource::Cpu, seconds, seconds + 1)?;
    let bytes = bounds.memory as u64;
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
