//! The role: scans what the work adds, in the end and in each commit.

use crate::feedback::{approval, rejection};
use crate::file::{allowed, credentials, is_lock_file};
use crate::finding::Findings;
use crate::history::{Brought, walk};
use crate::patch::{Patch, Said};
use crate::scanner::Scanner;
use crate::settings::Settings;
use globset::GlobSet;
use octopoid_plugin::serde_json::{Value, json};
use octopoid_plugin::{
    Change, Error, ErrorKind, FileDiff, Host, Outcome, OutcomeKind, Role, RoleSpec, RunRequest, Workspace,
};

/// Refuses work that adds credentials.
#[derive(Debug)]
pub struct SecretsGuard {
    scanner: Scanner,
    allow_files: GlobSet,
    allow_inline: bool,
    history: bool,
}

impl Role for SecretsGuard {
    type Settings = Settings;

    fn spec() -> RoleSpec {
        RoleSpec::reviewer("secrets-guard", "Refuses work that adds credentials, without a model")
            .with_outcomes([OutcomeKind::Approved, OutcomeKind::Rejected])
            .with_settings_schema(settings_schema())
    }

    fn new(settings: Settings) -> Result<Self, Error> {
        Ok(Self {
            scanner: Scanner::new(&settings)?,
            allow_files: allowed(&settings.allow_files)?,
            allow_inline: settings.allow_inline,
            history: settings.history,
        })
    }

    fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error> {
        let mut findings = Findings::default();
        let result = self.look_at_result(host, &mut findings)?;
        let commits = self.look_at_commits(&request.workspace, host, &mut findings)?;
        if commits.is_none() {
            // Their commits show these, too. Without them, nobody has seen what is in there.
            for path in &result.too_large {
                findings.file(path, "file too large to be looked at", None);
            }
        }
        host.log(format!("looked at {} files: {} findings", result.files, findings.list.len()));
        Ok(if findings.list.is_empty() {
            Outcome::Approved { feedback: approval(&findings, result.files, commits, &self.scanner) }
        } else {
            let base = request.workspace.base.as_deref();
            Outcome::Rejected { feedback: rejection(&findings, base, self.allow_inline, &self.scanner) }
        })
    }
}

/// The scan of the work as a whole.
#[derive(Debug, Default)]
struct Looked {
    files: usize,
    too_large: Vec<String>,
}

impl SecretsGuard {
    /// What is there after the last commit.
    fn look_at_result(&self, host: &Host, findings: &mut Findings) -> Result<Looked, Error> {
        let mut looked = Looked::default();
        match host.diff() {
            Ok(diff) => diff.files.iter().for_each(|file| self.look_at_file(file, &mut looked, findings)),
            Err(error) if error.kind == ErrorKind::TooLarge => {
                let files = host.changed_files()?.files;
                for (number, file) in files.iter().enumerate() {
                    host.progress(format!("file {} of {}", number + 1, files.len()))?;
                    match host.diff_of(&file.path) {
                        Ok(diff) => {
                            diff.files.iter().for_each(|file| self.look_at_file(file, &mut looked, findings));
                        }
                        Err(error) if error.kind == ErrorKind::TooLarge => {
                            if !self.is_skipped(&file.path) {
                                looked.too_large.push(file.path.clone());
                            }
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
            Err(error) => return Err(error),
        }
        Ok(looked)
    }

    fn look_at_file(&self, file: &FileDiff, looked: &mut Looked, findings: &mut Findings) {
        if file.change == Change::Deleted || self.is_skipped(&file.path) {
            return;
        }
        looked.files += 1;
        if matches!(file.change, Change::Added | Change::Renamed)
            && let Some(kind) = credentials(&file.path)
        {
            findings.file(&file.path, kind, None);
        }
        if file.binary {
            return;
        }
        let mut patch = Patch::default();
        for line in file.patch.lines() {
            if let Said::Added(number, text) = patch.line(line) {
                findings.lines += 1;
                findings.left(&file.path, number, self.scanner.line(&file.path, text));
            }
        }
    }

    /// What was there after any commit. None where there are no commits to look at.
    fn look_at_commits(
        &self,
        workspace: &Workspace,
        host: &Host,
        findings: &mut Findings,
    ) -> Result<Option<u64>, Error> {
        let (true, Some(base), Some(head)) = (self.history, &workspace.base, &workspace.head) else {
            return Ok(None);
        };
        let see = |commit: &str, brought: Brought<'_>| match brought {
            Brought::Message(text) => {
                findings.of_commit(commit, None, None, self.scanner.line("", text));
            }
            Brought::File(path) => {
                if let Some(kind) = credentials(path).filter(|_| !self.is_skipped(path)) {
                    findings.file(path, kind, Some(commit));
                }
            }
            Brought::Line { path, number, text } => {
                let line = self.scanner.line(path, text);
                if !line.hits.is_empty() && !self.is_skipped(path) {
                    findings.of_commit(commit, Some(path), number, line);
                }
            }
        };
        walk(&workspace.path, (base, head), host, see).map(Some)
    }

    fn is_skipped(&self, path: &str) -> bool {
        is_lock_file(path) || self.allow_files.is_match(path)
    }
}

fn settings_schema() -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "allow": texts,
            "allow_files": texts,
            "allow_inline": { "type": "boolean", "default": true },
            "history": { "type": "boolean", "default": true },
            "entropy": { "type": "number", "minimum": 0, "maximum": 8, "default": 3.0 },
        },
    })
}
