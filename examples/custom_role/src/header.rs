//! The role that works: it puts a licence header on every source file that has none.

use async_trait::async_trait;
use octopoid_core::model::{Outcome, RoleName, StopReason};
use octopoid_core::role::{Role, RoleContext, RoleError, RoleSpec};
use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};

/// What an agent of these roles is set to: the `settings` of its entry in `agents.yaml`, or of `AgentSettings`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// The first line of every file.
    pub(crate) line: String,
    /// Which files: their name ends so.
    pub(crate) extension: String,
}

impl Header {
    /// Reads an agent's settings. What does not fit is the role's own kind of error, which is charged to no task.
    pub(crate) fn of(context: &RoleContext) -> Result<Self, RoleError> {
        serde_json::from_value(context.settings.clone())
            .map_err(|error| RoleError::Unusable(format!("its settings do not fit: {error}")))
    }
}

/// Adds the header. No agent program is asked: what is certain needs no model.
#[derive(Debug)]
pub(crate) struct AddHeaders {
    spec: RoleSpec,
}

impl AddHeaders {
    pub(crate) fn new(name: RoleName) -> Self {
        Self { spec: RoleSpec::worker(name, "puts a licence header on every source file") }
    }
}

#[async_trait]
impl Role for AddHeaders {
    fn spec(&self) -> &RoleSpec {
        &self.spec
    }

    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError> {
        let header = Header::of(context)?;
        let host_error = |path: &Path, error: io::Error| RoleError::Host {
            message: format!("{}: {error}", path.display()),
            source: Some(Box::new(error)),
        };
        let folder = &context.workspace.path;
        let files = sources(folder, &header.extension).map_err(|error| host_error(folder, error))?;
        let mut changed = 0;
        for file in &files {
            // A person may cancel the task, and the orchestrator may be stopped.
            if context.cancel.is_cancelled() {
                return Err(RoleError::Agent(StopReason::Cancelled));
            }
            if add(file, &header.line).map_err(|error| host_error(file, error))? {
                changed += 1;
                let name = file.strip_prefix(folder).unwrap_or(file);
                context.host.progress(&format!("header added to {}", name.display()), None);
            }
        }
        if changed == 0 {
            return Ok(Outcome::Nothing { why: format!("all {} files have the header", files.len()) });
        }
        // Nothing is committed here: what a role leaves in the workspace the orchestrator commits.
        Ok(Outcome::Submitted { summary: format!("added the header to {changed} of {} files", files.len()) })
    }
}

/// Puts the line on top, unless it is there.
fn add(file: &Path, line: &str) -> io::Result<bool> {
    let text = std::fs::read_to_string(file)?;
    if text.lines().next() == Some(line) {
        return Ok(false);
    }
    std::fs::write(file, format!("{line}\n{text}"))?;
    Ok(true)
}

/// The files of a kind, by name. Hidden folders, such as git's, are none of our business, and links lead elsewhere.
fn sources(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() && !entry.file_name().to_string_lossy().starts_with('.') {
            found.extend(sources(&path, extension)?);
        } else if kind.is_file() && path.extension().is_some_and(|has| has == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
