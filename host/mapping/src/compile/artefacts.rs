//! Native code kept in a folder, so that a restart compiles nothing.
//!
//! A file is a seal and the code; one that a crash cut short has a broken seal. The seal is HMAC-SHA256 under a key of the server's over name and code: whoever can
//! write the folder can take files away, and nothing else. Names are made with the key, too, so that servers with
//! different keys may share a folder.

use std::fmt::{self, Debug, Formatter};
use std::fs::{self, DirBuilder, File, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, Timespec, Timestamps, UTIME_NOW};
use sha2::Sha256;
use wasmtime::Engine;

use crate::Digest;

#[cfg(test)]
mod tests;

const SEAL: usize = 32;

/// How our files' names begin: nothing else in the folder is ours to remove.
const PREFIX: &str = "rolecall-";

/// A folder of sealed native code.
pub struct Artefacts {
    folder: PathBuf,
    key: [u8; 64],
    room: u64,
    largest: u64,
}

impl Debug for Artefacts {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Artefacts")
            .field(&self.folder)
            .finish()
    }
}

impl Artefacts {
    /// Opens the folder, or makes it, for the server's user alone. `room` is how many bytes may lie there: beyond it
    /// what was not used for longest goes. `largest` is how many bytes the code of one component may have.
    pub fn open(folder: PathBuf, key: [u8; 64], room: u64, largest: u64) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        // Found out now rather than at every component.
        tempfile::tempfile_in(&folder)?;
        Ok(Self {
            folder,
            key,
            room,
            largest,
        })
    }

    /// What was kept of a component for this very engine, if its seal holds.
    pub(super) fn get(&self, engine: &Engine, digest: &Digest) -> Option<Vec<u8>> {
        let name = self.name(engine, digest);
        let read = self.read(&name).transpose()?;
        read.inspect_err(|error| {
            tracing::warn!(%digest, name, %error, "kept code is not used; compiling again");
        })
        .ok()
    }

    /// Keeps a component's code. What is `in_memory` is in use, though nobody has read its file for long.
    pub(super) fn put(
        &self,
        engine: &Engine,
        digest: &Digest,
        native: &[u8],
        in_memory: &[Digest],
    ) {
        for digest in in_memory {
            self.used(&self.name(engine, digest));
        }
        let kept = self
            .write(&self.name(engine, digest), native)
            .and_then(|()| self.make_room());
        if let Err(error) = kept {
            tracing::warn!(%digest, %error, "compiled code is not kept; a restart compiles again");
        }
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let mut sealed = match self.raw(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            sealed => sealed?,
        };
        let (seal, native) = sealed.split_at_checked(SEAL).unwrap_or_default();
        if self.seal(name, native).verify_slice(seal).is_err() {
            return Err(io::Error::other(
                "its seal does not hold: it is broken or cut short, or somebody altered it",
            ));
        }
        self.used(name);
        sealed.drain(..SEAL);
        Ok(Some(sealed))
    }

    /// What was used lately stays longest; nothing else depends on it.
    fn used(&self, name: &str) {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        };
        let times = Timestamps {
            last_access: now,
            last_modification: now,
        };
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        let _ = rustix::fs::utimensat(CWD, self.folder.join(name), &times, flags);
    }

    /// Reads a file, and nothing that pretends to be one, or is larger than code of ours.
    fn raw(&self, name: &str) -> io::Result<Vec<u8>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let path = self.folder.join(name);
        let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        let (about, most) = (file.metadata()?, self.largest.saturating_add(SEAL as u64));
        if !about.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        if about.len() > most {
            return Err(io::Error::other("it is larger than any code of a plugin"));
        }
        let mut sealed = Vec::new();
        file.take(most).read_to_end(&mut sealed)?;
        Ok(sealed)
    }

    /// Whole or not at all, whoever reads meanwhile.
    fn write(&self, name: &str, native: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempfile_in(&self.folder)?;
        file.write_all(&self.seal(name, native).finalize().into_bytes())?;
        file.write_all(native)?;
        file.persist(self.folder.join(name))?;
        Ok(())
    }

    fn seal(&self, name: &str, native: &[u8]) -> Hmac<Sha256> {
        self.mac([b"code", name.as_bytes(), native])
    }

    /// Different engines make different code of the same component.
    fn name(&self, engine: &Engine, digest: &Digest) -> String {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let engine = hasher.finish().to_be_bytes();
        let mac = self.mac([b"name", digest.as_str().as_bytes(), &engine]);
        format!("{PREFIX}{}", Digest::of(&mac.finalize().into_bytes()).hex())
    }

    fn mac(&self, parts: [&[u8]; 3]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }

    /// Other hosts may do the same at the same time.
    fn make_room(&self) -> io::Result<()> {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
                continue;
            }
            if let Some(about) = found(entry.metadata())?.filter(Metadata::is_file) {
                files.push((about.modified()?, about.len(), entry.path()));
            }
        }
        let mut held: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        files.sort_unstable();
        // The newest stays, however large it is.
        files.pop();
        for (_, bytes, path) in files {
            if held <= self.room {
                break;
            }
            match found(fs::remove_file(&path)) {
                Ok(_) => held -= bytes,
                Err(error) => {
                    let path = path.display();
                    tracing::warn!(%path, %error, "compiled code can't be removed; the next oldest goes");
                }
            }
        }
        Ok(())
    }
}

/// Nothing where another host was faster.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}
