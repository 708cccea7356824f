//! `rolecall plugin`: what an integrator does with a plugin before a server gets to see it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const EXIT_CODES: &str = "Exit codes: 0 as wished; 1 the verdict is no (a plugin that a server refuses, or that fails; a case \
                          that comes out otherwise); 2 nothing was judged (wrong usage; a missing tool, file or server; a project that does not \
                          compile). With --json, the reason of a 2 is printed as {\"error\": …}, unless it is the usage.";

const PLUGIN: &str =
    "A component's file, a project's folder (it is built first), or `rules`, the stock plugin";

/// Write, try and ship a plugin: the same engine, limits and contract as the server's, without a server.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Plugin {
    #[command(subcommand)]
    pub(crate) command: PluginCommand,

    /// Print JSON for programs instead of text for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Make a project that builds and passes its own tests.
    #[command(after_help = EXIT_CODES)]
    New(New),
    /// Build a project into a component, `target/NAME.wasm` in its folder; print digest and size.
    #[command(after_help = EXIT_CODES)]
    Build(Build),
    /// Say what a component is, and whether a server takes it.
    #[command(after_help = EXIT_CODES)]
    Inspect(Inspect),
    /// Decide about one user; print the decision, the logs, and what was used of each limit.
    #[command(after_help = EXIT_CODES)]
    Run(Run),
    /// Decide about the cases beside a plugin, and compare with what they expect.
    ///
    /// A case is a JSON file: `user` (a SCIM User), `groups` (names), `settings`, `home` (the connection's
    /// tenant), `tenants`, `catalogue`, `grantable`, and `expect` (any of `state`, `profile`, `placements`, `grants`,
    /// `refused`, `problem`). What `defaults.json` beside it says holds for every case that doesn't say otherwise.
    #[command(after_help = EXIT_CODES)]
    Test(Test),
    /// Measure decisions, one after the other, each in fresh instances.
    #[command(after_help = EXIT_CODES)]
    Bench(Bench),
    /// Make a pair of keys to sign plugins with (Ed25519): FILE, which only its owner can read, and FILE.pub for servers.
    #[command(after_help = EXIT_CODES)]
    Keygen(Keygen),
    /// Sign a plugin; print the signature, a line that a server takes with the plugin or after it.
    #[command(after_help = EXIT_CODES)]
    Sign(Sign),
    /// Say whether a signature is of a plugin, and by the holder of a key.
    #[command(after_help = EXIT_CODES)]
    Verify(Verify),
    /// Upload a plugin to a server; on demand, make a mapping of it and activate that.
    #[command(after_help = EXIT_CODES)]
    Push(Push),
    /// Fetch a user's decision as a case, which `run` and `test` make again with the same result.
    #[command(after_help = EXIT_CODES)]
    Case(Case),
    /// Show what plugins logged when they decided about a connection's users, and where they failed.
    #[command(after_help = EXIT_CODES)]
    Logs(Logs),
    /// Have a connection try again what failed: close its circuit breakers, and go back to the mapping that the server left
    /// by itself, or decide everybody again whose decision is pending.
    #[command(after_help = EXIT_CODES)]
    Retry(Retry),
}

#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// Id of the connection.
    #[arg(long, value_name = "ID")]
    pub(crate) connection: String,

    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// Name of the plugin: lower-case letters, digits and dashes.
    pub(crate) name: String,

    /// The language it is written in.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Lang,

    /// Where to; by default a new folder of that name.
    #[arg(long, value_name = "DIR")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Lang {
    #[default]
    Rust,
    /// JavaScript, on QuickJS.
    Js,
    /// Python, on CPython.
    Python,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The project's folder.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) project: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    #[arg(help = PLUGIN, default_value = ".")]
    pub(crate) plugin: String,
}

