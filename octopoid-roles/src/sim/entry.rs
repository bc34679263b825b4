//! The program's way through.

use super::act::{Actor, Stop};
use super::args::Args;
use super::plain::Plain;
use super::scene::Scene;
use super::script::{Moment, directives};
use super::stream::Stream;
use super::voice::{Finish, Report, Voice};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// The exit status for being called in a wrong way.
const USAGE: u8 = 64;
/// The exit status for trouble of its own.
const BROKEN: u8 = 70;

/// Runs the agent to its end and gives its exit status. `arguments` are those after the program's name.
///
/// # Errors
/// When it cannot print any more.
pub fn run(
    arguments: &[String],
    environment: &BTreeMap<String, String>,
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
    // It is not needed, but agents do read it.
    io::copy(stdin, &mut io::sink())?;
    let scene = match Scene::read(environment) {
        Ok(scene) => scene,
        Err(error) => {
            writeln!(stderr, "this program is started by octopoid: {error}")?;
            return Ok(USAGE);
        }
    };
    if args.stream_json {
        match Stream::open(args, environment, stdout, stderr)? {
            Ok(mut voice) => play(&scene, &mut voice),
            Err(code) => Ok(code),
        }
    } else {
        let Some(result) = environment.get("OCTOPOID_RESULT") else {
            writeln!(stderr, "OCTOPOID_RESULT is not set")?;
            return Ok(USAGE);
        };
        let session = environment.get("OCTOPOID_SESSION").cloned();
        let session = session.unwrap_or_else(|| format!("sim-{}", scene.task.id));
        play(&scene, &mut Plain { stdout, stderr, result: PathBuf::from(result), session })
    }
}

fn play(scene: &Scene, voice: &mut dyn Voice) -> io::Result<u8> {
    voice.begin()?;
    let moment =
        Moment { role: &scene.role, round: scene.round(), run: scene.run, conflict: scene.conflict() };
    let script = match directives(&scene.task.description, moment) {
        Ok(script) => script,
        Err(text) => {
            return voice
                .finish(&Default::default(), Finish::Exit { code: USAGE, text, report: Report::Nothing });
        }
    };
    let mut actor = Actor::new(scene, voice);
    let outcome = actor.perform(&script);
    let usage = actor.usage;
    let finish = match outcome {
        Ok(report) => Finish::Done(report),
        Err(Stop::Finish(finish)) => finish,
        Err(Stop::Broken(text)) => Finish::Exit { code: BROKEN, text, report: Report::Nothing },
    };
    voice.finish(&usage, finish)
}
