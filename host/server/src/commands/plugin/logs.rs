//! `rolecall plugin logs`: what plugins said while they decided about a connection's users, and where they failed.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde_json::Value;

use super::remote::{Answer, Remote, segment, words};
use super::{Said, tame};
use crate::config::plugin::Logs;
use crate::output::say;

/// Between two looks for new lines.
const LOOK: Duration = Duration::from_secs(1);

pub(super) async fn run(options: &Logs, as_json: bool) -> Result<Said> {
    let remote = Remote::new(&options.server)?;
    let path = path(options);
    let first = match remote
        .get(&format!("{path}&limit={}", options.limit))
        .await?
    {
        Answer::Yes(page) => page,
        Answer::No(problem) => {
            let text = format!("There are no logs: {}\n", words(&problem));
            return Ok(Said::no(text, &problem));
        }
    };
    if !options.follow {
        return Ok(Said {
            good: true,
            text: text(&first, 0),
            json: first,
        });
    }
    follow(&remote, &path, first, as_json).await
}

fn path(options: &Logs) -> String {
    let connection = segment(&options.connection);
    let mut path = format!("/v1/connections/{connection}/plugin-logs?");
    let filters = [
        ("level", options.level.as_ref().map(name)),
        ("slot", options.slot.as_ref().map(name)),
        ("user", options.user.clone()),
    ];
    for (name, value) in filters {
        if let Some(value) = value {
            let _ = write!(path, "&{name}={}", segment(&value));
        }
    }
    path
}

/// As on the command line.
fn name(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// Prints pages as they come, until it is ended or the connection is gone.
async fn follow(remote: &Remote, path: &str, first: Value, as_json: bool) -> Result<Said> {
    let mut page = first;
    let mut dropped = page["dropped"]["count"].as_i64().unwrap_or_default();
    loop {
        let lines = if as_json {
            let lines = page["data"].as_array().into_iter().flatten();
            lines.fold(String::new(), |mut text, line| {
                let _ = writeln!(text, "{line}");
                text
            })
        } else {
            tame(&text(&page, dropped))
        };
        say(&lines)?;
        dropped = page["dropped"]["count"].as_i64().unwrap_or_default();
        let next = page["page"]["next"].as_i64();
        let next = next.context("a page says where the next one starts")?;
        if page["data"].as_array().is_none_or(Vec::is_empty) {
            tokio::time::sleep(LOOK).await;
        }
        page = match remote
            .get(&format!("{path}&limit=200&after={next}"))
            .await?
        {
            Answer::Yes(page) => page,
            Answer::No(problem) => {
                let text = format!("There are no more logs: {}\n", words(&problem));
                return Ok(Said::no(text, &problem));
            }
        };
    }
}

/// Lines for people, and how many more are missing than before.
fn text(page: &Value, known: i64) -> String {
    let mut text = String::new();
    let dropped = page["dropped"]["count"].as_i64().unwrap_or_default() - known;
    if dropped > 0 {
        let last = page["dropped"]["last_at"].as_str().unwrap_or_default();
        let _ = writeln!(
            text,
            "{dropped} lines were too much and are gone, the last at {last}"
        );
    }
    for line in page["data"].as_array().into_iter().flatten() {
        let word = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
        let (at, level, slot) = (word("at"), word("level"), word("slot"));
        let (user, message) = (word("user"), word("message"));
        let _ = writeln!(text, "{at}  {level:5}  {slot:10}  {user}  {message}");
        let trace = line["fault"]["trace"].as_array().into_iter().flatten();
        for frame in trace {
            let function = frame["function"].as_str().unwrap_or_default();
            let offset = frame["offset"].as_u64();
            let offset = offset.map(|it| format!(" at {it:#x}")).unwrap_or_default();
            let _ = writeln!(text, "    in {function}{offset}");
        }
    }
    text
}
