//! Has a job done by another process, and tells how that ended.

use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use rustix::process::Signal;

use super::{Bounds, COMMAND, Job, Rejection};

/// Wall-clock time per second of CPU time, and besides: the machine may have something else to do.
const PATIENCE: u32 = 4;
const MORE_PATIENCE: Duration = Duration::from_mins(2);

/// Words of the process that are logged.
const WORDS: u64 = 4 << 10;

/// How a Rust program ends whose main thread panicked.
const PANICKED: i32 = 101;

/// How a component, schema or whatever it is ends the program itself, rather than somebody else doing so.
const CRASHES: [Signal; 6] = [
    Signal::SEGV,
    Signal::BUS,
    Signal::ILL,
    Signal::FPE,
    Signal::ABORT,
    Signal::TRAP,
];

/// Starts processes of this very program, which calls [`super::work`] when its first argument is [`COMMAND`].
#[derive(Debug)]
pub(crate) struct Apart {
    program: PathBuf,
}

/// What came of a job.
pub(crate) enum End {
    Done(Vec<u8>),
    Rejected(Rejection),
    /// It took more than its bounds allow.
    TooMuch(Scarce),
    /// What was sent makes our code crash.
    Crashed,
    /// Nothing is known about what was sent; in words for people.
    Ours(String),
}

/// What a job ran out of.
#[derive(Clone, Copy)]
pub(crate) enum Scarce {
    CpuTime,
    Memory,
    Stack,
}

impl Scarce {
    /// As in "it takes more than".
    pub(crate) fn most(self, bounds: Bounds) -> String {
        match self {
            Self::CpuTime => format!("{} s of CPU time", bounds.cpu.as_secs()),
            Self::Memory => format!("{} MiB of memory", bounds.memory >> 20),
            Self::Stack => "8 MiB of stack".to_owned(),
        }
    }
}

impl Apart {
    pub(crate) fn new() -> io::Result<Self> {
        // The file may be replaced or removed while its program runs; this is what runs.
        let program = if cfg!(target_os = "linux") {
            PathBuf::from("/proc/self/exe")
        } else {
            std::env::current_exe()?
        };
        Ok(Self { program })
    }

    /// Has it done, and waits for it.
    pub(crate) fn run(&self, job: Job, bounds: Bounds, input: &[u8]) -> End {
        match thread::scope(|scope| self.converse(scope, job, bounds, input)) {
            Ok(answer) => end(job, bounds, answer),
            Err(error) => {
                tracing::error!(%error, job = job.name(), "a process for work apart cannot be used");
                End::Ours("A process for it can't be started at present; try again.".to_owned())
            }
        }
    }

    /// Gives it the input, and hears the answer and, where there is none, why.
    fn converse<'scope>(
        &self,
        scope: &'scope Scope<'scope, '_>,
        job: Job,
        bounds: Bounds,
        input: &'scope [u8],
    ) -> io::Result<Answer> {
        let mut child = Reaped(self.spawn(job, bounds)?);
        let (stdin, stdout, stderr) = (
            child.0.stdin.take(),
            child.0.stdout.take(),
            child.0.stderr.take(),
        );
        let (Some(mut stdin), Some(stdout), Some(mut stderr)) = (stdin, stdout, stderr) else {
            return Err(io::Error::other("a pipe is missing"));
        };
        beside(scope, move || {
            // It may have ended without reading to the end: its status says why.
            let _ = stdin.write_all(input);
        })?;
        let words = beside(scope, move || {
            let mut words = Vec::new();
            let _ = (&mut stderr).take(WORDS).read_to_end(&mut words);
            let _ = io::copy(&mut stderr, &mut io::sink());
            String::from_utf8_lossy(&words).into_owned()
        })?;
        let (ended, end) = mpsc::channel::<()>();
        let output = beside(scope, move || {
            let _ended = ended;
            let mut output = Vec::new();
            let most = bounds.memory as u64;
            stdout.take(most).read_to_end(&mut output).map(|_| output)
        })?;
        let late = end.recv_timeout(wall_clock(bounds)) == Err(RecvTimeoutError::Timeout);
        if late {
            child.0.kill()?;
        }
        let panicked = |_| io::Error::other("reading its output panicked");
        Ok(Answer {
            status: child.0.wait()?,
            output: output.join().map_err(panicked)??,
            words: words.join().unwrap_or_default(),
            late,
        })
    }

    fn spawn(&self, job: Job, bounds: Bounds) -> io::Result<Child> {
        Command::new(&self.program)
            .args([COMMAND, job.name()])
            .arg(bounds.cpu.as_secs().to_string())
            .arg(bounds.memory.to_string())
            .arg(bounds.niceness.to_string())
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
}

/// A process that doesn't outlive the work, and leaves no zombie.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        // Both do nothing where it was waited for already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Answer {
    status: ExitStatus,
    output: Vec<u8>,
    words: String,
    /// It was ended because it took too long.
    late: bool,
}

fn beside<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    thread::Builder::new().spawn_scoped(scope, work)
}

fn wall_clock(bounds: Bounds) -> Duration {
    bounds.cpu * PATIENCE + MORE_PATIENCE
}

fn end(job: Job, bounds: Bounds, answer: Answer) -> End {
    let Answer {
        status,
        output,
        words,
        late,
    } = answer;
    if status.success() && !late {
        return End::Done(output);
    }
    let (job, doing) = (job.name(), job.words());
    tracing::warn!(job, %status, late, words, "work apart came to nothing");
    if late {
        return End::Ours(format!(
            "{doing} did not end within {} seconds, and took but a part of them: this machine is too busy. Try again; \
             the server's operator may give it more CPU.",
            wall_clock(bounds).as_secs()
        ));
    }
    let signal = status.signal();
    let one_of = |signals: &[Signal]| signals.iter().any(|one| signal == Some(one.as_raw()));
    if let Some(rejection) = status
        .code()
        .and_then(|code| Rejection::read(code, &output))
    {
        match rejection {
            Rejection::Memory => End::TooMuch(Scarce::Memory),
            rejection => End::Rejected(rejection),
        }
    } else if one_of(&[Signal::XCPU]) {
        End::TooMuch(Scarce::CpuTime)
    // What Rust says before it aborts for want of memory, or of stack.
    } else if words.contains("memory allocation of") {
        End::TooMuch(Scarce::Memory)
    } else if words.contains("has overflowed its stack") {
        End::TooMuch(Scarce::Stack)
    } else if one_of(&CRASHES) || status.code() == Some(PANICKED) {
        End::Crashed
    } else if signal.is_some() {
        End::Ours(format!(
            "{doing} was killed from outside: this server is stopping, or the machine is short of memory. Try again; \
             the server's operator may give it more memory."
        ))
    } else {
        End::Ours(format!(
            "{doing} failed; this is our fault, and has been logged."
        ))
    }
}
