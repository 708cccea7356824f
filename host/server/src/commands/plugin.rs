//! `rolecall plugin`: one file per command. Each says what it found; this module prints it and ends the process
//! with the code that `--help` promises.

mod bench;
mod build;
mod case;
mod cases;
mod inspect;
mod json;
mod keygen;
mod logs;
mod new;
mod push;
mod remote;
mod report;
mod retry;
mod run;
mod sign;
mod source;
mod test;
mod verify;

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};

use crate::config::plugin::{Plugin, PluginCommand};
use crate::output::say;
use source::Refused;

/// Nothing was judged.
const UNABLE: u8 = 2;

/// A plugin that no command can do anything with.
fn refused(error: anyhow::Error) -> Result<Said> {
    let refused: Refused = error.downcast()?;
    Ok(Said::no(format!("{refused}\n"), &refused.refusal))
}

/// Texts of strangers' plugins must not command the terminal.
fn tame(text: &str) -> String {
    let wild = |c: char| c.is_control() && c != '\n' && c != '\t';
    text.replace(wild, "\u{fffd}")
}

/// What a command has to say.
pub(crate) struct Said {
    /// Whether it is good news: exit code 0, else 1.
    good: bool,
    /// For people.
    text: String,
    /// For programs.
    json: Value,
}

impl Said {
    /// A verdict against it, in words and as problem+json has it.
    fn no(text: String, problem: &impl Serialize) -> Self {
        Self {
            good: false,
            text,
            json: json!({ "problem": problem }),
        }
    }
}

pub(crate) async fn run(options: Plugin) -> Result<ExitCode> {
    let said = match options.command {
        PluginCommand::New(new) => new::run(&new),
        PluginCommand::Build(build) => build::run(&build),
        PluginCommand::Inspect(inspect) => inspect::run(&inspect),
        PluginCommand::Run(run) => run::run(&run),
        PluginCommand::Test(test) => test::run(&test),
        PluginCommand::Bench(bench) => bench::run(&bench),
        PluginCommand::Keygen(keygen) => keygen::run(&keygen),
        PluginCommand::Sign(sign) => sign::run(&sign),
        PluginCommand::Verify(verify) => verify::run(&verify),
        PluginCommand::Push(push) => push::run(&push).await,
        PluginCommand::Case(case) => case::run(&case).await,
        PluginCommand::Logs(logs) => logs::run(&logs, options.json).await,
        PluginCommand::Retry(retry) => retry::run(&retry).await,
    };
    let said = match said.or_else(refused) {
        Ok(said) => said,
        Err(error) => {
            eprintln!("rolecall: {error:#}");
            if options.json {
                say(&format!("{}\n", json!({ "error": format!("{error:#}") })))?;
            }
            return Ok(ExitCode::from(UNABLE));
        }
    };
    let text = if options.json {
        format!("{}\n", said.json)
    } else {
        tame(&said.text)
    };
    say(&text)?;
    Ok(if said.good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
