//! `rolecall plugin retry`: what failed on a server is tried again.

use anyhow::Result;
use serde_json::json;

use super::Said;
use super::remote::{Answer, Remote, segment, words};
use crate::config::plugin::Retry;

pub(super) async fn run(options: &Retry) -> Result<Said> {
    let remote = Remote::new(&options.server)?;
    let path = format!(
        "/v1/connections/{}/breakers/retry",
        segment(&options.connection)
    );
    match remote.post(&path, &json!({})).await? {
        Answer::Yes(activation) => {
            let text = format!(
                "revision {} is active; {} users are decided again\n",
                activation["revision"], activation["progress"]["remaining"]
            );
            Ok(Said {
                good: true,
                text,
                json: json!({ "activation": activation }),
            })
        }
        Answer::No(problem) => {
            let text = format!("Nothing was tried again: {}\n", words(&problem));
            Ok(Said::no(text, &problem))
        }
    }
}
