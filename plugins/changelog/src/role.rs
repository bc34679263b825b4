//! The role: writes lines of the changelog from commits.

use crate::commits::Commits;
use crate::document::{fresh, with_entries};
use crate::entry::Entry;
use crate::git::Git;
use crate::polish::polished;
use crate::section::Section;
use crate::settings::Settings;
use octopoid_plugin::serde_json::{Value, json};
use octopoid_plugin::{Error, ErrorKind, Host, Outcome, OutcomeKind, Role, RoleSpec, RunRequest};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Writes the changelog entries of a task's commits.
#[derive(Debug)]
pub struct Changelog {
    settings: Settings,
}

impl Role for Changelog {
    type Settings = Settings;

    fn spec() -> RoleSpec {
        RoleSpec::worker("changelog", "Writes the changelog entries of the work's commits")
            .with_outcomes([OutcomeKind::Submitted, OutcomeKind::Nothing])
            .with_settings_schema(settings_schema())
    }

    fn new(settings: Settings) -> Result<Self, Error> {
        Ok(Self { settings: settings.checked()? })
    }

    fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error> {
        let workspace = &request.workspace;
        let git = Git::new(&workspace.path);
        let name = self.settings.file.to_string_lossy();
        let path = inside(&workspace.path, &self.settings.file)?;
        let text = read(&path)?;

        let commits = Commits::find(workspace, host, git, &name)?;
        host.log(format!("looking at {}: {}", commits.which, commits.subjects.len()));
        let entries =
            commits.subjects.iter().filter_map(|subject| Entry::of(subject, &self.settings)).collect();
        let mut new = fresh(&text, entries);
        if self.settings.polish && !new.is_empty() {
            // What was reworded before is known by the words that it has got.
            new = fresh(&text, polished(new, &request.task, host)?);
        }
        if new.is_empty() {
            // Written by a run that did not get to its end: it is still to be committed.
            if workspace.base.is_some() && git.is_changed(&name)? {
                return Ok(Outcome::Submitted { summary: format!("{name} has the entries already") });
            }
            let reason = format!(
                "{name} needs no new entry: looked at {}, {} in all",
                commits.which,
                commits.subjects.len()
            );
            return Ok(Outcome::Nothing { reason });
        }
        if host.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "the run is to stop"));
        }
        write(&path, &with_entries(&text, &new))?;
        for entry in &new {
            host.log(format!("{}: {}", entry.section.as_str(), entry.text));
        }
        Ok(Outcome::Submitted { summary: summary(&name, &new) })
    }
}

/// Returns a summary, such as `added 3 entries to CHANGELOG.md: 2 Added, 1 Fixed`.
fn summary(name: &str, entries: &[Entry]) -> String {
    let counts = Section::ALL.into_iter().filter_map(|section| {
        let count = entries.iter().filter(|entry| entry.section == section).count();
        (count > 0).then(|| format!("{count} {}", section.as_str()))
    });
    let entries =
        if entries.len() == 1 { "1 entry".to_owned() } else { format!("{} entries", entries.len()) };
    format!("added {entries} to {name}: {}", counts.collect::<Vec<_>>().join(", "))
}

/// Returns the changelog's path. A link in it could lead anywhere, so none is followed out of the workspace.
fn inside(workspace: &Path, file: &Path) -> Result<PathBuf, Error> {
    let path = workspace.join(file);
    let folder = path.parent().unwrap_or(workspace);
    let real =
        |path: &Path| fs::canonicalize(path).map_err(|error| failed(path, "cannot be reached", &error));
    let (top, folder) = (real(workspace)?, real(folder)?);
    let is_link = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink());
    if !folder.starts_with(&top) || is_link {
        return Err(Error::new(
            ErrorKind::Settings,
            format!(
                "{} is reached through a link; set `file` to the real path in the workspace",
                path.display()
            ),
        ));
    }
    Ok(path)
}

fn read(path: &Path) -> Result<String, Error> {
    match fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Error::role(format!("{} is not UTF-8 at byte {at}; save it as UTF-8", path.display()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(failed(path, "cannot be read", &error)),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|error| failed(path, "cannot be written", &error))
}

fn failed(path: &Path, what: &str, error: &io::Error) -> Error {
    Error::role(format!("{} {what}: {error}", path.display()))
}

fn settings_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "file": { "type": "string", "default": "CHANGELOG.md" },
            "skip": { "type": "array", "items": { "type": "string" } },
            "sections": {
                "type": "object",
                "additionalProperties": { "enum": ["added", "changed", "deprecated", "removed", "fixed", "security"] },
            },
            "polish": { "type": "boolean", "default": false },
        },
    })
}
