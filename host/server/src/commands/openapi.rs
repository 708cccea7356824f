//! `rolecall openapi`

use crate::http;

pub(crate) fn run() -> anyhow::Result<()> {
    println!("{}", http::openapi().to_pretty_json()?);
    Ok(())
}
