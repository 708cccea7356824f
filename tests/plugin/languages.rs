//! Plugins in JavaScript and Python: projects, errors, and the example that exists in every language. They need
//! Node.js, Python, and their registries.

use std::collections::HashSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use rolecall_plugin_bundle::RESELLER_MAPPING;

use crate::support::{Acme, Db, Desk};

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
        "acme",
        &[
            ("thrown", "exception: TypeError: cannot read property 'x' of null; at deeper (src/plugin.js:10:10) < profile (src/plugin.js:16:49)"),
            ("clock", "exception: Error: a plugin has no clock: the same input must give the same decision; at profile (src/plugin.js:17:54)"),
            ("random", "exception: Error: a plugin has no randomness: the same input must give the same decision; at profile (src/plugin.js:18:57)"),
            ("shape", "malformed_profile: profile returned 7, not an object"),
            ("promise", "asynchronous: profile returned a Promise; plugins are synchronous"),
            ("change", "exception: TypeError: 'userName' is read-only; at profile (src/plugin.js:21:35)"),
            ("odd", "odd: Error: an exception"),
            ("object", "malformed_grants: grants[0].object is 7, not a string"),
            ("groups", "malformed_grants: grants[0].groups[0] is {\"value\":\"g1\"}, not an id: a group's id is its `value`"),
        ],
        &json!({"half": "\u{fffd}", "date": "1970-01-01T00:00:00.000Z"}),
        &[],
    )
    .await;
    desk.shell(types).await.expect(0);
    let later =
        json!({"user": {"userName": "ada"}, "home": "acme", "settings": {"greeting": "later"}});
    desk.write("later.json", later.to_string());
    let later = ["run", "acme", "--case", "later.json"];
    let later = desk.plugin(&later).await.expect(1).out;
    assert!(later.contains("prepare returned a Promise"), "{later}");
    desk.write(
        "acme/src/plugin.js",
        "export async function profile() { return {}; }",
    );
    let waits = desk.plugin(&["build", "acme"]).await.expect(2).err;
    assert!(waits.contains("`profile` is async"), "{waits}");
    desk.write("acme/src/plugin.js", "export function profile( {");
    let broken = desk.plugin(&["build", "acme"]).await.expect(2).err;
    assert!(
        broken.contains("SyntaxError") && broken.contains("plugin.js:1"),
        "{broken}"
    );
    desk.write("acme/src/plugin.js", "export const nothing = 1;");
    let empty = desk.plugin(&["build", "acme"]).await.expect(2).err;
    assert!(empty.contains("`placements`"), "{empty}");

    // Below `src`, folders are of sources, whatever they are called; and npm's names have scopes.
    let package = desk.read("acme/package.json");
    let scoped = package.replacen("\"acme\"", "\"@acme/mapping\"", 1);
    desk.write("acme/package.json", scoped);
    desk.write(
        "acme/src/plugin.js",
        "export * from \"./target/cases/words.js\";",
    );
    let mut components = HashSet::new();
    for word in ["one", "another"] {
        let words = format!("export const profile = () => ({{ word: \"{word}\" }});");
        desk.write("acme/src/target/cases/words.js", words);
        let json = ["build", "acme", "--json"];
        let built = desk.plugin(&json).await.expect(0).json();
        assert_eq!(built["file"], "acme/target/acme-mapping.wasm");
        components.insert(built["digest"].to_string());
    }
    assert_eq!(components.len(), 2, "it was built again");
}

#[tokio::test]
async fn python() {
    let mut desk = Desk::new();
    a_project(&desk, "python", "src/plugin.py").await;
    let acme = Acme::start(Db::Sqlite).await;
    desk.set("ROLECALL_OPERATOR_KEY", acme.operator.key());
    let push = ["push", "acme", "--url", acme.operator.origin(), "--json"];
    let pushed = desk.plugin(&push).await.expect(0).json();
    assert_eq!(pushed["plugin"]["name"], "acme");

    // What is installed names the folder it lies in.
    std::fs::rename(desk.path("acme"), desk.path("moved")).expect("it moves");
    desk.write("moved/src/plugin.py", include_str!("languages/trouble.py"));
    trouble(
        &desk,
        "moved",
        &[
            ("thrown", "exception: TypeError: 'NoneType' object is not subscriptable; at deeper (plugin.py:19) < profile (plugin.py:27)"),
            ("clock", "exception: RuntimeError: a plugin has no clock: the same input must give the same decision; at profile (plugin.py:28)"),
            ("year", "exception: RuntimeError: a plugin has no clock: the same input must give the same decision; at profile (plugin.py:29)"),
            ("random", "exception: RuntimeError: a plugin has no randomness: the same input must give the same decision; at profile (plugin.py:30)"),
            ("choice", "exception: RuntimeError: a plugin has no randomness: the same input must give the same decision; at profile (plugin.py:31)"),
            ("uuid", "exception: RuntimeError: a plugin has no randomness: the same input must give the same decision; at uuid4 (uuid.py:776) < profile (plugin.py:32)"),
            ("file", "exception: PermissionError: a plugin has no files: the same input must give the same decision; at profile (plugin.py:33)"),
            ("import", "exception: ImportError: decimal must be imported when the plugin is loaded: move it to the top of the file; at profile (plugin.py:34)"),
            ("exit", "exception: SystemExit: enough; at profile (plugin.py:35)"),
            ("odd", "odd: an exception"),
            ("object", "malformed_grants: grants[0].object is 7, not a str"),
            ("groups", "malformed_grants: grants[0].groups[0] is {'value': 'g1', 'display': 'Acme'}, not an id: a group's id is its `value`"),
            ("none", "malformed_grants: grants[0].groups is None, not a list of ids"),
            ("shape", "malformed_profile: profile returned 7, not a dict"),
        ],
        &json!({
            "dates": ["2024-02-29", true, true],
            "codec": "e9",
            "id": "0637e301-e05d-505b-8267-486f5677de9b",
            "seeded": 331,
            "half": "\u{fffd}",
        }),
        &[("warn", "1 warning"), ("error", "an error"), ("info", "done")],
    )
    .await;
    desk.write("moved/src/plugin.py", "def profile(:");
    let broken = desk.plugin(&["build", "moved"]).await.expect(2).err;
    assert!(
        broken.contains("SyntaxError") && broken.contains("plugin.py\", line 1"),
        "{broken}"
    );
    desk.write("moved/src/plugin.py", "async def profile(given): return {}");
    let waits = desk.plugin(&["build", "moved"]).await.expect(2).err;
    assert!(waits.contains("`profile` is async"), "{waits}");
    for (manifest, words) in [
        (
            "[project]\nname = \"acme\"\n",
            "no `version`, a text, in [project]",
        ),
        (
            "[project]\nname = \"acme\"\nversion = \"1\"\n",
            "no `module`, a text, in [tool.rolecall]",
        ),
    ] {
        desk.write("moved/pyproject.toml", manifest);
        let build = ["build", "moved", "--json"];
        let told = desk.plugin(&build).await.expect(2).json()["error"].to_string();
        assert!(told.contains(words), "{told}");
    }
}

