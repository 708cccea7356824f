//! Has a component compiled by another process, and says in plain words how that ended.

use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::worker::{COMMAND, FAILED};
use super::{Haste, does_not_compile};
use crate::check::Refusal;
use crate::{Digest, Limits};

/// Wall-clock time per second of CPU time, and besides: the machine may have something else to do.
const PATIENCE: u32 = 4;
const MORE_PATIENCE: Duration = Duration::from_mins(1);

/// Words of the compiler that are logged.
const WORDS: u64 = 4 << 10;

pub(super) fn compile(
    program: &Path,
    limits: &Limits,
    haste: Haste,
    digest: &Digest,
    wasm: &[u8],
) -> Result<Vec<u8>, Refusal> {
    let unavailable = |error: io::Error| {
        tracing::error!(%error, "the compiler's process cannot be used");
        Refusal::ours("The compiler can't be started at present; try again.")
    };
    let mut child = spawn(program, limits, haste).map_err(unavailable)?;
    let answer = converse(&mut child, limits, wasm);
    let status = child.wait().map_err(unavailable)?;
    let Answer {
        native,
        words,
        late,
    } = answer.map_err(unavailable)?;
    if status.success() && !late {
        return Ok(native);
    }
    tracing::warn!(%digest, %status, late, words, "a component was not compiled");
    Err(if late {
        too_late(limits)
    } else {
        refusal(status, &words, limits)
    })
}

fn spawn(program: &Path, limits: &Limits, haste: Haste) -> io::Result<Child> {
    Command::new(program)
        .arg(COMMAND)
        .arg(limits.compile_cpu.as_secs().to_string())
        .arg(limits.compile_memory.to_string())
        .arg(haste.niceness().to_string())
        // The server's environment holds secrets.
        .env_clear()
        // This allocator takes a gigabyte of addresses at once otherwise, which would count as used memory.
        .env("MIMALLOC_DISALLOW_ARENA_ALLOC", "1")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

struct Answer {
    native: Vec<u8>,
    words: String,
    /// It was ended because it took too long.
    late: bool,
}

/// Says the component, hears the native code and, where there is none, why.
fn converse(child: &mut Child, limits: &Limits, wasm: &[u8]) -> io::Result<Answer> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(mut stderr)) = (stdin, stdout, stderr) else {
        return Err(io::Error::other("a pipe is missing"));
    };
    thread::scope(|scope| {
        scope.spawn(move || {
            // It may have ended without reading to the end: its status says why.
            let _ = stdin.write_all(wasm);
        });
        let words = scope.spawn(move || {
            let mut words = Vec::new();
            let _ = (&mut stderr).take(WORDS).read_to_end(&mut words);
            let _ = io::copy(&mut stderr, &mut io::sink());
            String::from_utf8_lossy(&words).into_owned()
        });
        let (ended, end) = mpsc::channel::<()>();
        let native = scope.spawn(move || {
            let _ended = ended;
            let mut native = Vec::new();
            let most = limits.compile_memory as u64;
            stdout.take(most).read_to_end(&mut native).map(|_| native)
        });
        let late = end.recv_timeout(wall_clock(limits)) == Err(RecvTimeoutError::Timeout);
        if late {
            child.kill()?;
        }
        let native = native
            .join()
            .map_err(|_| io::Error::other("reading its output panicked"))??;
        Ok(Answer {
            native,
            words: words.join().unwrap_or_default(),
            late,
        })
    })
}

fn wall_clock(limits: &Limits) -> Duration {
    limits.compile_cpu * PATIENCE + MORE_PATIENCE
}

fn too_late(limits: &Limits) -> Refusal {
    Refusal::ours(format!(
        "The component was not compiled within {} seconds, and took but a part of them: this machine is too \
         busy. Try again; the server's operator may give it more CPU.",
        wall_clock(limits).as_secs()
    ))
}

fn refusal(status: ExitStatus, words: &str, limits: &Limits) -> Refusal {
    let too_complex = |most: String, flag: &str| {
        Refusal::new(
            "too_complex",
            format!(
                "Compiling the component takes more than {most}. Make its functions smaller and fewer, or read \
                 what is generated from the settings instead; the server's operator may allow more (`{flag}`)."
            ),
        )
    };
    let signal = |wanted: Signal| status.signal() == Some(wanted.as_raw());
    if status.code() == Some(FAILED.into()) {
        does_not_compile()
    } else if signal(Signal::XCPU) {
        let seconds = limits.compile_cpu.as_secs();
        too_complex(format!("{seconds} s of CPU time"), "serve --compile-time")
    // What Rust says before it aborts for want of memory.
    } else if words.contains("memory allocation of") {
        let mebibytes = limits.compile_memory >> 20;
        too_complex(
            format!("{mebibytes} MiB of memory"),
            "serve --compile-memory",
        )
    } else if signal(Signal::KILL) {
        Refusal::ours(
            "The compiler's process was killed from outside, perhaps because this machine is short of memory. \
             Try again; the server's operator may give it more memory.",
        )
    } else if status.signal().is_some() || status.code() == Some(PANICKED) {
        Refusal::new(
            "compile_failed",
            "The component crashes the compiler, and nothing else. Build it with the SDK's settings, or leave \
             out what it has unlike other plugins.",
        )
    } else {
        Refusal::ours("The compiler failed; this is our fault, and has been logged.")
    }
}

/// How a Rust program ends whose main thread panicked.
const PANICKED: i32 = 101;
