//! `rolecall plugin test`: every case, and whether it comes out as it should.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result};
use rolecall_app::workbench::{Difference, Expect, Report, Workbench};
use serde_json::{Value, json};

use super::cases::{self, CaseFile};
use super::json::readable;
use super::report::{differences, mistakes, problem};
use super::{Said, source};
use crate::config::plugin::Test;

pub(super) fn run(options: &Test) -> Result<Said> {
    let folder = options
        .cases
        .clone()
        .unwrap_or_else(|| source::cases(&options.plugins));
    let files = cases::all(&folder)?;
    let workbench = source::workbench(&options.plugins)?;
    let mut text = String::new();
    let mut results = Vec::new();
    let (mut passed, mut failed) = (0, 0);
    for file in files {
        let result = one(&workbench, &file, options.update)?;
        let name = file.name();
        let word = match (&result.why, result.updated) {
            (Some(_), _) => "FAIL",
            (None, true) => "new ",
            (None, false) => "ok  ",
        };
        *(if result.why.is_some() {
            &mut failed
        } else {
            &mut passed
        }) += 1;
        let _ = writeln!(text, "{word} {name}");
        if let Some(why) = &result.why {
            text.push_str(why);
        }
        results.push(json!({
            "case": name,
            "passed": result.why.is_none(),
            "updated": result.updated,
            "differences": result.differences,
            "why": result.why.filter(|_| result.differences.is_empty()),
        }));
    }
    let _ = writeln!(text, "{passed} passed, {failed} failed");
    Ok(Said {
        good: failed == 0,
        text,
        json: json!({ "passed": passed, "failed": failed, "cases": results }),
    })
}

#[derive(Default)]
struct Outcome {
    /// Why it failed, if it did.
    why: Option<String>,
    differences: Vec<Difference>,
    updated: bool,
}

impl Outcome {
    fn failed(why: &str) -> Self {
        let why = why.trim_end().replace('\n', "\n     ");
        Self {
            why: Some(format!("     {why}\n")),
            ..Self::default()
        }
    }
}

fn one(workbench: &Workbench, file: &CaseFile, update: bool) -> Result<Outcome> {
    let report = match workbench.decide(&file.case) {
        Ok(report) => report,
        Err(problem) => return Ok(Outcome::failed(&mistakes(&problem))),
    };
    let replay = report.replay.as_ref();
    let unlike = replay.map_or_else(Vec::new, |replay| replay.differences.clone());
    if update {
        // What was recorded is not to be written anew.
        return Ok(Outcome {
            updated: write(file, &report)?,
            why: Some(why(&report, &unlike)).filter(|_| !unlike.is_empty()),
            differences: unlike,
        });
    }
    let Some(expect) = &file.case.expect else {
        return Ok(Outcome::failed(
            "it expects nothing; `--update` writes what comes out",
        ));
    };
    let mut found = report.differences(expect);
    found.extend(unlike);
    Ok(Outcome {
        why: Some(why(&report, &found)).filter(|_| !found.is_empty()),
        differences: found,
        updated: false,
    })
}

/// The differences, and what the plugin said meanwhile.
fn why(report: &Report, found: &[Difference]) -> String {
    let mut text = differences(found);
    if let Some(problem) = problem(&report.problem) {
        let _ = writeln!(text, "     {}: {problem}", report.state);
    }
    for log in &report.logs {
        let _ = writeln!(text, "     log {}: {}", log.level, log.message);
    }
    text
}

/// Writes what came out as what is expected: those members that the case names, or all of them.
fn write(file: &CaseFile, report: &Report) -> Result<bool> {
    let known = &file.written["expect"];
    if let Ok(expect) = serde_json::from_value::<Expect>(known.clone())
        && report.differences(&expect).is_empty()
    {
        return Ok(false);
    }
    let found = json!(report.expectation());
    let mut named = found.clone();
    if let Value::Object(members) = &mut named {
        members.retain(|name, _| known.get(name).is_some());
        if known.get("refused").is_some() {
            members.entry("refused").or_insert_with(|| json!([]));
        }
    }
    let mut written = file.written.clone();
    written["expect"] = if named == json!({}) { found } else { named };
    fs::write(&file.path, readable(&written))
        .with_context(|| format!("cannot write {}", file.path.display()))?;
    Ok(true)
}
