//! Work on what strangers send, whose cost nobody knows beforehand: done by a process of its own, whose CPU time, memory
//! and stack have limits, so that it may end as it likes.
//!
//! This limits resources, and is no sandbox: what reads a stranger's bytes here is our own code, under the server's user
//! and with its files.

mod child;
mod parent;

use std::str::FromStr;
use std::time::Duration;

pub use child::work;
pub(crate) use parent::{Apart, End, Scarce};

/// The argument that makes a program this process. A [`Job`]'s name, seconds of CPU time, bytes of memory and niceness
/// follow.
pub const COMMAND: &str = "work-apart";

/// What to do with standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Make native code of a component.
    Compile,
    /// Judge settings by their plugin's schema; both are JSON texts, the schema first. Without settings the schema itself
    /// is judged.
    CheckSettings,
}

impl Job {
    fn name(self) -> &'static str {
        match self {
            Self::Compile => "compile-component",
            Self::CheckSettings => "check-settings",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Compile => "Compiling the component",
            Self::CheckSettings => "Checking settings against the plugin's schema",
        }
    }
}

impl FromStr for Job {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let mut jobs = [Self::Compile, Self::CheckSettings].into_iter();
        jobs.find(|job| job.name() == name)
            .ok_or_else(|| "no work that is done apart".to_owned())
    }
}

/// What a job may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// CPU time; whole seconds, at least one.
    pub cpu: Duration,
    /// Bytes, addresses that are reserved included.
    pub memory: usize,
    /// How much everything else goes first.
    pub niceness: u8,
}

/// Why there is no result, although the job was done.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// What was sent is not what it should be, in these words.
    Invalid(String),
    /// It is, and yet the work can't be done; words for the log.
    Impossible(String),
    /// It takes more memory than there may be.
    Memory,
}

impl Rejection {
    fn code(&self) -> u8 {
        match self {
            Self::Invalid(_) => 3,
            Self::Impossible(_) => 4,
            Self::Memory => 5,
        }
    }

    fn read(code: i32, words: &[u8]) -> Option<Self> {
        let words = || String::from_utf8_lossy(words).into_owned();
        let mut all = [
            Self::Invalid(words()),
            Self::Impossible(words()),
            Self::Memory,
        ]
        .into_iter();
        all.find(|rejection| i32::from(rejection.code()) == code)
    }
}
