//! The program, from its arguments to its exit status.

use super::act::{Actor, Stop};
use super::args::Args;
use super::dialect::{Dialect, Finish, Report};
use super::environment::Environment;
use super::plain::Plain;
use super::script::{Moment, directives};
use super::stream::Stream;
use super::two_way::{Peer, Protocol};
use super::{acp, codex};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// The exit status for a wrong call.
const USAGE: u8 = 64;
/// The exit status for a failure of its own.
const BROKEN: u8 = 70;

/// Runs the agent to its end, and returns its exit status. `arguments` are those after the program's name.
///
/// # Errors
/// When it cannot print.
pub fn run(
    arguments: &[String],
    variables: &BTreeMap<String, String>,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> io::Result<u8> {
    let args = match Args::parse(arguments) {
        Ok(args) => args,
        Err(error) => {
            writeln!(stderr, "{error}")?;
            return Ok(1);
        }
    };
    let two_way = args.acp || args.app_server;
    if !two_way {
        // It is not needed, but agents do read it.
        io::copy(stdin, &mut io::sink())?;
    }
    let environment = match Environment::read(variables) {
        Ok(environment) => environment,
        Err(error) => {
            writeln!(stderr, "this program is started by octopoid: {error}")?;
            return Ok(USAGE);
        }
    };
    if two_way {
        let protocol: Box<dyn Protocol> = match args.acp {
            true => Box::new(acp::Acp::new(variables)),
            false => Box::new(codex::Codex::new(variables)),
        };
        let mut dialect = Peer::listen(protocol, variables.get("OCTOPOID_RESULT"), stderr)?;
        play(&environment, &mut dialect)
    } else if args.stream_json {
        match Stream::open(args, variables, stdout, stderr)? {
            Ok(mut dialect) => play(&environment, &mut dialect),
            Err(code) => Ok(code),
        }
    } else {
        let Some(result) = variables.get("OCTOPOID_RESULT") else {
            writeln!(stderr, "OCTOPOID_RESULT is not set")?;
            return Ok(USAGE);
        };
        let session = variables.get("OCTOPOID_SESSION").cloned();
        let session = session.unwrap_or_else(|| format!("sim-{}", environment.task.id));
        play(&environment, &mut Plain { stdout, stderr, result: PathBuf::from(result), session })
    }
}

fn play(environment: &Environment, dialect: &mut dyn Dialect) -> io::Result<u8> {
    dialect.begin()?;
    let moment = Moment {
        role: &environment.role,
        round: environment.round(),
        run: environment.run,
        conflict: environment.conflict(),
    };
    let script = match directives(&environment.task.description, moment) {
        Ok(script) => script,
        Err(text) => {
            return dialect
                .finish(&Default::default(), Finish::Exit { code: USAGE, text, report: Report::Nothing });
        }
    };
    let mut actor = Actor::new(environment, dialect);
    let outcome = actor.perform(&script);
    let usage = actor.usage;
    let finish = match outcome {
        Ok(report) => Finish::Done(report),
        Err(Stop::Finish(finish)) => finish,
        Err(Stop::Broken(text)) => Finish::Exit { code: BROKEN, text, report: Report::Nothing },
    };
    dialect.finish(&usage, finish)
}
