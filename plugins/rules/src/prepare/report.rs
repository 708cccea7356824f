//! Problems and their places.

use std::fmt::{self, Display, Formatter};

use rolecall_plugin_sdk::Problem;

/// All problems found so far.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Problem>);

impl Report {
    /// Adds one.
    pub(super) fn add(&mut self, at: &Pointer, code: &str, detail: impl Into<String>) {
        self.0.push(Problem::new(code, detail).at(at.to_string()));
    }

    /// Nothing, if there are none.
    pub(super) fn finish(self) -> Result<(), Vec<Problem>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }
}

/// A JSON Pointer (RFC 6901) into the settings.
#[derive(Debug, Clone)]
pub(super) struct Pointer(String);

impl Pointer {
    pub(super) fn root() -> Self {
        Self(String::new())
    }

    /// A member or element of what this points to.
    pub(super) fn at(&self, token: impl Display) -> Self {
        let token = token.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{token}", self.0))
    }
}

impl Display for Pointer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
