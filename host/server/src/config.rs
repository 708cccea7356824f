//! The whole configuration: flags, each of them an environment variable, too. `--help` is the manual.

pub(crate) mod plugin;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use axum::http::Uri;
use clap::{Args, Parser, Subcommand, ValueEnum};
use rolecall_app::workers::Retention;
use rolecall_app::{Bounds, Compiling, Job};
use rolecall_store::Store;

/// A SCIM 2.0 server for multi-tenant products: identity providers provision as usual, and what each
/// user becomes (profile, tenants, roles) is decided by sandboxed WebAssembly components.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// How the log on standard error is written.
    #[arg(
        long,
        env = "ROLECALL_LOG_FORMAT",
        value_enum,
        default_value_t,
        global = true
    )]
    pub(crate) log_format: LogFormat,

    /// What is logged: a level (error, warn, info, debug, trace), or `tracing` directives such as
    /// `info,rolecall_app=debug`.
    #[arg(long, env = "ROLECALL_LOG", default_value = "info", global = true)]
    pub(crate) log: String,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve SCIM at /scim/v2/{connection} and the management API at /v1.
    ///
    /// Brings the database's schema up to date first. When ready, prints one line to standard output:
    /// {"ready":true,"url":"http://127.0.0.1:PORT"}. SIGTERM and SIGINT let requests in flight finish.
    Serve(Serve),
    /// Bring a database's schema up to date, and stop.
    Migrate(Database),
    /// Run the main job on a temporary database: a sample product, two customers, two identity
    /// providers. Then keep serving.
    Demo(Demo),
    /// The log of a database.
    #[command(subcommand)]
    Events(Events),
    /// The decisions of a database.
    #[command(subcommand)]
    Receipts(Receipts),
    /// Check a SCIM server, this or any other, against RFC 7643, RFC 7644 and RFC 9865, clause by clause.
    ///
    /// Creates users and groups with names of its own, touches no others, and deletes them again, also after
    /// SIGINT. What the server's ServiceProviderConfig, ResourceTypes and Schemas don't offer is not asked for.
    ///
    /// Exit 0: every MUST holds. 1: a MUST is broken. 2: not all checks could be run, or something that was
    /// created could not be deleted.
    Conformance(Conformance),
    Plugin(plugin::Plugin),
    /// Print the OpenAPI 3.1 description of the management API.
    Openapi,
    /// Do a job from standard input to standard output, within limits: a server starts itself so.
    #[command(hide = true, name = rolecall_app::APART)]
    WorkApart(WorkApart),
}

#[derive(Debug, Args)]
pub(crate) struct Database {
    /// `sqlite:FILE`, `sqlite::memory:` or `postgres://USER:PASSWORD@HOST/NAME`.
    #[arg(
        long = "database",
        env = "ROLECALL_DATABASE",
        value_name = "URL",
        hide_env_values = true
    )]
    pub(crate) url: String,
}

impl Database {
    /// Opens it, its schema brought up to date.
    pub(crate) async fn open(&self) -> anyhow::Result<Store> {
        let opened = Store::open(&self.url).await;
        opened.with_context(|| format!("cannot open the database {}", self.named()))
    }

    /// Opens what is there, and leaves it as it is.
    pub(crate) async fn existing(&self) -> anyhow::Result<Store> {
        let opened = Store::existing(&self.url).await;
        opened.with_context(|| format!("cannot open the database {}", self.named()))
    }

    /// An SQLite file by its name; of a PostgreSQL URL, which may hold a password, nothing is repeated.
    fn named(&self) -> &str {
        if self.url.starts_with("sqlite:") {
            &self.url
        } else {
            "at the given URL"
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address to listen on, `HOST:PORT`; port 0 picks a free one.
    #[arg(
        long,
        env = "ROLECALL_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:8080"
    )]
    pub(crate) listen: String,

    #[command(flatten)]
    pub(crate) database: Database,

    /// How clients reach this server; by default the address it listens on.
    #[arg(long, env = "ROLECALL_PUBLIC_URL", value_name = "URL", value_parser = base_url)]
    pub(crate) public_url: Option<String>,

