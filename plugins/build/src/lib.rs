//! Builds a plugin's project into a component. For Rust, cargo makes a core module, and the contract in it says what
//! component to put around it; for the others, the language's own tool makes the component. `rolecall plugin build` and
//! the guests that come with the server (`plugins/bundle`) go the same way.

mod component;
mod js;
mod project;
mod python;
mod rust;
mod stamp;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

pub use js::JavaScript;
pub use python::Python;
pub use rust::{Rust, TARGET};

/// Builds the project in a folder, in the language that its manifest tells.
pub fn build(folder: &Path) -> Result<Built, Error> {
    let has = |manifest: &str| folder.join(manifest).is_file();
    let folder = folder.to_owned();
    if has("Cargo.toml") {
        let (target, arguments) = (None, vec![]);
        Rust {
            folder,
            target,
            arguments,
        }
        .build()
    } else if has("package.json") {
        JavaScript { folder }.build()
    } else if has("pyproject.toml") {
        Python { folder }.build()
    } else {
        let why =
            "it has no Cargo.toml (Rust), package.json (JavaScript) or pyproject.toml (Python)";
        let why = why.into();
        Err(Error::NotAProject { folder, why })
    }
}

/// What a project became.
#[derive(Debug)]
pub struct Built {
    /// The name of the project's package, as a file may be called.
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
    /// A tool is there, in a version that won't do.
    #[error("{what} or later is needed (this is {found}); get it from {from}")]
    TooOld {
        /// The tool, and its oldest version that does.
        what: String,
        /// The version that is there.
        found: String,
        /// Where there are newer ones: a distribution installs the same one again.
        from: &'static str,
    },
    /// The folder holds no project that can be built.
    #[error("{folder} is no plugin project: {why}")]
    NotAProject {
        /// The folder.
        folder: PathBuf,
        /// What it lacks.
        why: Cow<'static, str>,
    },
    /// What installs the project's tools failed; its words are on standard error.
    #[error("`{0}` failed (see above)")]
    NotInstalled(String),
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
