//! The report, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::check::{Level, Outcome, Verdict};
use crate::http::Exchange;

/// Characters of a body that a report shows.
const SHOWN: usize = 1000;

/// A run.
pub struct Report {
    pub url: String,
    pub outcomes: Vec<Outcome>,
    /// The run was ended early.
    pub interrupted: bool,
    /// Paths of what was created and could not be deleted.
    pub left_behind: Vec<String>,
}

impl Report {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            outcomes: Vec::new(),
            interrupted: false,
            left_behind: Vec::new(),
        }
    }

    /// How many checks of a level failed.
    pub fn failed(&self, level: Level) -> usize {
        let failed = |it: &&Outcome| matches!(it.verdict, Verdict::Failed(_)) && it.level == level;
        self.outcomes.iter().filter(failed).count()
    }

    fn passed(&self) -> usize {
        self.outcomes
            .iter()
            .filter(|it| it.verdict == Verdict::Passed)
            .count()
    }

    fn not_applicable(&self) -> usize {
        self.outcomes.len() - self.passed() - self.failed(Level::Must) - self.failed(Level::Should)
    }

    /// `{"url","passed","failed":{"must","should"},"not_applicable","interrupted","left_behind":[path],"checks":[…]}`.
    /// A check: `{"name","section","level","says","verdict","why"?,"exchanges"?}`.
    pub fn json(&self) -> Value {
        json!({
            "url": self.url,
            "passed": self.passed(),
            "failed": {"must": self.failed(Level::Must), "should": self.failed(Level::Should)},
            "not_applicable": self.not_applicable(),
            "interrupted": self.interrupted,
            "left_behind": self.left_behind,
            "checks": self.outcomes.iter().map(outcome).collect::<Vec<_>>(),
        })
    }

    /// The last lines of the report for people.
    pub fn summary(&self) -> String {
        let mut text = format!(
            "{}: {} passed, {} failed ({} MUST, {} SHOULD), {} not applicable\n",
            self.url,
            self.passed(),
            self.failed(Level::Must) + self.failed(Level::Should),
            self.failed(Level::Must),
            self.failed(Level::Should),
            self.not_applicable(),
        );
        if self.interrupted {
            text.push_str("Interrupted: the other checks were not run.\n");
        }
        if !self.left_behind.is_empty() {
            _ = writeln!(
                text,
                "Could not be deleted: {}",
                self.left_behind.join(", ")
            );
        }
        text
    }
}

fn outcome(outcome: &Outcome) -> Value {
    let mut entry = json!({
        "name": outcome.name,
        "section": outcome.section().to_string(),
        "level": outcome.level.as_str(),
        "says": outcome.says,
    });
    match &outcome.verdict {
        Verdict::Passed => entry["verdict"] = "passed".into(),
        Verdict::NotApplicable(reason) => {
            entry["verdict"] = "not applicable".into();
            entry["why"] = reason.as_str().into();
        }
        Verdict::Failed(found) => {
            entry["verdict"] = "failed".into();
            entry["why"] = found.as_str().into();
            entry["exchanges"] = outcome.exchanges.iter().map(exchange).collect();
        }
    }
    entry
}

fn exchange(exchange: &Exchange) -> Value {
    json!({
        "request": exchange.request,
        "headers": exchange.headers,
        "body": exchange.body,
        "status": exchange.status,
        "content_type": exchange.content_type,
        "answer": exchange.answer,
    })
}

/// One check for people: a line, and what there is to say of a failure.
pub fn text(outcome: &Outcome) -> String {
    let title = outcome.title();
    match &outcome.verdict {
        Verdict::Passed => format!("  ok    {title}\n"),
        Verdict::NotApplicable(reason) => format!("  n/a   {title} ({reason})\n"),
        Verdict::Failed(found) => {
            let level = outcome.level.as_str();
            let mut text = format!("  FAIL  {title}\n        {}\n", outcome.name);
            _ = writeln!(text, "        RFC ({level}): {}", outcome.says);
            _ = writeln!(text, "        found: {found}");
            for exchange in &outcome.exchanges {
                tell(&mut text, exchange);
            }
            text
        }
    }
}

fn tell(text: &mut String, exchange: &Exchange) {
    let status = exchange
        .status
        .map_or_else(|| "no answer".to_owned(), |it| it.to_string());
    _ = writeln!(text, "        > {}", exchange.request);
    for header in &exchange.headers {
        _ = writeln!(text, "        > {header}");
    }
    if !exchange.body.is_empty() {
        _ = writeln!(text, "        > {}", short(&exchange.body));
    }
    _ = writeln!(text, "        < {status} {}", exchange.content_type);
    if !exchange.answer.is_empty() {
        _ = writeln!(text, "        < {}", short(&exchange.answer));
    }
}

fn short(body: &str) -> String {
    match body.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &body[..end], body.len()),
        None => body.to_owned(),
    }
}
