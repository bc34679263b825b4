//! The command `octopoid`: it reads the command line, the files and the environment, calls the libraries, and prints.

mod args;
mod artifacts;
mod assembly;
mod caller;
mod checks;
mod commands;
mod config;
mod context;
mod demo;
mod environment;
mod error;
mod git;
mod hints;
mod import;
mod installation;
mod jobs;
mod live;
mod logging;
mod notices;
mod output;
mod overview;
#[cfg(test)]
mod reference;
mod replace;
mod rounds;
mod task_files;
mod task_logs;
mod terminal;
mod tui;
mod watch;
mod web_dashboard;

use caller::Caller;
use clap::Parser;
use context::Context;
use environment::Environment;
use error::{CliError, IoContext, Kind};
use output::Output;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            return refuse(&error);
        }
    };
    let output =
        Output { json: cli.json, quiet: cli.quiet, verbose: cli.verbose || cli.command.is_verbose() };
    match run(cli, output) {
        Ok(code) => code,
        Err(error) => {
            output.error(&error);
            error.exit_code()
        }
    }
}

/// Prints help, the version, or what is wrong with the command line, which programs get as JSON too.
fn refuse(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let (message, hint) = text.split_once("\n\n").unwrap_or((&text, ""));
        let message = message.trim().trim_start_matches("error: ");
        let error = CliError::usage(message).hint(output::text::one_line(hint, 300));
        Output { json: true, ..Output::default() }.error(&error);
        return error.exit_code();
    }
    // Nothing is left to say it to when the terminal is gone.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(Kind::Usage.code()) } else { ExitCode::SUCCESS }
}

fn run(cli: args::Cli, output: Output) -> error::Result<ExitCode> {
    let environment = Environment::read().doing("find out where this program runs")?;
    if let args::Command::SimAgent { arguments } = &cli.command {
        return commands::sim_agent::run(arguments, &environment);
    }
    if let args::Command::PluginHost = &cli.command {
        return Ok(octopoid_roles::plugin::host_process());
    }
    if let args::Command::AgentHost { spec } = &cli.command {
        return Ok(octopoid_roles::host::host_process(spec, &environment.variables));
    }
    let directory =
        cli.dir.map_or_else(|| environment.directory.clone(), |dir| environment.directory.join(dir));
    let caller = Caller::find(&environment, &directory, cli.command.database());
    let context = Context { environment, output, directory, caller };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        CliError::unavailable(format!("cannot start: {error}")).hint("close other programs")
    })?;
    runtime.block_on(commands::run(cli.command, context)).map(|()| ExitCode::SUCCESS)
}