#[derive(Debug, Args)]
pub(crate) struct Plugins {
    /// Components' files, projects' folders (they are built first), or `rules`, the stock plugin. A slot is filled by
    /// the first that can, and by `rules` if none can.
    #[arg(value_name = "PLUGIN", default_value = ".")]
    pub(crate) plugins: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) plugins: Plugins,

    /// A case. What is said besides goes before it.
    #[arg(long, value_name = "FILE")]
    pub(crate) case: Option<PathBuf>,

    /// A SCIM User as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) user: Option<PathBuf>,

    /// Name of a group the user is in; may be repeated.
    #[arg(long = "group", value_name = "NAME")]
    pub(crate) groups: Vec<String>,

    /// The plugin's settings as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,

    /// Key of the connection's tenant.
    #[arg(long, value_name = "KEY")]
    pub(crate) home: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    #[command(flatten)]
    pub(crate) plugins: Plugins,

    /// The folder of the cases; by default `cases` beside the plugin, for `rules` in the current folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) cases: Option<PathBuf>,

    /// Write what comes out into the cases as what is expected.
    #[arg(long)]
    pub(crate) update: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Bench {
    #[command(flatten)]
    pub(crate) plugins: Plugins,

    /// Whom to decide about.
    #[arg(long, value_name = "FILE")]
    pub(crate) case: PathBuf,

    /// How long.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) seconds: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Keygen {
    /// Where the private key goes. A file that is there already stays as it is.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    #[arg(help = PLUGIN, default_value = ".")]
    pub(crate) plugin: String,

    /// The private key: a file of `keygen`, or any Ed25519 key in PKCS#8 as PEM.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,

    /// Write the signature to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[arg(help = PLUGIN, default_value = ".")]
    pub(crate) plugin: String,

    /// A file with signatures, one a line; one by the key is enough.
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: PathBuf,

    /// The public key: `FILE.pub` of `keygen`, or any Ed25519 key as PEM.
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: PathBuf,
}

/// Which server, and who is asking. The operator key is taken from the environment or a file, never from the command
/// line, where others could read it.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// The server, such as `http://127.0.0.1:8080`.
    #[arg(long, env = "ROLECALL_URL", value_name = "URL")]
    pub(crate) url: String,

    /// A file with the operator key; by default it is taken from the environment variable `ROLECALL_OPERATOR_KEY`.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Push {
    #[arg(help = PLUGIN, default_value = ".")]
    pub(crate) plugin: String,

    #[command(flatten)]
    pub(crate) server: Server,

    /// A file with signatures of the plugin, one a line, to send along; may be repeated.
    #[arg(long = "signature", value_name = "FILE")]
    pub(crate) signatures: Vec<PathBuf>,

    /// Sign the plugin with this private key, as `sign` does, and send the signature along. The key stays here.
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_key: Option<PathBuf>,

    /// Make a mapping of this connection, with the plugin in every slot it fills.
    #[arg(long, value_name = "ID")]
    pub(crate) connection: Option<String>,

    /// The plugin's settings in that mapping, as JSON.
    #[arg(long, value_name = "FILE", requires = "connection")]
    pub(crate) settings: Option<PathBuf>,

    /// Activate that mapping: everybody is decided by it.
    #[arg(long, requires = "connection")]
    pub(crate) activate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Case {
    /// Id of the user.
    pub(crate) user: String,

    #[command(flatten)]
    pub(crate) server: Server,

    /// Write the case to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// Id of the connection.
    pub(crate) connection: String,

    #[command(flatten)]
    pub(crate) server: Server,

    /// Go on printing lines as they come; with `--json`, one object a line.
    #[arg(long, short)]
    pub(crate) follow: bool,

    /// Lines of this level and of more urgent ones.
    #[arg(long, value_enum)]
    pub(crate) level: Option<Level>,

    /// Lines of this slot.
    #[arg(long, value_enum)]
    pub(crate) slot: Option<SlotName>,

    /// Lines about the user with this id.
    #[arg(long, value_name = "ID")]
    pub(crate) user: Option<String>,

    /// The newest so many lines.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=200))]
    pub(crate) limit: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
    Panic,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SlotName {
    Attributes,
    Tenants,
    Roles,
}
