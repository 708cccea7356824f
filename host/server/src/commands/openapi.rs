//! `rolecall openapi`

use std::io::{ErrorKind, Write};

use crate::http;

pub(crate) fn run() -> anyhow::Result<()> {
    let description = http::openapi().to_pretty_json()?;
    match writeln!(std::io::stdout(), "{description}") {
        // Who reads has seen enough, as `head` has.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
