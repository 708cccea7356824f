//! The real `rolecall serve`, as a process of its own.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::{Connection, Database, Db, Operator, Scim, random_hex};

/// How long a start or an end may take on a slow machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How to start a server.
#[derive(Clone)]
pub(crate) struct Launch {
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    operator_key: Option<String>,
    survives_full_files: bool,
}

impl Launch {
    /// `serve` on a database, with an operator key that no other server knows.
    pub(crate) fn on(database_url: impl AsRef<str>) -> Self {
        let serve = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--database",
            database_url.as_ref(),
        ];
        let operator_key = Some(format!("test-operator-{}", random_hex(32)));
        Self {
            operator_key,
            ..Self::bare(&serve)
        }
    }

    /// `demo`, which brings its own database and operator key.
    pub(crate) fn demo(arguments: &[&str]) -> Self {
        Self::bare(&["demo"]).with(arguments)
    }

    /// Leaves it to the server to make its first operator key.
    pub(crate) fn without_operator_key(self) -> Self {
        Self {
            operator_key: None,
            ..self
        }
    }

    /// Adds arguments.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    /// Adds a variable of the environment.
    pub(crate) fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// A file that may not grow is an error to the process then, and not its end by SIGXFSZ.
    pub(crate) fn surviving_full_files(self) -> Self {
        Self {
            survives_full_files: true,
            ..self
        }
    }

    /// Starts the process and waits until it is ready.
    pub(crate) async fn start(self) -> Server {
        let mut server = Server::run(self);
        server.origin = server.ready().await;
        server
    }

    fn bare(arguments: &[&str]) -> Self {
        let arguments = arguments
            .iter()
            .map(|&argument| argument.to_owned())
            .collect();
        Self {
            arguments,
            variables: Vec::new(),
            operator_key: None,
            survives_full_files: false,
        }
    }
}

/// A server that answers. It ends with this value.
pub(crate) struct Server {
    launch: Launch,
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    log: NamedTempFile,
    origin: String,
}

impl Server {
    /// The process, whatever it prints first.
    pub(crate) fn run(launch: Launch) -> Self {
        let log = NamedTempFile::new().expect("a temporary file");
        let mut command = if launch.survives_full_files {
            let mut shell = Command::new("sh");
            shell
                .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
                .arg(rolecall());
            shell
        } else {
            Command::new(rolecall())
        };
        command
            .args(&launch.arguments)
            .envs(launch.variables.clone())
            .env_remove("ROLECALL_OPERATOR_KEY")
            // Every server of the tests compiles the stock plugin, several at a time on a busy machine.
            .env("ROLECALL_LOAD_WAIT", "60")
            .envs(
                launch
                    .operator_key
                    .as_ref()
                    .map(|key| ("ROLECALL_OPERATOR_KEY", key)),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.reopen().expect("the file of the log"))
            .kill_on_drop(true);
        let mut child = command.spawn().expect("rolecall starts");
        let stdout = child.stdout.take().expect("standard output is piped");
        let stdout = BufReader::new(stdout).lines();
        Self {
            launch,
            child,
            stdout,
            log,
            origin: String::new(),
        }
    }

    /// On a new database, which lives in the returned value.
    pub(crate) async fn start(db: Db) -> (Self, Database) {
        let database = Database::create(db);
        (Launch::on(database.url()).start().await, database)
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The management API, with the operator key of the start.
    pub(crate) fn operator(&self) -> Operator {
        let key = self
            .launch
            .operator_key
            .as_ref()
            .expect("the server was given an operator key");
        Operator::new(&self.origin, key)
    }

    /// A connection's SCIM API, with its first token.
    pub(crate) fn scim(&self, connection: &Connection) -> Scim {
        Scim::new(&self.origin, &connection.id, &connection.token)
    }

    /// What the server has written to standard error so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).expect("a log in UTF-8")
    }

    /// The next line of standard output, none at its end.
    pub(crate) async fn next_line(&mut self) -> Option<String> {
        let line = timeout(PATIENCE, self.stdout.next_line()).await;
        line.expect("a line or an end in time")
            .expect("text on standard output")
    }

    /// Ends the process as a crash would: nothing of it runs any more.
    pub(crate) async fn kill_9(&mut self) {
        self.child
            .kill()
            .await
            .expect("the process is there to kill");
    }

    /// Asks the process to end; `exit` tells how it did.
    pub(crate) fn terminate(&self) {
        signal("-TERM", &self.child);
    }

