//! Plugins in JavaScript and Python: projects, errors, and the example that exists in every language. They need
//! Node.js, Python, and their registries.

use std::collections::HashSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use rolecall_plugin_bundle::RESELLER_MAPPING;

use crate::support::Desk;

/// What a plugin may import.
const IMPORTS: [&str; 2] = ["rolecall:plugin/log@1.0.0", "rolecall:plugin/types@1.0.0"];

#[tokio::test]
async fn javascript() {
    let desk = Desk::new();
    a_project(&desk, "js", "src/plugin.js").await;
    let types = "cd acme && npx --yes --package typescript@5.9.3 tsc -p jsconfig.json --noEmit";
    desk.shell(types).await.expect(0);
    desk.write("acme/src/plugin.js", include_str!("languages/trouble.js"));
    trouble(
        &desk,
        &[
            ("thrown", "exception: TypeError: cannot read property 'x' of null; at deeper (src/plugin.js:8:10) < profile (src/plugin.js:13:49)"),
            ("clock", "exception: Error: a plugin has no clock: the same input must give the same decision; at profile (src/plugin.js:14:51)"),
            ("random", "exception: Error: a plugin has no randomness: the same input must give the same decision; at profile (src/plugin.js:15:57)"),
            ("shape", "malformed_profile: profile returned 7, not an object"),
        ],
    )
    .await;
    desk.write("acme/src/plugin.js", "export function profile( {");
    let broken = desk.plugin(&["build", "acme"]).await.expect(2).err;
    assert!(
        broken.contains("SyntaxError") && broken.contains("plugin.js:1"),
        "{broken}"
    );
    desk.write("acme/src/plugin.js", "export const nothing = 1;");
    let empty = desk.plugin(&["build", "acme"]).await.expect(2).err;
    assert!(empty.contains("`placements`"), "{empty}");
}

#[tokio::test]
async fn python() {
    let desk = Desk::new();
    a_project(&desk, "python", "src/plugin.py").await;
    desk.write("acme/src/plugin.py", include_str!("languages/trouble.py"));
    trouble(
        &desk,
        &[
            ("thrown", "exception: TypeError: 'NoneType' object is not subscriptable; at deeper (plugin.py:12) < profile (plugin.py:18)"),
            ("clock", "exception: RuntimeError: a plugin has no clock: the same input must give the same decision; at profile (plugin.py:19)"),
            ("random", "exception: RuntimeError: a plugin has no randomness: the same input must give the same decision; at profile (plugin.py:20)"),
            ("file", "exception: RuntimeError: a plugin has no files: the same input must give the same decision; at profile (plugin.py:21)"),
            ("import", "exception: ImportError: decimal must be imported when the plugin is loaded: move it to the top of the file; at profile (plugin.py:22)"),
            ("shape", "malformed_profile: profile returned 7, not a dict"),
        ],
    )
    .await;
    desk.write("acme/src/plugin.py", "def profile(:");
    let broken = desk.plugin(&["build", "acme"]).await.expect(2).err;
    assert!(
        broken.contains("SyntaxError") && broken.contains("plugin.py\", line 1"),
        "{broken}"
    );
}

/// A new project builds, imports nothing but the log, passes its own tests, and is built again only when it changes.
/// (Each command compiles the component, which takes seconds for Python.)
async fn a_project(desk: &Desk, language: &str, source: &str) {
    desk.plugin(&["new", "acme", "--lang", language])
        .await
        .expect(0);
    let inspected = desk
        .plugin(&["inspect", "acme", "--json"])
        .await
        .expect(0)
        .json();
    let plugin = &inspected["plugin"];
    assert_eq!(plugin["imports"], json!(IMPORTS));
    assert_eq!(
        (&plugin["name"], &plugin["version"]),
        (&json!("acme"), &json!("0.1.0"))
    );
    let component = || std::fs::read(desk.path("acme/target/acme.wasm")).expect("a component");
    let first = component();
    let tested = desk
        .plugin(&["test", "acme", "--json"])
        .await
        .expect(0)
        .json();
    assert_eq!(
        (&tested["passed"], &tested["failed"]),
        (&json!(3), &json!(0)),
        "{tested}"
    );
    assert!(component() == first, "the same as long as nothing changes");

    let source = format!("acme/{source}");
    let text = desk.read(&source);
    assert!(
        text.lines().count() <= 45,
        "short enough to be read at once"
    );
    desk.write(
        &source,
        text.replace("everybody may read", "everybody may look"),
    );
    let tested = desk.plugin(&["test", "acme"]).await.expect(1).out;
    for line in [
        "FAIL administrator",
        "everybody may look",
        "2 passed, 1 failed",
    ] {
        assert!(tested.contains(line), "{line} is not in:\n{tested}");
    }
}

