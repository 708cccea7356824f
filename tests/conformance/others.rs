//! Programs from PyPI.

use std::path::PathBuf;

/// Where `tests/run` installs them: beside the profiles in cargo's target directory.
pub(super) fn program(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("the path of this program");
    let mut found = this
        .ancestors()
        .map(|directory| directory.join("python/bin").join(name));
    found.find(|path| path.is_file()).unwrap_or_else(|| {
        panic!(
            "{name} is missing; install it with: python3 -m venv target/python && \
             target/python/bin/pip install --requirement tests/conformance/requirements.txt",
        )
    })
}
