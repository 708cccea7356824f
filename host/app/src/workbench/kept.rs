//! Native code that a project keeps: compiling Python again takes seconds each time.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use rolecall_mapping::{Artefacts, Compiler};

/// Code of some seven components in Python, or fifty in JavaScript.
const ROOM: u64 = 256 << 20;
/// Of one component.
const LARGEST: u64 = ROOM / 4;

/// A compiler that keeps what it makes, if it is told where.
pub(super) fn compiler(folder: Option<&Path>) -> anyhow::Result<Compiler> {
    let compiler = Compiler::apart()?;
    let Some(folder) = folder else {
        return Ok(compiler);
    };
    let unusable = || format!("cannot keep compiled code in {}", folder.display());
    let key = key(folder).with_context(unusable)?;
    let artefacts =
        Artefacts::open(folder.to_owned(), key, ROOM, LARGEST).with_context(unusable)?;
    Ok(compiler.keeping(artefacts))
}

/// The project's own key, which lies in it: whoever can write there can have anything run when it is built.
fn key(folder: &Path) -> io::Result<[u8; 64]> {
    let path = folder.join("key");
    if let Some(key) = fs::read(&path).ok().and_then(|key| key.try_into().ok()) {
        return Ok(key);
    }
    let mut key = [0; 64];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    fs::create_dir_all(folder)?;
    let mut file = OpenOptions::new();
    file.write(true).create(true).truncate(true).mode(0o600);
    file.open(&path)?.write_all(&key)?;
    Ok(key)
}