/// Whoever is named so causes that, and the plugin says so; it checks its settings, and logs.
async fn trouble(desk: &Desk, exceptions: &[(&str, &str)]) {
    let case = |name: &str, greeting: &str, expect: Value| {
        let case = json!({
            "user": {"userName": name}, "home": "acme",
            "settings": {"greeting": greeting}, "expect": expect,
        });
        let name = name.split(' ').next().unwrap_or(name);
        desk.write(&format!("cases/{name}.json"), case.to_string());
    };
    for (name, words) in exceptions {
        let problem = json!({"code": "internal", "detail": words});
        case(
            name,
            "hello",
            json!({"state": "pending", "problem": problem}),
        );
    }
    let said = json!({"said": "HELLO ada ü"});
    case(
        "ada ü",
        "hello",
        json!({"state": "active", "profile": said}),
    );
    let refusal = json!({"code": "unwelcome", "detail": "Nobody is nobody.", "path": "/userName"});
    case(
        "nobody",
        "hello",
        json!({"state": "refused", "problem": refusal}),
    );
    case("rude", "hell", json!({"state": "active"}));
    let test = ["test", "acme", "--cases", "cases", "--json"];
    let tested = desk.plugin(&test).await.expect(1).json();
    let cases = tested["cases"].as_array().expect("cases");
    for tested in cases {
        let rude = tested["case"] == "rude";
        assert_eq!(tested["passed"], !rude, "{tested}");
        let why = tested["why"].as_str().unwrap_or_default();
        assert!(
            !rude || why.contains("/greeting") && why.contains("Be kind."),
            "{tested}"
        );
    }
    assert_eq!(cases.len(), exceptions.len() + 3);

    let told = desk
        .plugin(&["run", "acme", "--case", "cases/ada.json", "--json"])
        .await
        .expect(0)
        .json();
    let line = json!({"level": "info", "message": "deciding about ada ü"});
    assert!(
        told["logs"].as_array().expect("logs").contains(&line),
        "{told}"
    );
    let slots = told["slots"].as_array().expect("slots");
    let plugins: HashSet<_> = slots
        .iter()
        .map(|slot| slot["digest"].to_string())
        .collect();
    assert_eq!(
        plugins.len(),
        2,
        "it fills one slot, `rules` the others: {told}"
    );
}

#[tokio::test]
async fn the_example_decides_the_same_in_every_language() {
    let desk = Desk::new();
    desk.write("rust.wasm", RESELLER_MAPPING);
    let example = format!(
        "{}/../examples/reseller-mapping",
        env!("CARGO_MANIFEST_DIR")
    );
    let cases = std::fs::read_dir(format!("{example}/cases")).expect("cases");
    let cases: Vec<_> = cases.map(|case| case.expect("a case").path()).collect();
    let decisions = async |language: &str, plugin: &str| {
        for case in &cases {
            let text = std::fs::read_to_string(case).expect("a case");
            let mut read: Value = serde_json::from_str(&text).expect("JSON");
            // So that all of the decision is written down.
            read.as_object_mut().expect("an object").remove("expect");
            let name = case
                .file_name()
                .and_then(|name| name.to_str())
                .expect("a name");
            desk.write(&format!("{language}/{name}"), read.to_string());
        }
        let update = ["test", plugin, "--cases", language, "--update"];
        desk.plugin(&update).await.expect(0);
        let test = [
            "test",
            plugin,
            "--cases",
            &format!("{example}/cases"),
            "--json",
        ];
        let tested = desk.plugin(&test).await.expect(0).json();
        assert_eq!(tested["passed"], cases.len() - 1, "{language}: {tested}");
        let name = |case: &PathBuf| {
            format!(
                "{language}/{}",
                case.file_name().unwrap_or_default().display()
            )
        };
        cases
            .iter()
            .map(|case| desk.read(&name(case)))
            .collect::<Vec<_>>()
    };
    let rust = decisions("rust", "rust.wasm").await;
    assert!(
        rust.iter()
            .any(|case| case.contains("member of Northwind HQ")),
        "{rust:?}"
    );
    for language in ["js", "python"] {
        assert_eq!(
            decisions(language, &format!("{example}/{language}")).await,
            rust,
            "{language}"
        );
    }
}

#[tokio::test]
async fn a_missing_tool_is_named_with_the_command_that_installs_it() {
    let mut desk = Desk::new();
    desk.plugin(&["new", "js", "--lang", "js"]).await.expect(0);
    desk.plugin(&["new", "py", "--lang", "python"])
        .await
        .expect(0);
    desk.write("bin/empty", "");
    desk.set("PATH", desk.path("bin"));
    let missing = desk.plugin(&["build", "js"]).await.expect(2).err;
    for words in ["Node.js is missing", "apt-get install -y nodejs npm"] {
        assert!(missing.contains(words), "{missing}");
    }
    let missing = desk.plugin(&["build", "py"]).await.expect(2).err;
    for words in [
        "Python is missing",
        "apt-get install -y python3 python3-venv",
    ] {
        assert!(missing.contains(words), "{missing}");
    }
    for (tool, said) in [("node", "v16.20.0"), ("python3", "3.9")] {
        desk.write(
            &format!("bin/{tool}"),
            format!("#!/bin/sh\necho {said}\nexit 1\n"),
        );
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(desk.path(&format!("bin/{tool}")), executable).expect("a script");
    }
    let old = desk.plugin(&["build", "js"]).await.expect(2).err;
    assert!(
        old.contains("Node.js 18 or later (this is v16.20.0)"),
        "{old}"
    );
    let old = desk.plugin(&["build", "py"]).await.expect(2).err;
    assert!(old.contains("Python 3.11 or later (this is 3.9)"), "{old}");
}
