//! A new project: outside of any workspace, with nothing but Rust, the registry and this binary.

use crate::support::Desk;

#[tokio::test]
async fn it_builds_and_passes_its_own_tests() {
    let desk = Desk::new();
    desk.plugin(&["new", "acme-mapping"]).await.expect(0);
    let source = desk.read("acme-mapping/src/lib.rs");
    assert!(
        source.lines().count() <= 45,
        "short enough to be read at once"
    );

    let built = desk
        .plugin(&["build", "acme-mapping", "--json"])
        .await
        .expect(0)
        .json();
    let component = std::fs::read(desk.path("acme-mapping/target/acme-mapping.wasm"));
    let component = component.expect("the component is where it is said to be");
    assert_eq!(built["bytes"], component.len());
    for folder in [desk.path(""), rolecall_workspace()] {
        let folder = folder.display().to_string();
        assert!(
            !contains(&component, folder.trim_end_matches('/')),
            "{folder} is nobody's business"
        );
    }

    let inspected = desk
        .plugin(&["inspect", "acme-mapping/target/acme-mapping.wasm", "--json"])
        .await;
    let plugin = &inspected.expect(0).json()["plugin"];
    assert_eq!(plugin["digest"], built["digest"]);
    assert_eq!(plugin["name"], "acme-mapping");
    assert_eq!(plugin["warnings"], serde_json::json!([]));

    let tested = desk
        .plugin(&["test", "acme-mapping", "--json"])
        .await
        .expect(0)
        .json();
    assert_eq!(
        (&tested["passed"], &tested["failed"]),
        (&3.into(), &0.into()),
        "{tested}"
    );
    // What a change breaks is noticed, and told as a difference.
    let changed = source.replace("everybody may read", "everybody may look");
    desk.write("acme-mapping/src/lib.rs", changed);
    let tested = desk.plugin(&["test", "acme-mapping"]).await.expect(1);
    for line in [
        "FAIL administrator",
        "ok   colleague",
        "- {",
        "everybody may look",
        "2 passed, 1 failed",
    ] {
        assert!(
            tested.out.contains(line),
            "{line} is not in:\n{}",
            tested.out
        );
    }

    desk.write(
        "acme-mapping/src/lib.rs",
        source.replace("fn grants(", "fn grunts("),
    );
    let broken = desk.plugin(&["test", "acme-mapping"]).await.expect(2);
    assert!(
        broken.err.contains("grunts") && broken.err.contains("does not compile"),
        "{}",
        broken.err
    );
}

fn rolecall_workspace() -> std::path::PathBuf {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace").to_owned()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn mistakes_are_named() {
    let desk = Desk::new();
    for name in ["Acme", "1st", "a b", "../up"] {
        let named = desk.plugin(&["new", name]).await.expect(2);
        assert!(named.err.contains("lower-case"), "{}", named.err);
    }
    desk.write("full/notes.txt", "mine");
    let full = desk.plugin(&["new", "full"]).await.expect(2);
    assert!(full.err.contains("not empty"), "{}", full.err);
    assert_eq!(desk.read("full/notes.txt"), "mine");

    let empty = desk.plugin(&["build"]).await.expect(2);
    assert!(empty.err.contains("Cargo.toml"), "{}", empty.err);
    desk.write(
        "no-cdylib/Cargo.toml",
        "[package]\nname = \"no-cdylib\"\nedition = \"2024\"\n[workspace]\n",
    );
    desk.write("no-cdylib/src/lib.rs", "");
    let library = desk.plugin(&["build", "no-cdylib"]).await.expect(2);
    assert!(library.err.contains("crate-type"), "{}", library.err);
}

#[tokio::test]
async fn a_missing_tool_is_named_with_the_command_that_installs_it() {
    let mut desk = Desk::new();
    desk.plugin(&["new", "acme-mapping"]).await.expect(0);
    desk.write("rustc", "#!/bin/sh\necho /no/such/libraries\n");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(desk.path("rustc"), executable).expect("a script");
    desk.set("RUSTC", desk.path("rustc"));
    let missing = desk.plugin(&["build", "acme-mapping"]).await.expect(2);
    let fix = "rustup target add wasm32-unknown-unknown";
    assert!(missing.err.contains(fix), "{}", missing.err);

    desk.set("RUSTC", "/no/such/rustc");
    let missing = desk.plugin(&["build", "acme-mapping"]).await.expect(2);
    assert!(missing.err.contains("Rust is missing"), "{}", missing.err);
}
