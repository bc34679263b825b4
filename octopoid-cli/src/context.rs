//! What every command is given.

use crate::caller::Caller;
use crate::environment::Environment;
use crate::error::{CliError, Result};
use crate::git::Git;
use crate::installation::{FOLDER, Installation, folder_above, wrong};
use crate::output::Output;
use octopoid_core::transition::Actor;
use std::path::PathBuf;

/// The environment, the way to print, and the caller of a command.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) environment: Environment,
    pub(crate) output: Output,
    /// The folder from which the installation is looked for.
    pub(crate) directory: PathBuf,
    /// Who gives the command.
    pub(crate) caller: Caller,
}

impl Context {
    /// Reads the nearest installation upwards, with the checks of its files that need no repository.
    pub(crate) fn installation(&self) -> Result<Installation> {
        Installation::read(&self.find()?).map_err(|problems| wrong(&problems))
    }

    /// Finds the nearest folder upwards that has a `.octopoid`.
    pub(crate) fn find(&self) -> Result<PathBuf> {
        let from = self.directory.canonicalize().map_err(|error| {
            CliError::usage(format!("cannot look for {FOLDER} from {}: {error}", self.directory.display()))
                .hint("give an existing folder with --dir")
        })?;
        folder_above(&from).ok_or_else(|| {
            CliError::configuration(format!("there is no {FOLDER} in {} or above", from.display()))
                .hint("`octopoid init` in a git repository makes one; --dir looks from elsewhere")
        })
    }

    /// Returns the author of what is written: the person, or the run that the command was called from.
    pub(crate) fn author(&self) -> String {
        self.caller.run_name().unwrap_or_else(|| self.person())
    }

    /// Returns the person who decides by a command, with the machine it was given on.
    ///
    /// # Errors
    /// Refused if the command was called from inside a run (I39).
    pub(crate) fn decider(&self, command: &str) -> Result<String> {
        self.decider_named(command, None)
    }

    fn decider_named(&self, command: &str, name: Option<&str>) -> Result<String> {
        self.require_person(command)?;
        let place = self.environment.host_name().map_or_else(String::new, |host| format!(" on {host}"));
        let name = name.map_or_else(|| self.person(), str::to_owned);
        Ok(format!("{name} (octopoid {command}{place})"))
    }

    /// Like `decider`, as the actor of a transition.
    pub(crate) fn actor(&self, command: &str) -> Result<Actor> {
        self.actor_named(command, None)
    }

    /// Like `actor`, for a person with another name.
    pub(crate) fn actor_named(&self, command: &str, name: Option<&str>) -> Result<Actor> {
        self.decider_named(command, name).map(Actor::Person)
    }

    /// Checks that a person gives the command.
    pub(crate) fn require_person(&self, command: &str) -> Result<()> {
        let Caller::Run { run, evidence } = &self.caller else { return Ok(()) };
        let run = run.as_ref().map_or_else(|| "a run".to_owned(), |run| format!("run {run}"));
        Err(CliError::refused(format!(
            "`octopoid {command}` needs a person, and this was called from inside {run}: {evidence}"
        ))
        .hint("an agent cannot decide; run this from a terminal of your own"))
    }

    fn person(&self) -> String {
        Git::new(&self.environment, &self.directory)
            .user_name()
            .or_else(|| self.environment.get("USER").map(str::to_owned))
            .unwrap_or_else(|| "user".to_owned())
    }
}
