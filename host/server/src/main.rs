//! The binary `rolecall`: HTTP in front of the use cases, and the commands around them.

mod client;
mod commands;
mod config;
mod http;
mod output;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;
use config::{Cli, Command};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::WorkApart(work) = cli.command {
        return rolecall_app::work_apart(work.job, work.bounds());
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let is_server = matches!(cli.command, Command::Serve(_) | Command::Demo(_));
    let telemetry = {
        let _within = runtime.enter();
        telemetry::start(cli.log_format, &cli.log, is_server)
    };
    let telemetry = match telemetry {
        Ok(telemetry) => telemetry,
        Err(error) => return failed(&error),
    };
    let result = runtime.block_on(async {
        match cli.command {
            Command::Serve(options) => commands::serve::run(options, &telemetry).await,
            Command::Migrate(options) => commands::migrate::run(options).await,
            Command::Demo(options) => commands::demo::run(options, &telemetry).await,
            Command::Conformance(options) => return Ok(commands::conformance::run(options).await),
            Command::Events(options) => commands::events::run(options).await,
            Command::Receipts(options) => return commands::receipts::run(options).await,
            Command::Plugin(options) => return commands::plugin::run(options).await,
            Command::Openapi => commands::openapi::run(),
            Command::WorkApart(_) => unreachable!("it has no use for a runtime"),
        }
        .map(|()| ExitCode::SUCCESS)
    });
    telemetry.flush();
    // A long poll or a compilation must not keep a stopped server.
    runtime.shutdown_background();
    match result {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("rolecall: {error:#}");
    ExitCode::FAILURE
}
