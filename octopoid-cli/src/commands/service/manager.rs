//! The program that starts and stops services: systemd or launchd.

use super::definition::{Definition, MARK, configuration_folder};
use super::{launchd, systemd};
use crate::context::Context;
use crate::environment::output;
use crate::error::{CliError, Result};
use octopoid_core::process::ProgramKind;
use std::path::PathBuf;

/// The manager of services of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manager {
    Systemd,
    Launchd,
}

impl Manager {
    /// Returns the one of this operating system.
    pub(super) const fn of_this_machine() -> Self {
        if cfg!(target_os = "macos") { Self::Launchd } else { Self::Systemd }
    }

    /// Returns the path of the file that defines a service.
    pub(super) fn path(self, definition: &Definition, context: &Context) -> Result<PathBuf> {
        let (name, system) = (&definition.name, definition.user.is_some());
        Ok(match (self, system) {
            (Self::Systemd, true) => PathBuf::from("/etc/systemd/system").join(format!("{name}.service")),
            (Self::Systemd, false) => {
                configuration_folder(context)?.join(format!("systemd/user/{name}.service"))
            }
            (Self::Launchd, true) => {
                PathBuf::from("/Library/LaunchDaemons").join(format!("{}.plist", launchd::label(name)))
            }
            (Self::Launchd, false) => {
                let home = context.environment.get("HOME");
                let home = home.ok_or_else(|| CliError::configuration("HOME is not set").hint("set HOME"))?;
                PathBuf::from(home).join(format!("Library/LaunchAgents/{}.plist", launchd::label(name)))
            }
        })
    }

    /// Returns the content of that file.
    pub(super) fn content(self, definition: &Definition, home: &str) -> String {
        match self {
            Self::Systemd => systemd::unit(definition),
            Self::Launchd => launchd::property_list(definition, home),
        }
    }

    /// Returns whether a file was written for the same folder by `octopoid service install`.
    pub(super) fn is_ours(self, content: &str, definition: &Definition) -> bool {
        let folder = match self {
            Self::Systemd => systemd::working_directory(definition),
            Self::Launchd => launchd::working_directory(definition),
        };
        content.contains(MARK) && content.lines().any(|line| line.trim() == folder)
    }

    /// Returns the commands that start a service whose file was written.
    pub(super) fn start_commands(self, definition: &Definition, path: &str) -> Vec<Vec<String>> {
        match self {
            Self::Systemd => systemd::start_commands(definition),
            Self::Launchd => launchd::start_commands(definition, path),
        }
    }

    /// Returns the commands that stop a service whose file is about to be removed.
    pub(super) fn stop_commands(self, definition: &Definition) -> Vec<Vec<String>> {
        match self {
            Self::Systemd => systemd::stop_commands(definition),
            Self::Launchd => launchd::stop_commands(definition),
        }
    }

    /// Returns the commands that make the manager forget a service whose file was removed.
    pub(super) fn forget_commands(self, definition: &Definition) -> Vec<Vec<String>> {
        match self {
            Self::Systemd => systemd::forget_commands(definition),
            Self::Launchd => Vec::new(),
        }
    }

    /// Returns the command with which a person reads what the service prints.
    pub(super) fn log_command(self, definition: &Definition, home: &str) -> String {
        match self {
            Self::Systemd => systemd::log_command(definition),
            Self::Launchd => format!("tail -f {}", launchd::log_file(definition, home)),
        }
    }
}

/// Runs commands one after the other. Returns why the first one that failed did.
pub(super) fn run_all(commands: &[Vec<String>], context: &Context) -> std::result::Result<(), String> {
    commands.iter().try_for_each(|command| run(command, context))
}

fn run(command: &[String], context: &Context) -> std::result::Result<(), String> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    let path = match program.contains('/') {
        true => PathBuf::from(program),
        false => context.environment.find_program(program).ok_or(format!("there is no `{program}`"))?,
    };
    let started = context.environment.command(path).args(arguments);
    let output = output(started, ProgramKind::Tool)
        .map_err(|error| format!("`{program}` cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let words = words.trim().lines().next().unwrap_or("it said nothing").to_owned();
    Err(format!("`{}` failed: {words}", command.join(" ")))
}