    /// The processes that compile for it: their ids.
    pub(crate) fn compilers(&self) -> Vec<u32> {
        let parent = format!("PPid:\t{}", self.process());
        let processes = std::fs::read_dir("/proc").expect("a list of processes");
        let ids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let read = |id: u32, file: &str| {
            std::fs::read_to_string(format!("/proc/{id}/{file}")).unwrap_or_default()
        };
        ids.filter(|&id| read(id, "status").lines().any(|line| line == parent))
            // Until then it is a copy of the server.
            .filter(|&id| read(id, "cmdline").contains("compile-component"))
            .collect()
    }

    /// The process's id.
    pub(crate) fn process(&self) -> u32 {
        self.child.id().expect("the process runs")
    }

    /// Processor time that the process has taken so far, in ticks of the kernel (a hundredth of a second).
    pub(crate) fn worked(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process()));
        let stat = stat.expect("the kernel counts");
        let fields = stat.rsplit_once(") ").expect("a name in brackets").1;
        // Fields 14 and 15 of all, in user mode and in the kernel; the name is the second.
        let ticks = fields.split(' ').skip(11).take(2);
        ticks.map(|it| it.parse::<u64>().expect("a number")).sum()
    }

    /// Bytes that the process has read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        let io = std::fs::read_to_string(format!("/proc/{}/io", self.process()));
        let io = io.expect("the kernel counts");
        let read = io.lines().find_map(|line| line.strip_prefix("rchar: "));
        let read = read.expect("what was read");
        read.parse().expect("a number of bytes")
    }

    /// Lets the files that the process writes grow to so many bytes only.
    pub(crate) fn limit_file_size(&self, bytes: Option<u64>) {
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let id = self.process().to_string();
        // The soft limit only: a hard one could not be raised again.
        let arguments = ["--pid", &id, &format!("--fsize={limit}:unlimited")];
        let set = std::process::Command::new("prlimit")
            .args(arguments)
            .status();
        assert!(
            set.is_ok_and(|status| status.success()),
            "prlimit sets a limit"
        );
    }

    /// Waits until the process has ended by itself.
    pub(crate) async fn exit(&mut self) -> ExitStatus {
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended
            .expect("the process ends in time")
            .expect("the process can be waited for")
    }

    /// Starts it again on the same database, at a new address.
    pub(crate) async fn restart(&mut self) {
        *self = self.launch.clone().start().await;
    }

    async fn ready(&mut self) -> String {
        let line = timeout(PATIENCE, self.stdout.next_line()).await;
        let Ok(Ok(Some(line))) = line else {
            panic!("the server did not get ready");
        };
        let ready: Value = serde_json::from_str(&line).expect("the ready line is JSON");
        assert_eq!(ready["ready"], true, "{line}");
        ready["url"]
            .as_str()
            .expect("the ready line has a url")
            .to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<_> = log.lines().rev().take(40).collect();
            eprintln!("the end of the server's log:");
            for line in tail.iter().rev() {
                eprintln!("  {line}");
            }
        }
    }
}

/// Sends a signal, such as `-TERM`, to a process that runs.
pub(crate) fn signal(name: &str, child: &Child) {
    signal_to(name, child.id().expect("the process runs"));
}

/// The same by its id.
pub(crate) fn signal_to(name: &str, process: u32) {
    let sent = std::process::Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    assert!(
        sent.is_ok_and(|status| status.success()),
        "{name} can be sent"
    );
}

/// Runs `rolecall` with these arguments to its end.
pub(crate) async fn run_rolecall(arguments: &[&str]) -> std::process::Output {
    let ended = start_rolecall(arguments).wait_with_output();
    timeout(PATIENCE, ended)
        .await
        .expect("it ends in time")
        .expect("it can be waited for")
}

/// Starts `rolecall` with these arguments; it ends with the value.
pub(crate) fn start_rolecall(arguments: &[&str]) -> Child {
    let mut command = Command::new(rolecall());
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command.spawn().expect("rolecall starts")
}

/// The binary that was built beside this one, or the one that `ROLECALL_BIN` names.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration but this one variable"
)]
pub(crate) fn rolecall() -> PathBuf {
    if let Ok(path) = std::env::var("ROLECALL_BIN") {
        return path.into();
    }
    // Tests lie in `deps`, below the binaries.
    let this = std::env::current_exe().expect("the path of this program");
    let name = format!("rolecall{}", std::env::consts::EXE_SUFFIX);
    let beside = this
        .ancestors()
        .skip(1)
        .take(2)
        .map(|directory| directory.join(&name));
    beside
        .into_iter()
        .find(|path| path.is_file())
        .unwrap_or_else(|| {
            panic!(
                "there is no {name} beside {}; build it: cargo build --workspace --bins",
                this.display()
            )
        })
}
