//! `rolecall plugin keygen`: a pair of keys. The private one goes into its file and nowhere else.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use rolecall_app::signing::SigningKey;
use serde_json::json;

use super::Said;
use crate::config::plugin::Keygen;

pub(super) fn run(options: &Keygen) -> Result<Said> {
    let key = SigningKey::generate()?;
    let public = key.public();
    let mut public_file = options.file.clone().into_os_string();
    public_file.push(".pub");
    write(&options.file, key.pem()?.as_ref(), 0o600)?;
    if let Err(error) = write(Path::new(&public_file), &public.pem()?, 0o644) {
        // Half a pair helps nobody.
        fs::remove_file(&options.file)?;
        return Err(error);
    }
    let (id, file) = (public.id(), options.file.display());
    let public_file = Path::new(&public_file).display();
    Ok(Said {
        good: true,
        text: format!("{id}\n{file}  private: keep it to yourself\n{public_file}  for servers\n"),
        json: json!({
            "key": id,
            "private_key_file": file.to_string(),
            "public_key_file": public_file.to_string(),
        }),
    })
}

/// A new file, with its mode from the start.
fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let file = options.open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}
