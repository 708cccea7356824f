//! `rolecall plugin logs`: what plugins said when they decided about a user.

use std::fmt::Write;

use anyhow::Result;
use serde_json::{Value, json};

use super::Said;
use super::remote::{Answer, Remote, segment, words};
use super::report::problem;
use crate::config::plugin::Logs;

pub(super) async fn run(options: &Logs) -> Result<Said> {
    let remote = Remote::new(&options.server)?;
    let path = format!("/v1/users/{}/decision", segment(&options.user));
    let decision = match remote.get(&path).await? {
        Answer::Yes(decision) => decision,
        Answer::No(problem) => {
            let text = format!("There is no decision: {}\n", words(&problem));
            return Ok(Said::no(text, &problem));
        }
    };
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut text = format!(
        "{}  {}\n",
        word(&decision["decided_at"]),
        word(&decision["state"])
    );
    let mut logs = Vec::new();
    for run in decision["slots"].as_array().into_iter().flatten() {
        for log in run["logs"].as_array().into_iter().flatten() {
            let (slot, level, message) = (
                word(&run["slot"]),
                word(&log["level"]),
                word(&log["message"]),
            );
            let _ = writeln!(text, "{slot:10}  {level:5}  {message}");
            logs.push(json!({ "slot": slot, "level": level, "message": message }));
        }
        if let Some(dropped) = run["logs_dropped"].as_u64().filter(|dropped| *dropped > 0) {
            let _ = writeln!(
                text,
                "{:10}  {dropped} lines more were dropped",
                word(&run["slot"])
            );
        }
    }
    if let Some(problem) = problem(&decision["problem"]) {
        let _ = writeln!(text, "{problem}");
    }
    Ok(Said {
        good: true,
        text,
        json: json!({
            "decided_at": decision["decided_at"],
            "state": decision["state"],
            "logs": logs,
            "problem": decision["problem"],
        }),
    })
}
