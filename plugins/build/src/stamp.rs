//! What a component is made of.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::Error;
use crate::project::{CONTRACT, WORK, write};

/// What lies beside a project's sources in its folder, and says nothing about its component. In the folders below, the
/// same names may be those of sources.
const ASIDE: [&str; 5] = ["target", "cases", "wit", "node_modules", "README.md"];

/// A file or folder that a component is made of.
#[derive(Clone)]
pub(crate) struct Input {
    /// What it is called, wherever the project lies.
    name: String,
    path: PathBuf,
}

impl Input {
    pub(crate) fn new(name: impl Into<String>, path: PathBuf) -> Self {
        let name = name.into();
        Self { name, path }
    }

    /// Of a path in the project, that may lead out of it.
    pub(crate) fn of(project: &Path, path: &str) -> Self {
        Self::new(path, project.join(path))
    }

    /// Its files, each with its path in here (none if it is a file); none at all if there is nothing there.
    pub(crate) fn files(&self, project: &Path) -> Result<Vec<(PathBuf, PathBuf)>, Error> {
        let mut files = Vec::new();
        gather(project, Path::new(""), &self.path, &mut vec![], &mut files)?;
        files.sort();
        Ok(files)
    }
}

fn gather(
    project: &Path,
    within: &Path,
    path: &Path,
    above: &mut Vec<PathBuf>,
    files: &mut Vec<(PathBuf, PathBuf)>,
) -> Result<(), Error> {
    // Editors leave links behind that lead nowhere.
    let Ok(whole) = path.canonicalize() else {
        return Ok(());
    };
    if whole.is_file() {
        files.push((within.to_owned(), whole));
        return Ok(());
    }
    // And links may lead in circles.
    if !whole.is_dir() || above.contains(&whole) {
        return Ok(());
    }
    above.push(whole.clone());
    let unreadable = || format!("cannot read {}", path.display());
    for entry in fs::read_dir(&whole).map_err(Error::io(unreadable()))? {
        let entry = entry.map_err(Error::io(unreadable()))?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        let aside = text.starts_with('.') || ASIDE.contains(&&*text);
        if text == "__pycache__" || aside && whole == project {
            continue;
        }
        gather(project, &within.join(&name), &entry.path(), above, files)?;
    }
    above.pop();
    Ok(())
}

/// What a component is made of. The tools give other bytes, and so another digest, each time they run, and take their
/// time: so nothing is built again that is there.
pub(crate) struct Stamp {
    folder: PathBuf,
    inputs: String,
}

impl Stamp {
    /// Of a project's inputs, and of texts of ours.
    pub(crate) fn of(folder: &Path, inputs: &[Input], ours: &[&str]) -> Result<Self, Error> {
        let mut hash = Sha256::new();
        let mut part = |part: &[u8]| {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        };
        for input in inputs {
            for (within, path) in input.files(folder)? {
                let cannot = || format!("cannot read {}", path.display());
                let text = fs::read(&path).map_err(Error::io(cannot()))?;
                part(input.name.as_bytes());
                part(within.as_os_str().as_encoded_bytes());
                part(&text);
            }
        }
        for text in ours.iter().chain(&[CONTRACT, env!("CARGO_PKG_VERSION")]) {
            part(text.as_bytes());
        }
        Ok(Self {
            folder: folder.to_owned(),
            inputs: hex(hash),
        })
    }

    /// The component that was made of these inputs and lies where it was put.
    pub(crate) fn built(&self, file: &str) -> Option<Vec<u8>> {
        let known = fs::read_to_string(self.path()).ok()?;
        let component = self.folder.join("target").join(format!("{file}.wasm"));
        let component = fs::read(component).ok()?;
        (known == self.line(&component)).then_some(component)
    }

    /// Notes what was made of these inputs.
    pub(crate) fn keep(&self, component: &[u8]) -> Result<(), Error> {
        write(&self.path(), self.line(component).as_bytes())
    }

    fn path(&self) -> PathBuf {
        self.folder.join(WORK).join("built")
    }

    fn line(&self, component: &[u8]) -> String {
        let made = hex(Sha256::new_with_prefix(component));
        format!("{} {made}\n", self.inputs)
    }
}

/// What was installed by which tool, in a file that goes when it goes: so nothing is installed again that is there.
pub(crate) struct Note {
    path: PathBuf,
    text: String,
}

impl Note {
    pub(crate) fn new(path: PathBuf, parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        Self {
            path,
            text: hex(hash),
        }
    }

    pub(crate) fn holds(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|known| known == self.text)
    }

    pub(crate) fn keep(&self) -> Result<(), Error> {
        write(&self.path, self.text.as_bytes())
    }
}

fn hex(hash: Sha256) -> String {
    use std::fmt::Write;
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
