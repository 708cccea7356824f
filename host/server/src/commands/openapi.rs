//! `rolecall openapi`

use crate::http;
use crate::output::say;

pub(crate) fn run() -> anyhow::Result<()> {
    let description = http::openapi().to_pretty_json()?;
    Ok(say(&format!("{description}\n"))?)
}
