//! `rolecall plugin`, run as an integrator runs it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

use super::server::rolecall;

/// The first build of a project compiles what the SDK needs.
const PATIENCE: Duration = Duration::from_mins(15);

/// A folder to work in.
pub(crate) struct Desk {
    folder: TempDir,
    environment: Vec<(&'static str, OsString)>,
}

/// How a command ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    /// Projects' builds share one folder beside the binary, so that their dependencies are compiled once.
    pub(crate) fn new() -> Self {
        let mut desk = Self {
            folder: tempfile::tempdir().expect("a folder"),
            environment: Vec::new(),
        };
        desk.set(
            "CARGO_TARGET_DIR",
            rolecall().with_file_name("plugin-projects"),
        );
        desk
    }

    /// An environment variable for what runs here.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.environment.push((name, value.into()));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        let folder = path.parent().expect("a file lies in a folder");
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(path, content).expect("a file");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).expect("JSON")
    }

    /// `rolecall plugin …`
    pub(crate) async fn plugin(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(rolecall());
        command.arg("plugin").args(arguments);
        self.run(command).await
    }

    /// Lines of shell, in which `rolecall` is the binary under test. The first one that fails ends them.
    pub(crate) async fn shell(&self, lines: &str) -> Ran {
        let mut command = Command::new("sh");
        command.args(["-e", "-c", lines]);
        self.run(command).await
    }

    async fn run(&self, mut command: Command) -> Ran {
        let binary = rolecall();
        let mut path = binary
            .parent()
            .unwrap_or(Path::new("/"))
            .as_os_str()
            .to_owned();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        command
            .current_dir(self.folder.path())
            .env_remove("ROLECALL_OPERATOR_KEY")
            .env_remove("ROLECALL_URL")
            .env("PATH", path)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = timeout(PATIENCE, command.output());
        let output = output.await.expect("it ends in time").expect("it starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl Ran {
    /// Fails the test unless it ended with this code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// What it printed with `--json`.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}
