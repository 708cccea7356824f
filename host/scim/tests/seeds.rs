//! Everything that fuzzing starts from, and what it found, keeps to the laws (`fuzz/run` looks for more).

#[path = "../fuzz/laws.rs"]
mod laws;

use std::path::Path;

fn each(target: &str, law: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    let seeds = std::fs::read_dir(&folder).expect("a folder of seeds");
    let mut count = 0;
    for seed in seeds {
        let path = seed.expect("a seed").path();
        // Of a test that fails, the last one is the one.
        println!("{}", path.display());
        law(&std::fs::read(&path).expect("a seed can be read"));
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}

#[test]
fn filters() {
    each("filter", laws::filter);
}

#[test]
fn paths() {
    each("path", laws::path);
}

#[test]
fn patches() {
    each("patch", laws::patch);
}

#[test]
fn resources() {
    each("resource", laws::resource);
}

#[test]
fn bulk_requests() {
    each("bulk", laws::bulk);
}

#[test]
fn searches() {
    each("search", laws::search);
}