    /// A key for the management API, at least 16 characters. Without it the first start makes one and
    /// prints it once, to standard error.
    #[arg(
        long,
        env = "ROLECALL_OPERATOR_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    pub(crate) operator_key: Option<String>,

    /// SCIM requests that are kept of each connection; 0 keeps none.
    #[arg(
        long,
        env = "ROLECALL_REQUEST_LOG_ROWS",
        value_name = "NUMBER",
        default_value_t = Retention::default().rows
    )]
    pub(crate) request_log_rows: u32,

    /// How long SCIM requests are kept: 30d, 12h, 45m, 90s.
    #[arg(
        long,
        env = "ROLECALL_REQUEST_LOG_AGE",
        value_name = "AGE",
        default_value = "30d",
        value_parser = duration
    )]
    pub(crate) request_log_age: Duration,

    #[command(flatten)]
    pub(crate) compile: Compile,

    /// How long a SCIM request waits for a plugin that is not in memory yet. Then what it writes is stored, and decided
    /// once the plugin is there.
    #[arg(
        long,
        env = "ROLECALL_LOAD_WAIT",
        value_name = "SECONDS",
        value_parser = timeout,
        default_value = "2"
    )]
    pub(crate) load_wait: Duration,

    #[command(flatten)]
    pub(crate) patience: Patience,
}

/// How plugins become native code.
#[derive(Debug, Args)]
pub(crate) struct Compile {
    /// A folder to keep compiled plugins in, so that a restart compiles nothing; hosts may share it. Without it plugins
    /// are compiled when they are first needed. Each file is sealed with a key from the database: an altered one is
    /// compiled again, never run. Beyond 4 GiB those not used for longest go.
    #[arg(long, env = "ROLECALL_CACHE", value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,

    /// Most CPU time that compiling an uploaded plugin may take, in a process of its own; twice that when it is needed
    /// again.
    #[arg(
        long = "compile-time",
        env = "ROLECALL_COMPILE_TIME",
        value_name = "SECONDS",
        default_value_t = Compiling::default().cpu.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=3600)
    )]
    pub(crate) seconds: u64,

    /// Most memory that compiling an uploaded plugin may take, addresses that are reserved included; twice that when it is
    /// needed again.
    #[arg(
        long = "compile-memory",
        env = "ROLECALL_COMPILE_MEMORY",
        value_name = "MIB",
        default_value_t = Compiling::default().memory as u64 >> 20,
        value_parser = clap::value_parser!(u64).range(32..=65_536)
    )]
    pub(crate) mebibytes: u64,
}

impl From<Compile> for Compiling {
    fn from(options: Compile) -> Self {
        Self {
            cache: options.cache,
            cpu: Duration::from_secs(options.seconds),
            memory: (options.mebibytes << 20) as usize,
            ..Self::default()
        }
    }
}

/// What a server tells the process that works for it.
#[derive(Debug, Args)]
pub(crate) struct WorkApart {
    pub(crate) job: Job,
    /// CPU time.
    pub(crate) seconds: u64,
    /// Memory.
    pub(crate) bytes: usize,
    /// How much everything else goes first.
    pub(crate) niceness: u8,
}

impl WorkApart {
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            cpu: Duration::from_secs(self.seconds),
            memory: self.bytes,
            niceness: self.niceness,
        }
    }
}

/// What slow clients, and many, can take of a server.
#[derive(Debug, Args)]
pub(crate) struct Patience {
    /// Most connections at a time; further ones wait until one is closed.
    #[arg(
        long,
        env = "ROLECALL_MAX_CONNECTIONS",
        value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(1..),
        default_value = "800"
    )]
    pub(crate) max_connections: u32,

    /// How long a client may take to send the head of a request. An idle connection is closed after
    /// that time, too.
    #[arg(
        long,
        env = "ROLECALL_HEAD_TIMEOUT",
        value_name = "SECONDS",
        value_parser = timeout,
        default_value = "60"
    )]
    pub(crate) head_timeout: Duration,

    /// How long a client may take to send the body of a request; then it gets a 408.
    #[arg(
        long,
        env = "ROLECALL_BODY_TIMEOUT",
        value_name = "SECONDS",
        value_parser = timeout,
        default_value = "60"
    )]
    pub(crate) body_timeout: Duration,

    /// How long a client may read nothing of an answer that is on its way; then its connection is closed.
    #[arg(
        long,
        env = "ROLECALL_ANSWER_TIMEOUT",
        value_name = "SECONDS",
        value_parser = timeout,
        default_value = "60"
    )]
    pub(crate) answer_timeout: Duration,
}

