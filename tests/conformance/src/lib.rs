//! A black-box conformance client for SCIM 2.0 servers, ours or another: one check per clause of RFC 7643, RFC 7644
//! and RFC 9865, its name led by the section.
//!
//! It touches nothing that it didn't create, names what it creates after the run, and deletes it again.

mod answer;
mod check;
mod checks;
mod features;
mod http;
mod report;
mod session;

pub use check::{Level, Outcome, Section, Verdict};
pub use report::{Report, text};

use check::{Check, Stop};
use session::Session;

/// Where to look, and at what.
pub struct Options {
    /// The SCIM base URL, `http` or `https`.
    pub url: String,
    /// The bearer token.
    pub token: String,
    /// Only the checks whose name contains this.
    pub only: Option<String>,
}

/// The checks whose name contains `only`, as `(name, level, what the RFC says)`.
pub fn names(only: Option<&str>) -> Vec<(&'static str, Level, &'static str)> {
    let chosen = checks::all()
        .into_iter()
        .filter(|check| matches(check, only));
    chosen
        .map(|check| (check.name, check.level, check.says))
        .collect()
}

/// Runs the checks one after another and tells of each as it ends. A SIGINT ends the run early, its resources deleted.
///
/// # Errors
/// The server can't be reached, refuses the token, or the options name nothing: no check was run.
pub async fn run(options: &Options, mut tell: impl FnMut(&Outcome)) -> anyhow::Result<Report> {
    let only = options.only.as_deref();
    let chosen: Vec<_> = checks::all()
        .into_iter()
        .filter(|it| matches(it, only))
        .collect();
    anyhow::ensure!(
        !chosen.is_empty(),
        "no check's name contains {:?}",
        only.unwrap_or_default()
    );
    let session = Session::open(&options.url, &options.token).await?;
    let mut report = Report::new(session.base());
    let interrupt = tokio::signal::ctrl_c();
    tokio::pin!(interrupt);
    for check in &chosen {
        let verdict = tokio::select! {
            verdict = judge(&session, check) => verdict,
            _ = &mut interrupt => {
                report.interrupted = true;
                break;
            }
        };
        let exchanges = session.take_exchanges();
        session.clean_up_check().await;
        let outcome = Outcome::new(check, verdict, exchanges);
        tell(&outcome);
        report.outcomes.push(outcome);
    }
    report.left_behind = session.clean_up().await;
    Ok(report)
}

async fn judge(session: &Session, check: &Check) -> Verdict {
    if let Some(reason) = check
        .needs
        .iter()
        .find_map(|need| session.features().lack(need))
    {
        return Verdict::NotApplicable(reason);
    }
    match check.test.run(session).await {
        Ok(()) => Verdict::Passed,
        Err(Stop::Failed(found)) => Verdict::Failed(found),
        Err(Stop::NotApplicable(reason)) => Verdict::NotApplicable(reason),
    }
}

fn matches(check: &Check, only: Option<&str>) -> bool {
    only.is_none_or(|part| check.name.contains(part))
}