/// A new project builds, imports nothing but the log, passes its own tests, and is built again only when it changes.
async fn a_project(desk: &Desk, language: &str, source: &str) {
    desk.plugin(&["new", "acme", "--lang", language])
        .await
        .expect(0);
    desk.write("acme/.venv/notes.txt", "mine");
    // As Emacs leaves it behind.
    let nowhere = std::os::unix::fs::symlink("nowhere", desk.path("acme/src/.#plugin"));
    nowhere.expect("a link");
    let inspected = desk
        .plugin(&["inspect", "acme", "--json"])
        .await
        .expect(0)
        .json();
    assert_eq!(desk.read("acme/.venv/notes.txt"), "mine");
    let compiled = "! find acme/src acme/vendor -name __pycache__ | grep .";
    desk.shell(compiled).await.expect(0);
    let plugin = &inspected["plugin"];
    assert_eq!(plugin["imports"], json!(IMPORTS));
    assert_eq!(
        (&plugin["name"], &plugin["version"]),
        (&json!("acme"), &json!("0.1.0"))
    );
    let component = || std::fs::read(desk.path("acme/target/acme.wasm")).expect("a component");
    let first = component();
    let tested = desk.plugin(&["test", "acme", "--json"]).await.expect(0);
    assert!(
        !tested.err.contains("was compiled"),
        "native code is kept: {}",
        tested.err
    );
    let tested = tested.json();
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

/// Whoever is named so causes that, and the plugin says so; what needs nothing forbidden works; it checks its settings,
/// and logs.
async fn trouble(
    desk: &Desk,
    project: &str,
    exceptions: &[(&str, &str)],
    lawful: &Value,
    logs: &[(&str, &str)],
) {
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
    case(
        "lawful",
        "hello",
        json!({"state": "active", "profile": lawful}),
    );
    let refusal = json!({"code": "unwelcome", "detail": "Nobody is nobody.", "path": "/userName"});
    case(
        "nobody",
        "hello",
        json!({"state": "refused", "problem": refusal}),
    );
    case("rude", "hell", json!({"state": "active"}));
    let test = ["test", project, "--cases", "cases", "--json"];
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
    assert_eq!(cases.len(), exceptions.len() + 4);

    let told = desk
        .plugin(&["run", project, "--case", "cases/ada.json", "--json"])
        .await
        .expect(0)
        .json();
    for (level, message) in [&[("info", "deciding about ada ü")], logs].concat() {
        let line = json!({"level": level, "message": message});
        assert!(
            told["logs"].as_array().expect("logs").contains(&line),
            "{line} is not in {told}"
        );
    }
    assert!(!told["logs"].to_string().contains("nor to what has no end"));
    let slots = told["slots"].as_array().expect("slots");
    let plugins: HashSet<_> = slots
        .iter()
        .map(|slot| slot["digest"].to_string())
        .collect();
    assert_eq!(plugins.len(), 1, "it fills all slots: {told}");
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
        let project = format!("{example}/{language}");
        assert_eq!(decisions(language, &project).await, rust, "{language}");
        super::examples::as_printed(&format!("reseller-mapping/{language}")).await;
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
        old.contains(
            "Node.js 18 or later is needed (this is v16.20.0); get it from https://nodejs.org"
        ),
        "{old}"
    );
    let old = desk.plugin(&["build", "py"]).await.expect(2).err;
    let words = "Python 3.11 or later is needed (this is 3.9); get it from https://www.python.org";
    assert!(old.contains(words), "{old}");
    assert!(!old.contains("apt-get"), "that has the same one: {old}");
}
