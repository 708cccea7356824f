//! Runs `rolecall conformance`.

use std::io::Write as _;

use tempfile::NamedTempFile;
use tokio::process::Child;

use crate::support::Scim;
use crate::support::server::{signal, start_rolecall};

/// A run that has ended.
pub(super) struct Run {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// A run under way, and the file with its token.
pub(super) struct Running {
    child: Child,
    _token: NamedTempFile,
}

/// Runs it against a connection, to its end.
pub(super) async fn conformance(scim: &Scim, arguments: &[&str]) -> Run {
    let url = format!("{}{}", scim.origin(), scim.base());
    start(&url, scim.token(), arguments).end().await
}

/// Starts it; the token goes by a file.
pub(super) fn start(url: &str, token: &str, arguments: &[&str]) -> Running {
    let mut file = NamedTempFile::new().expect("a temporary file");
    writeln!(file, "{token}").expect("a writable file");
    let path = file.path().to_str().expect("a path in UTF-8");
    let own = ["conformance", "--url", url, "--token-file", path];
    let child = start_rolecall(&[&own, arguments].concat());
    Running {
        child,
        _token: file,
    }
}

impl Running {
    /// Ends it as Ctrl-C does.
    pub(super) fn interrupt(&self) {
        signal("-INT", &self.child);
    }

    pub(super) async fn end(self) -> Run {
        let output = self.child.wait_with_output().await.expect("it ends");
        Run {
            code: output.status.code().expect("it ends by itself"),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
