//! A decision on paper.

use std::fmt::Write;

use rolecall_app::Problem;
use rolecall_app::workbench::{Difference, Report, Use};
use serde_json::Value;

use super::json::one_line;

/// The decision, the logs, the table of limits.
pub(super) fn decision(report: &Report) -> String {
    let mut text = format!("state       {}\n", report.state);
    let mut line = |name: &str, rest: String| {
        let _ = writeln!(text, "{name:11} {rest}");
    };
    if let Some(problem) = problem(&report.problem) {
        line("problem", problem);
    }
    if report.state == "active" {
        line("profile", one_line(&report.profile));
    }
    for (at, placement) in report.placements.iter().enumerate() {
        let why = because(&placement.reason, &placement.groups);
        line(
            heading(at, "placements"),
            format!("{}  {why}", placement.tenant),
        );
    }
    for (at, grant) in report.grants.iter().enumerate() {
        let object = grant.object.as_ref().map(|object| format!(" on {object}"));
        let (tenant, kind, name) = (&grant.tenant, &grant.kind, &grant.name);
        let object = object.unwrap_or_default();
        let why = because(&grant.reason, &grant.groups);
        line(
            heading(at, "grants"),
            format!("{tenant}  {kind} {name}{object}  {why}"),
        );
    }
    let refused = report.refused.as_array();
    for (at, refused) in refused.into_iter().flatten().enumerate() {
        let item = |member: &str| {
            refused["item"][member]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let (tenant, kind, name) = (item("tenant"), item("kind"), item("name"));
        let why = plain(&refused["detail"]);
        let rest = format!("{tenant}  {kind} {name}  the host refuses this: {why}");
        line(heading(at, "refused"), rest);
    }
    for (at, log) in report.logs.iter().enumerate() {
        line(
            heading(at, "logs"),
            format!("{:5}  {}", log.level, log.message),
        );
    }
    if !report.unchecked.is_empty() && report.state == "active" {
        let missing = report.unchecked.join(" and ");
        line(
            "unchecked",
            format!("{missing}: the case says nothing of them, a server will"),
        );
    }
    if let Some(replay) = &report.replay {
        for unlike in &replay.unlike {
            line("replay", format!("not comparable: {unlike}"));
        }
        if replay.unlike.is_empty() && replay.differences.is_empty() {
            line(
                "replay",
                "same input, settings, output and fuel as recorded".to_owned(),
            );
        }
        text.push_str(&differences(&replay.differences));
    }
    text.push_str(&limits(&report.limits));
    text
}

fn heading(at: usize, name: &'static str) -> &'static str {
    if at == 0 { name } else { "" }
}

fn because(reason: &str, groups: &[String]) -> String {
    if groups.is_empty() {
        return format!("because {reason}");
    }
    format!("because {reason} (through {})", groups.join(", "))
}

fn plain(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A problem in a line, if there is one.
pub(super) fn problem(problem: &Value) -> Option<String> {
    let code = problem["code"].as_str()?;
    Some(format!("{code}: {}", plain(&problem["detail"])))
}

const SLOTS: [&str; 3] = ["attributes", "tenants", "roles"];

/// Limits, and how they are shown.
const ROWS: [(&str, &str); 8] = [
    ("fuel", "fuel"),
    ("time", "time, µs"),
    ("memory", "memory, B"),
    ("output", "output, B"),
    ("log_lines", "log lines"),
    ("log_bytes", "log, B"),
    ("placements", "placements"),
    ("grants", "grants"),
];

/// One row per limit, one column per slot.
fn limits(uses: &[Use]) -> String {
    if uses.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n{:11} {:>14} {:>14} {:>14} {:>14}\n",
        "limits", SLOTS[0], SLOTS[1], SLOTS[2], "most"
    );
    for (limit, name) in ROWS {
        let of = |slot: &str| {
            uses.iter()
                .find(|used| used.limit == limit && used.slot.as_str() == slot)
        };
        let Some(any) = SLOTS.iter().find_map(|slot| of(slot)) else {
            continue;
        };
        let _ = write!(text, "{name:11}");
        for slot in SLOTS {
            let cell = of(slot).map_or("-".to_owned(), |used| {
                let over = if used.is_over() { "! " } else { "" };
                format!("{over}{}", number(used.used))
            });
            let _ = write!(text, " {cell:>14}");
        }
        let _ = writeln!(text, " {:>14}", number(any.most));
    }
    for over in uses.iter().filter(|used| used.is_over()) {
        let (slot, limit) = (over.slot, over.limit.replace('_', " "));
        let taken = format!("{} of {}", number(over.used), number(over.most));
        let _ = writeln!(
            text,
            "! {slot} takes at least {taken} {limit}: in production {}",
            over.beyond
        );
    }
    text
}

/// With commas.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What was expected and isn't there behind `-`, what is there and wasn't expected behind `+`.
pub(super) fn differences(differences: &[Difference]) -> String {
    let mut text = String::new();
    for difference in differences {
        let _ = writeln!(text, "     {}", difference.path);
        for expected in &difference.expected {
            let _ = writeln!(text, "       - {}", one_line(expected));
        }
        for found in &difference.found {
            let _ = writeln!(text, "       + {}", one_line(found));
        }
    }
    text
}

/// What is wrong with a case, every mistake with its place.
pub(super) fn mistakes(problem: &Problem) -> String {
    let mut text = format!("{}\n", problem.detail);
    for error in &problem.errors {
        if error.detail != problem.detail {
            let _ = writeln!(
                text,
                "  {}: {} ({})",
                error.pointer, error.detail, error.code
            );
        }
    }
    text
}
