//! What a check is, and what comes out of it.

use std::fmt;
use std::pin::Pin;

use crate::http::Exchange;
use crate::session::Session;

/// How much the RFC insists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// MUST, SHALL, REQUIRED, or a definition.
    Must,
    /// SHOULD, RECOMMENDED, or what follows from the text without being said.
    Should,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
        }
    }
}

/// What a server must offer for a check to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Patch,
    Bulk,
    Filter,
    Sort,
    Etag,
    Cursor,
    /// The resource type Group.
    Group,
    /// The Enterprise extension of User.
    Enterprise,
    /// An attribute of User that is declared and may be written.
    User(&'static str),
}

/// Why a check ends before its end.
pub(crate) enum Stop {
    /// The server does otherwise: what was expected, and what was found.
    Failed(String),
    /// The server does not offer what the clause is about.
    NotApplicable(String),
}

pub(crate) type Checked<T = ()> = Result<T, Stop>;

/// One clause of an RFC.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) level: Level,
    /// The clause in a few words.
    pub(crate) says: &'static str,
    pub(crate) needs: Vec<Need>,
    pub(crate) test: Box<dyn Test>,
}

/// An async closure over the session, behind a pointer.
pub(crate) trait Test {
    fn run<'a>(&'a self, session: &'a Session) -> Pin<Box<dyn Future<Output = Checked> + 'a>>;
}

impl<F: AsyncFn(&Session) -> Checked> Test for F {
    fn run<'a>(&'a self, session: &'a Session) -> Pin<Box<dyn Future<Output = Checked> + 'a>> {
        Box::pin(self(session))
    }
}

pub(crate) fn must(
    name: &'static str,
    says: &'static str,
    test: impl AsyncFn(&Session) -> Checked + 'static,
) -> Check {
    Check {
        name,
        level: Level::Must,
        says,
        needs: Vec::new(),
        test: Box::new(test),
    }
}

pub(crate) fn should(
    name: &'static str,
    says: &'static str,
    test: impl AsyncFn(&Session) -> Checked + 'static,
) -> Check {
    Check {
        level: Level::Should,
        ..must(name, says, test)
    }
}

impl Check {
    /// It applies only where the server offers all of these.
    pub(crate) fn needs(mut self, needs: impl IntoIterator<Item = Need>) -> Self {
        self.needs.extend(needs);
        self
    }
}

/// Fails the check unless `holds`; `found` says what is wrong.
pub(crate) fn ensure(holds: bool, found: impl FnOnce() -> String) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(Stop::Failed(found()))
    }
}

/// Fails the check.
pub(crate) fn fail<T>(found: impl Into<String>) -> Checked<T> {
    Err(Stop::Failed(found.into()))
}

/// What came out of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// What was expected and found.
    Failed(String),
    /// Why the clause does not bind this server.
    NotApplicable(String),
}

/// A check that was run.
pub struct Outcome {
    pub name: &'static str,
    pub level: Level,
    pub says: &'static str,
    pub verdict: Verdict,
    /// The requests of the check and their answers.
    pub exchanges: Vec<Exchange>,
}

impl Outcome {
    pub(crate) fn new(check: &Check, verdict: Verdict, exchanges: Vec<Exchange>) -> Self {
        let Check {
            name, level, says, ..
        } = *check;
        Self {
            name,
            level,
            says,
            verdict,
            exchanges,
        }
    }

    /// The section that the name begins with.
    pub fn section(&self) -> Section {
        Section::of(self.name).0
    }

    /// The name behind the section.
    pub fn title(&self) -> String {
        Section::of(self.name).1.replace('_', " ")
    }
}

/// A section of an RFC, such as RFC 7644 §3.5.2.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    rfc: String,
    numbers: Vec<String>,
}

impl Section {
    /// `rfc7644_3_6_rest` is RFC 7644 §3.6 and `rest`.
    fn of(name: &str) -> (Self, &str) {
        let (rfc, mut rest) = name.split_once('_').unwrap_or((name, ""));
        let mut numbers = Vec::new();
        while let Some((number, behind)) = rest.split_once('_')
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            numbers.push(number.to_owned());
            rest = behind;
        }
        let rfc = rfc.trim_start_matches("rfc").to_owned();
        (Self { rfc, numbers }, rest)
    }
}

impl fmt::Display for Section {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "RFC {} §{}", self.rfc, self.numbers.join("."))
    }
}
