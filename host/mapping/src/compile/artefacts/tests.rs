use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

const KEY: [u8; 64] = [7; 64];

/// What is kept under a name, if it may be used.
fn kept(artefacts: &Artefacts, name: &str) -> Option<Vec<u8>> {
    artefacts.read(name).ok().flatten()
}

fn opened(folder: &Path, key: [u8; 64], room: u64) -> Artefacts {
    Artefacts::open(folder.join("kept"), key, room, 4).unwrap()
}

#[test]
fn what_was_kept_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let artefacts = opened(folder.path(), KEY, 1000);
    assert_eq!(kept(&artefacts, "a"), None);
    artefacts.write("a", b"code").unwrap();
    assert_eq!(kept(&artefacts, "a").as_deref(), Some(&b"code"[..]));
    assert_eq!(
        kept(&opened(folder.path(), KEY, 1000), "a").as_deref(),
        Some(&b"code"[..])
    );
}

#[test]
fn what_somebody_else_wrote_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let artefacts = opened(folder.path(), KEY, 1000);
    artefacts.write("a", b"code").unwrap();
    let path = artefacts.folder.join("a");
    let sealed = fs::read(&path).unwrap();

    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        fs::write(&path, altered).unwrap();
        assert_eq!(kept(&artefacts, "a"), None, "byte {at} was flipped");
    }
    for length in 0..sealed.len() {
        fs::write(&path, &sealed[..length]).unwrap();
        assert_eq!(kept(&artefacts, "a"), None, "cut to {length}");
    }
    fs::write(artefacts.folder.join("b"), &sealed).unwrap();
    assert_eq!(kept(&artefacts, "b"), None, "another component's");
    fs::write(&path, &sealed).unwrap();
    assert_eq!(
        kept(&opened(folder.path(), [8; 64], 1000), "a"),
        None,
        "another server's"
    );
    assert!(kept(&artefacts, "a").is_some());
}

#[test]
fn only_the_server_may_look() {
    let folder = tempfile::tempdir().unwrap();
    let artefacts = opened(folder.path(), KEY, 1000);
    let mode = fs::metadata(&artefacts.folder)
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn what_was_not_used_for_longest_makes_room() {
    let folder = tempfile::tempdir().unwrap();
    let artefacts = opened(folder.path(), KEY, 2 * (SEAL as u64 + 4));
    let (a, b, c) = ("rolecall-a", "rolecall-b", "rolecall-c");
    let theirs = artefacts.folder.join("somebody-else's");
    fs::write(&theirs, "precious").unwrap();
    let used = |path: &Path, seconds: u64| {
        let file = File::options().append(true).open(path).unwrap();
        let modified = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        file.set_modified(modified).unwrap();
    };
    for (name, seconds) in [(a, 1), (b, 2), (c, 3)] {
        artefacts.write(name, b"code").unwrap();
        used(&artefacts.folder.join(name), seconds);
    }
    used(&theirs, 0);
    assert!(kept(&artefacts, a).is_some(), "which makes it the newest");
    fs::create_dir(artefacts.folder.join("rolecall-folder")).unwrap();
    artefacts.make_room().unwrap();
    assert_eq!(kept(&artefacts, b), None);
    assert!(kept(&artefacts, a).is_some() && kept(&artefacts, c).is_some());
    assert!(theirs.exists(), "it is none of ours");
}

/// A file without blocks on the disk may seem to have any number of bytes.
#[test]
fn what_is_too_large_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let artefacts = opened(folder.path(), KEY, 1000);
    let sparse = File::create(artefacts.folder.join("a")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    let error = artefacts.read("a").unwrap_err().to_string();
    assert!(error.contains("larger than any code"), "{error}");
}

#[test]
fn what_is_in_memory_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let artefacts = opened(folder.path(), KEY, 2 * (SEAL as u64 + 4));
    let engine = Engine::default();
    let [a, b, c] = ["a", "b", "c"].map(|name| Digest::of(name.as_bytes()));
    for (digest, seconds) in [(&a, 1), (&b, 2)] {
        artefacts.put(&engine, digest, b"code", &[]);
        let file = artefacts.folder.join(artefacts.name(&engine, digest));
        let file = File::options().append(true).open(file).unwrap();
        let modified = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        file.set_modified(modified).unwrap();
    }
    artefacts.put(&engine, &c, b"code", std::slice::from_ref(&a));
    let is_kept = |digest| artefacts.get(&engine, digest).is_some();
    assert!(is_kept(&a) && !is_kept(&b) && is_kept(&c));
}
