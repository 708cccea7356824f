//! `rolecall conformance`

use std::fmt::Display;
use std::fs;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use rolecall_conformance::{Level, Options, Report, names, text};

use crate::config::Conformance;

/// The run did not come about, or not to its end.
const INCOMPLETE: u8 = 2;

pub(crate) async fn run(command: Conformance) -> ExitCode {
    if command.list {
        for (name, level, says) in names(command.only.as_deref()) {
            print(format!("{name}\n    {}: {says}\n", level.as_str()));
        }
        return ExitCode::SUCCESS;
    }
    match check(command).await {
        Ok(report) if report.interrupted || !report.left_behind.is_empty() => {
            ExitCode::from(INCOMPLETE)
        }
        Ok(report) => ExitCode::from(u8::from(report.failed(Level::Must) > 0)),
        Err(error) => {
            eprintln!("rolecall: {error:#}");
            ExitCode::from(INCOMPLETE)
        }
    }
}

async fn check(command: Conformance) -> anyhow::Result<Report> {
    let token = match (command.token_file, command.token) {
        (Some(path), _) => {
            let token = fs::read_to_string(&path);
            token.with_context(|| format!("cannot read {}", path.display()))?
        }
        (None, token) => token.context("a token is needed")?,
    };
    let options = Options {
        url: command.url.context("a URL is needed")?,
        token: token.trim().to_owned(),
        only: command.only,
    };
    let mut section = None;
    let report = rolecall_conformance::run(&options, |outcome| {
        if command.json {
            return;
        }
        let here = Some(outcome.section());
        if section != here {
            print(format!("\n{}\n", outcome.section()));
            section = here;
        }
        print(text(outcome));
    })
    .await?;
    if command.json {
        print(format!("{:#}\n", report.json()));
    } else {
        print(format!("\n{}", report.summary()));
    }
    Ok(report)
}

/// Who reads may have seen enough, as `head` has; the run goes on, and deletes what it created.
fn print(text: impl Display) {
    _ = write!(std::io::stdout(), "{text}");
}
