//! PostgreSQL for the tests: one cluster for the whole process, a database for each test.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::random_hex;

/// A cluster that ends with the process: `cluster.sh` holds it and waits for our end of a pipe.
pub(crate) struct Cluster {
    home: String,
    pipe: Mutex<Pipe>,
}

struct Pipe {
    commands: ChildStdin,
    replies: BufReader<ChildStdout>,
    /// Kept so that nobody else may take the supervisor's process id.
    _supervisor: Child,
}

impl Cluster {
    /// The cluster that tests share.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A cluster for one test, which may stop it.
    pub(crate) fn start() -> Self {
        let mut supervisor = shell()
            .args(["-c", include_str!("cluster.sh")])
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let mut pipe = Pipe {
            commands: supervisor.stdin.take().expect("standard input is piped"),
            replies: BufReader::new(supervisor.stdout.take().expect("standard output is piped")),
            _supervisor: supervisor,
        };
        let home = pipe.reply("start a PostgreSQL cluster");
        Self {
            home,
            pipe: Mutex::new(pipe),
        }
    }

    /// A new, empty database: its name.
    pub(crate) fn create(&self) -> String {
        let name = format!("test_{}", random_hex(8));
        self.command(&format!("create {name}"));
        name
    }

    /// The URL of a database, over the cluster's Unix socket.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("postgres://postgres@localhost/{name}?host={}", self.home)
    }

    /// A file with all that is stored in a database, as SQL.
    pub(crate) fn dump(&self, name: &str) -> PathBuf {
        self.command(&format!("dump {name}")).into()
    }

    /// Runs one statement behind the server's back.
    pub(crate) fn sql(&self, name: &str, statement: &str) {
        self.command(&format!("sql {name} {statement}"));
    }

    /// What a query of one value finds.
    pub(crate) fn value(&self, name: &str, query: &str) -> String {
        self.command(&format!("value {name} {query}"))
    }

    /// Rows that were read in a database, from tables and from indexes.
    pub(crate) fn rows_read(&self, name: &str) -> u64 {
        let rows = self.value(
            name,
            "SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables) \
             + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)",
        );
        rows.parse().expect("a number of rows")
    }

    /// Connections that servers have to a database.
    pub(crate) fn hosts(&self, name: &str) -> usize {
        let hosts = self.value(
            name,
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'rolecall'",
        );
        hosts.parse().expect("a number of connections")
    }

    /// How many circles of waiting transactions the server had to break in a database.
    pub(crate) fn deadlocks(&self, name: &str) -> String {
        self.command(&format!("deadlocks {name}"))
    }

    /// Stops the server process; databases stay.
    pub(crate) fn stop_server(&self) {
        self.command("stop");
    }

    /// Starts it again.
    pub(crate) fn start_server(&self) {
        self.command("start");
    }

    fn command(&self, command: &str) -> String {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(pipe.commands, "{command}").expect("the cluster's supervisor listens");
        pipe.reply(command)
    }
}

impl Pipe {
    fn reply(&mut self, to: &str) -> String {
        let mut line = String::new();
        self.replies
            .read_line(&mut line)
            .expect("the cluster's supervisor answers");
        let reply = line.trim().to_owned();
        assert!(!reply.is_empty(), "could not {to}: see standard error");
        reply
    }
}

/// PostgreSQL refuses to run as root, so there it runs as the user that its package made.
fn shell() -> Command {
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout == b"0\n");
    if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    }
}
