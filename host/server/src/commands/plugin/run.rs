//! `rolecall plugin run`: one decision.

use anyhow::{Result, bail};
use rolecall_app::workbench::Case;
use serde_json::{Value, json};

use super::cases::{self, CaseFile};
use super::{Said, report, source};
use crate::config::plugin::Run;

pub(super) fn run(options: &Run) -> Result<Said> {
    let case = case(options)?;
    let workbench = source::workbench(&options.plugins)?;
    Ok(match workbench.decide(&case) {
        Ok(decision) => {
            let differs = decision
                .replay
                .as_ref()
                .is_some_and(|replay| !replay.differences.is_empty());
            Said {
                good: decision.state != "pending" && !differs,
                text: report::decision(&decision),
                json: json!(decision),
            }
        }
        Err(problem) => Said::no(report::mistakes(&problem), &problem),
    })
}

/// The case, with what the command line says besides.
fn case(options: &Run) -> Result<Case> {
    let mut case = match &options.case {
        Some(path) => CaseFile::read(path)?.case,
        None if options.user.is_none() => {
            bail!("whom to decide about? Name a case (--case FILE) or a user (--user FILE)")
        }
        None => cases::defaults(&source::cases(&options.plugins))?,
    };
    if let Some(user) = &options.user {
        case.user = Some(cases::read(user)?);
        // Somebody else than the one who was recorded.
        case.recorded = None;
    }
    if !options.groups.is_empty() {
        case.groups = Some(
            options
                .groups
                .iter()
                .map(|group| Value::from(group.as_str()))
                .collect(),
        );
        case.recorded = None;
    }
    if let Some(settings) = &options.settings {
        case.settings = Some(cases::read(settings)?);
        case.mapping = None;
    }
    if options.home.is_some() {
        case.home.clone_from(&options.home);
    }
    Ok(case)
}