/// Empty as if it weren't given: templates of containers set every variable.
fn base_url(text: &str) -> Result<String, String> {
    let uri = text.parse::<Uri>().ok();
    let is_base = uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none()
    });
    if is_base || text.is_empty() {
        return Ok(text.to_owned());
    }
    Err("a URL with http or https, such as https://scim.example.com".to_owned())
}

/// A day, beyond which nobody waits.
const LONGEST: Duration = Duration::from_hours(24);

fn timeout(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    if duration.is_zero() || duration > LONGEST {
        return Err("a time above 0 and up to a day, such as 60 (seconds) or 0.5".to_owned());
    }
    Ok(duration)
}

/// A number with `d`, `h`, `m` or `s` behind it; without one of them, of seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let number = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let unit = match &text[number.len()..] {
        "d" => Some(24.0 * 60.0 * 60.0),
        "h" => Some(60.0 * 60.0),
        "m" => Some(60.0),
        "s" | "" => Some(1.0),
        _ => None,
    };
    let seconds = unit.and_then(|unit| Some(number.parse::<f64>().ok()? * unit));
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| "a time is a number with d, h, m or s behind it, such as 30d".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Address to listen on, `HOST:PORT`; port 0 picks a free one.
    #[arg(
        long,
        env = "ROLECALL_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:0"
    )]
    pub(crate) listen: String,

    #[command(flatten)]
    pub(crate) patience: Patience,

    /// Print one line of JSON: {"url","operator_key","connections":[{"id","tenant","kind","scim_url","token"}]}.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Conformance {
    /// The SCIM base URL, such as https://scim.example.com/scim/v2/CONNECTION.
    #[arg(long, value_name = "URL", required_unless_present = "list")]
    pub(crate) url: Option<String>,

    /// The bearer token; by environment or file it stays out of the list of processes.
    #[arg(
        long,
        env = "ROLECALL_SCIM_TOKEN",
        hide_env_values = true,
        required_unless_present_any = ["token_file", "list"]
    )]
    pub(crate) token: Option<String>,

    /// A file with the bearer token; goes before the environment.
    #[arg(long, value_name = "PATH")]
    pub(crate) token_file: Option<PathBuf>,

    /// Print one JSON document: {"url","passed","failed":{"must","should"},"not_applicable","interrupted",
    /// "left_behind":[PATH],"checks":[{"name","section","level","says","verdict","why","exchanges"}]}.
    #[arg(long)]
    pub(crate) json: bool,

    /// Only the checks whose name contains this, such as rfc7644_3_5_2.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) only: Option<String>,

    /// Print the names of the checks and what the RFCs say, and check nothing.
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Recompute the hash chain of every environment's log; exit 1 where one breaks. Changes nothing.
    ///
    /// hash = hex(sha256(previous hash + "\n" + seq + "\n" + at in milliseconds + "\n" + type + "\n" +
    /// connection + "\n" + tenant + "\n" + subject + "\n" + data)), absent fields empty, data as
    /// compact JSON, the previous hash of the first event empty.
    Verify(Database),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Receipts {
    /// Make every recorded decision again, and compare it byte for byte; exit 1 where one differs. Changes nothing.
    ///
    /// Runs the recorded plugins with their settings on the stored users and groups. Input, output, log and fuel of each
    /// slot must be as recorded, and the access in force what the guard lets through of them. Users that wait to be decided
    /// again are counted, not compared. Exit 2: some plugins can't be compiled within the limits, the rest is as recorded.
    Verify(VerifyReceipts),
}

#[derive(Debug, Args)]
pub(crate) struct VerifyReceipts {
    #[command(flatten)]
    pub(crate) database: Database,

    /// Only the decision about this user, by its id.
    #[arg(long, value_name = "ID")]
    pub(crate) user: Option<String>,

    #[command(flatten)]
    pub(crate) compile: Compile,
}
