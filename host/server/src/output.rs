//! Standard output.

use std::io::{self, ErrorKind, Write};

/// Writes a text. That who reads has seen enough, as `head` has, is no error.
pub(crate) fn say(text: &str) -> io::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
