//! `octopoid sim-agent`: a program that behaves like an agent.

use crate::environment::Environment;
use crate::error::{CliError, Result};
use std::process::ExitCode;

pub(crate) fn run(arguments: &[String], environment: &Environment) -> Result<ExitCode> {
    let (mut stdin, mut stdout, mut stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    octopoid_roles::sim::run(arguments, &environment.variables, &mut stdin, &mut stdout, &mut stderr)
        .map(ExitCode::from)
        .map_err(|error| {
            CliError::failure(format!("cannot print: {error}")).hint("it is started by octopoid")
        })
}
