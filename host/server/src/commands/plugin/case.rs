//! `rolecall plugin case`: a decision taken home.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Said;
use super::json::readable;
use super::remote::{Answer, Remote, segment, words};
use crate::config::plugin::Case;

pub(super) async fn run(options: &Case) -> Result<Said> {
    let remote = Remote::new(&options.server)?;
    let path = format!("/v1/users/{}/decision/case", segment(&options.user));
    let case = match remote.get(&path).await? {
        Answer::Yes(case) => case,
        Answer::No(problem) => {
            let text = format!("There is no case: {}\n", words(&problem));
            return Ok(Said::no(text, &problem));
        }
    };
    if case["recorded"]["changed_since"] == Value::Bool(true) {
        eprintln!("The user has changed since it was decided: this is what it is now.");
    }
    let Some(out) = &options.out else {
        return Ok(Said {
            good: true,
            text: readable(&case),
            json: case,
        });
    };
    fs::write(out, readable(&case)).with_context(|| format!("cannot write {}", out.display()))?;
    let file = out.display();
    Ok(Said {
        good: true,
        text: format!("{file}\n"),
        json: json!({ "file": file.to_string(), "recorded": case["recorded"] }),
    })
}
