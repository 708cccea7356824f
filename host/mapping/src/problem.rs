//! A plugin's words.

use serde::{Deserialize, Serialize};

/// Longest text of a plugin that is passed on to people.
const LONGEST: usize = 1_000;

/// What is wrong, for the person who can put it right (`problem` in the WIT).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Machine-readable name, `snake_case`.
    pub code: String,
    /// One or two sentences.
    pub detail: String,
    /// JSON Pointer (RFC 6901) to the place, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Problem {
    /// A guest's problem made fit to be shown: bounded, without control characters, and never silent.
    pub(crate) fn from_guest(code: String, detail: String, path: Option<String>) -> Self {
        let or = |text: String, instead: &str| {
            if text.trim().is_empty() {
                return instead.to_owned();
            }
            tame(text)
        };
        Self {
            code: or(code, "unnamed"),
            detail: or(detail, "The plugin does not say why."),
            path: path.map(tame),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)?;
        match &self.path {
            Some(path) => write!(f, " (at {path:?})"),
            None => Ok(()),
        }
    }
}

/// A guest's text made fit to be shown: at most 1,000 characters, and no control characters, which
/// could forge log lines and terminals' colours, and which PostgreSQL doesn't store.
pub(crate) fn tame(text: String) -> String {
    let wild = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.len() <= LONGEST && !text.contains(wild) {
        return text;
    }
    let tamed = text.chars().take(LONGEST);
    tamed
        .map(|c| {
            if wild(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}
