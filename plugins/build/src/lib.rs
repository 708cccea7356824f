//! Builds a plugin's project into a component: the language's own tool makes a core module, and the
//! contract in it says what component to put around it. `rolecall plugin build` and the guests that come
//! with the server (`plugins/bundle`) go the same way.

mod component;
mod rust;

use std::path::PathBuf;

pub use rust::{Rust, TARGET};

/// What a project became.
#[derive(Debug)]
pub struct Built {
    /// The name of the project's package.
    pub name: String,
    /// The component.
    pub component: Vec<u8>,
}

/// Why there is no component, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A tool is not installed.
    #[error("{what} is missing; install it:\n\n    {fix}\n")]
    Missing {
        /// The tool.
        what: String,
        /// The command that installs it.
        fix: String,
    },
    /// The folder holds no project that can be built.
    #[error("{folder} is no plugin project: {why}")]
    NotAProject {
        /// The folder.
        folder: PathBuf,
        /// What it lacks.
        why: &'static str,
    },
    /// The compiler refused; its words are on standard error.
    #[error("{0} does not compile (see above)")]
    DoesNotCompile(String),
    /// The core module can't become a component.
    #[error("{name} compiles, but does not make a plugin: {why}")]
    NotAComponent {
        /// The package.
        name: String,
        /// In words for its author.
        why: String,
    },
    /// A tool could not be run, or its output not be read.
    #[error("{doing}: {error}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why it failed.
        error: std::io::Error,
    },
}

impl Error {
    fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        |error| Self::Io { doing, error }
    }
}
