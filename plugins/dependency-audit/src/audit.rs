//! The audit of one lock file, by a tool or its report.

use crate::cargo;
use crate::duplicates::duplicates;
use crate::finding::Finding;
use crate::graph::Graph;
use crate::npm::{self, lock::NpmLock};
use crate::program::Programs;
use crate::tool::Tool;
use octopoid_plugin::{Error, Host, LogLevel};
use std::fs;
use std::io;
use std::path::Path;

/// A lock file, read.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Its path from the top of the workspace.
    pub(crate) name: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Cargo(Graph),
    Npm(NpmLock),
}

impl Lock {
    /// Reads a tool's lock file; returns `None` if there is no such file.
    ///
    /// # Errors
    /// When the file is not understood; the error names file and line.
    pub(crate) fn read(tool: Tool, workspace: &Path, folder: &Path) -> Result<Option<Self>, Error> {
        let name = folder.components().filter(|part| part.as_os_str() != ".").collect::<std::path::PathBuf>();
        let name = name.join(tool.lock_file());
        let shown = name.display().to_string();
        let bytes = match fs::read(workspace.join(&name)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::role(format!("{shown} cannot be read: {error}"))),
        };
        let wrong = |(line, reason): (Option<usize>, String)| {
            let place = line.map_or_else(|| shown.clone(), |line| format!("{shown}, line {line}"));
            Error::role(format!("{place}: {reason}; fix it, or let its tool write it again"))
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
            wrong((Some(line), "it is not UTF-8".to_owned()))
        })?;
        let content = match tool {
            Tool::CargoDeny => Content::Cargo(cargo::lock::parse(&text).map_err(wrong)?),
            Tool::NpmAudit => Content::Npm(npm::lock::parse(&text).map_err(wrong)?),
        };
        Ok(Some(Self { name: shown, content }))
    }

    pub(crate) fn graph(&self) -> &Graph {
        match &self.content {
            Content::Cargo(graph) => graph,
            Content::Npm(lock) => &lock.graph,
        }
    }

    /// Returns a description such as `Cargo.lock (213 packages)`.
    pub(crate) fn described(&self) -> String {
        match self.graph().foreign() {
            1 => format!("{} (1 package)", self.name),
            packages => format!("{} ({packages} packages)", self.name),
        }
    }

    /// Returns its packages with several major versions.
    pub(crate) fn duplicates(&self) -> Vec<Finding> {
        duplicates(self.graph(), &self.name)
    }
}

/// Runs a tool on a lock file; returns `None` if the tool is missing.
pub(crate) fn run(
    tool: Tool,
    folder: &Path,
    lock: &Lock,
    programs: &Programs<'_>,
    host: &Host,
) -> Result<Option<Vec<Finding>>, Error> {
    host.progress(format!("checking {} with {}", lock.name, tool.as_str()))?;
    let Some(printed) = programs.run(tool.program(), tool.arguments(), folder, host)? else {
        return Ok(None);
    };
    let text = match tool {
        Tool::CargoDeny => &printed.stderr,
        Tool::NpmAudit => &printed.stdout,
    };
    let whose = format!("{} on {}", tool.as_str(), lock.name);
    understand(tool, text, Some(lock), &whose, host).map(Some)
}

/// Reads the report of a tool that ran elsewhere.
pub(crate) fn read(tool: Tool, path: &Path, lock: Option<&Lock>, host: &Host) -> Result<Vec<Finding>, Error> {
    let whose = format!("the report {}", path.display());
    let bytes = fs::read(path).map_err(|error| {
        Error::role(format!(
            "{whose} cannot be read: {error}; let it be written first, or take `report` out of the settings"
        ))
    })?;
    understand(tool, &String::from_utf8_lossy(&bytes), lock, &whose, host)
}

fn understand(
    tool: Tool,
    text: &str,
    lock: Option<&Lock>,
    whose: &str,
    host: &Host,
) -> Result<Vec<Finding>, Error> {
    let mut findings = match tool {
        Tool::CargoDeny => {
            let said = cargo::deny::parse(text);
            if !said.complete {
                return Err(unfinished(&said.problems, text, whose));
            }
            for problem in &said.problems {
                host.log_at(LogLevel::Warn, format!("{whose}: {problem}"));
            }
            said.findings
        }
        Tool::NpmAudit => {
            let none = NpmLock::default();
            let known = match lock.map(|lock| &lock.content) {
                Some(Content::Npm(lock)) => lock,
                _ => &none,
            };
            npm::audit::parse(text, known).map_err(|refused| {
                let error = Error::role(format!("{whose}: {}", refused.reason));
                if refused.later { error.retryable() } else { error }
            })?
        }
    };
    if let Some(lock) = lock {
        findings.iter_mut().for_each(|finding| locate(finding, lock));
    }
    Ok(findings)
}

/// Sets the lock file of a finding, and how the package comes into it.
fn locate(finding: &mut Finding, lock: &Lock) {
    finding.files.insert(lock.name.clone());
    if !finding.chains.is_empty() {
        return;
    }
    let graph = lock.graph();
    let name = finding.package.split(' ').next().unwrap_or_default();
    finding.chains = finding
        .versions
        .iter()
        .filter_map(|version| graph.places(name, Some(version)).find_map(|place| graph.chain(place)))
        .collect();
}

fn unfinished(problems: &[String], text: &str, whose: &str) -> Error {
    let last =
        || text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned();
    let reason = if problems.is_empty() { last() } else { problems.join("; ") };
    let reason: String = reason.chars().take(1000).collect();
    // The database comes over the network, which may be back in a while.
    let later = ["failed to fetch advisory database", "Could not resolve host", "spurious network error"];
    let error = Error::role(format!("{whose} did not come to its end: {reason}"));
    if later.iter().any(|words| reason.contains(words)) { error.retryable() } else { error }
}
