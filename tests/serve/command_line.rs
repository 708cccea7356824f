//! The command line: `--help` is the manual, and what is wrong is said in plain words.

use std::process::Stdio;

use crate::support::server::{rolecall, run_rolecall};

#[tokio::test]
async fn help_is_the_manual() {
    let output = run_rolecall(&["--help"]).await;
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{help}");
    for command in ["serve", "migrate", "demo", "events"] {
        assert!(help.contains(command), "{command} is not in:\n{help}");
    }

    let output = run_rolecall(&["serve", "--help"]).await;
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    for flag in ["--listen", "--database", "--public-url"] {
        let variable = format!("ROLECALL_{}", flag[2..].to_uppercase().replace('-', "_"));
        assert!(
            help.contains(flag) && help.contains(&variable),
            "{flag}, {variable}:\n{help}"
        );
    }
    assert!(help.contains("ROLECALL_OPERATOR_KEY"), "{help}");
}

#[tokio::test]
async fn mistakes_are_named() {
    let mistakes: [(&[&str], &str); 10] = [
        (&["serve", "--public-url", "nonsense"], "--public-url"),
        (&["serve", "--head-timeout", "1e19"], "--head-timeout"),
        (
            &["serve", "--max-connections", "18446744073709551615"],
            "--max-connections",
        ),
        (
            &[
                "serve",
                "--listen",
                "nonsense",
                "--database",
                "sqlite::memory:",
            ],
            "--listen",
        ),
        (
            &[
                "serve",
                "--listen",
                "nobody.invalid:8080",
                "--database",
                "sqlite::memory:",
            ],
            "nobody.invalid",
        ),
        (
            &[
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--database",
                "mysql://localhost/x",
            ],
            "mysql",
        ),
        (&["serve", "--no-such-flag"], "--no-such-flag"),
        (&["no-such-command"], "no-such-command"),
        (
            &[
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--database",
                "sqlite:/no/such/directory/x.db",
            ],
            "/no/such",
        ),
        (
            &[
                "events",
                "verify",
                "--database",
                "sqlite:/no/such/directory/x.db",
            ],
            "/no/such",
        ),
    ];
    for (arguments, named) in mistakes {
        let output = run_rolecall(arguments).await;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?} is not ready");
        assert!(
            words.contains(named),
            "{arguments:?} does not name {named}:\n{words}"
        );
        assert!(!words.contains("panicked"), "{words}");
    }
}

#[tokio::test]
async fn verifying_makes_no_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rolecal.db");
    let url = format!("sqlite:{}", file.display());

    let output = run_rolecall(&["events", "verify", "--database", &url]).await;
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "there is nothing to verify");
    assert!(words.contains("rolecal.db"), "{words}");
    assert!(!file.exists(), "a mistyped name makes no file");
}

#[tokio::test]
async fn verifying_migrates_no_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("other.db");
    std::fs::write(&file, []).expect("an empty database");
    let url = format!("sqlite:{}", file.display());

    let output = run_rolecall(&["events", "verify", "--database", &url]).await;
    assert!(!output.status.success(), "it has no log");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("rolecall migrate"), "{words}");

    let output = run_rolecall(&["migrate", "--database", &url]).await;
    assert!(output.status.success(), "{output:?}");
    let output = run_rolecall(&["events", "verify", "--database", &url]).await;
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test]
async fn a_reader_may_stop_early() {
    let mut openapi = tokio::process::Command::new(rolecall())
        .arg("openapi")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rolecall starts");
    drop(openapi.stdout.take());
    let output = openapi.wait_with_output().await.expect("it ends");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
}
