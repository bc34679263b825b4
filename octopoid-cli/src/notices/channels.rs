//! The ways to tell something.

use super::message::Message;
use crate::config::NotifyFile;
use crate::environment::Environment;
use crate::output::Output;
use octopoid_core::process::{Command, DirectLauncher, LaunchPolicy, ProgramKind, Start};
use serde_json::json;
use std::io::{IsTerminal, Seek, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The time that a program for a notice may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Has AppleScript show its arguments, which are then data and no script.
const SCRIPT: [&str; 6] = [
    "-e",
    "on run argv",
    "-e",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "-e",
    "end run",
];

/// The configured ways to tell something.
#[derive(Debug, Clone)]
pub(super) struct Channels {
    /// What the queue is called.
    name: String,
    /// The program that shows a notice on the desktop.
    desktop: Option<Desktop>,
    /// A command line for `sh -c`, and the folder that it starts in.
    command: Option<(String, PathBuf)>,
    bell: bool,
    environment: Environment,
}

/// Program that shows a notice on the desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Desktop {
    NotifySend(PathBuf),
    AppleScript(PathBuf),
}

impl Desktop {
    fn find(environment: &Environment) -> Option<Self> {
        let send = environment.find_program("notify-send").map(Desktop::NotifySend);
        send.or_else(|| environment.find_program("osascript").map(Desktop::AppleScript))
    }

    fn command(&self, title: &str, text: &str, environment: &Environment) -> Command {
        match self {
            // What the text contains must not be taken for markup.
            Desktop::NotifySend(path) => {
                environment.command(path).args(["--app-name=octopoid", "--"]).args([title, &escaped(text)])
            }
            Desktop::AppleScript(path) => environment.command(path).args(SCRIPT).args([title, text]),
        }
    }
}

impl Channels {
    /// Returns the ways that a configuration names; none if there is none. Warns of one that is not there.
    pub(super) fn of(
        config: &NotifyFile,
        name: String,
        folder: PathBuf,
        environment: &Environment,
        output: Output,
    ) -> Option<Self> {
        let wants_desktop = config.desktop == Some(true);
        let desktop = wants_desktop.then(|| Desktop::find(environment)).flatten();
        if wants_desktop && desktop.is_none() {
            output.warn("`notify.desktop` does nothing: neither notify-send nor osascript is on PATH");
        }
        let command = config.command.clone().map(|command| (command, folder));
        // A bell in a file or in JSON is no bell.
        let bell = config.bell == Some(true) && !output.json && std::io::stderr().is_terminal();
        let has_any = desktop.is_some() || command.is_some() || bell;
        has_any.then(|| Self { name, desktop, command, bell, environment: environment.clone() })
    }

    /// Tells a message by all ways. Returns what failed. Blocks.
    pub(super) fn tell(&self, message: &Message) -> Vec<String> {
        let mut failed = Vec::new();
        if self.bell {
            let mut out = std::io::stderr();
            // A terminal that is gone rings for nobody.
            let _ = out.write_all(b"\x07").and_then(|()| out.flush());
        }
        if let Some(desktop) = &self.desktop {
            let title = format!("{}: {}", self.name, message.title);
            let command = desktop.command(&title, &message.text, &self.environment);
            failed.extend(
                run(command, None).err().map(|why| format!("the notice on the desktop failed: {why}")),
            );
        }
        if let Some((line, folder)) = &self.command {
            let command = self.environment.command("sh").args(["-c", line.as_str()]).current_dir(folder);
            let mut value = json!(message);
            value["queue"] = json!(self.name);
            let ran = run(command, Some(&format!("{value}\n")));
            failed.extend(ran.err().map(|why| format!("`notify.command` failed: {why}")));
        }
        failed
    }
}

/// Runs a program to its end, with a text on its standard input.
fn run(command: Command, input: Option<&str>) -> Result<(), String> {
    let mut start = Start::new(command, LaunchPolicy::new(ProgramKind::Tool), Arc::new(DirectLauncher));
    if let Some(text) = input {
        let written = tempfile::tempfile().and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.rewind()?;
            Ok(file)
        });
        start = start.stdin(written.map_err(|error| error.to_string())?);
    }
    match start.output_within(PATIENCE) {
        Ok(Some(output)) if output.status.success() => Ok(()),
        Ok(Some(output)) => {
            let words = String::from_utf8_lossy(&output.stderr);
            let words = crate::output::text::one_line(&words, 200);
            Err(if words.is_empty() {
                output.status.to_string()
            } else {
                format!("{}: {words}", output.status)
            })
        }
        Ok(None) => Err(format!("it was stopped after {} seconds", PATIENCE.as_secs())),
        Err(error) => Err(error.to_string()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_agents_wrote_is_an_argument_and_no_markup_or_script() {
        let environment = Environment::empty();
        let arguments = |desktop: Desktop| {
            let command = desktop.command("title", "<b>\" & do shell script", &environment);
            command.arguments.iter().map(|one| one.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        let send = arguments(Desktop::NotifySend("notify-send".into()));
        assert_eq!(send[1..], ["--", "title", "&lt;b&gt;\" &amp; do shell script"]);
        let script = arguments(Desktop::AppleScript("osascript".into()));
        assert_eq!(script[6..], ["title", "<b>\" & do shell script"]);
    }
}
