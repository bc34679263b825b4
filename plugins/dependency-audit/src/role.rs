//! The role: proposes tasks from lock files.

use crate::audit::{self, Lock};
use crate::finding::{Finding, merged};
use crate::program::Programs;
use crate::proposal::proposal;
use crate::settings::Settings;
use crate::severity::Severity;
use crate::tool::Tool;
use octopoid_plugin::serde_json::{Value, json};
use octopoid_plugin::{Error, Host, LogLevel, Outcome, OutcomeKind, Role, RoleSpec, RunRequest};
use std::path::Path;
use std::time::Duration;

/// The most drafts of one run, by the contract with the orchestrator.
const MOST: usize = 100;

/// Proposes a task for each known vulnerability of the dependencies.
#[derive(Debug)]
pub struct DependencyAudit {
    settings: Settings,
}

/// The progress of a run.
#[derive(Debug, Default)]
struct Progress {
    /// The lock files that were checked, with the tools.
    checked: Vec<String>,
    /// The lock files that could not be checked, with the reasons.
    unchecked: Vec<String>,
    findings: Vec<Finding>,
    duplicates: Vec<Finding>,
}

impl Role for DependencyAudit {
    type Settings = Settings;

    fn spec() -> RoleSpec {
        RoleSpec::worker(
            "dependency-audit",
            "Proposes a task for each known vulnerability of the dependencies",
        )
        .with_outcomes([OutcomeKind::Proposed, OutcomeKind::Nothing, OutcomeKind::Failed])
        .with_settings_schema(settings_schema())
    }

    fn new(settings: Settings) -> Result<Self, Error> {
        Ok(Self { settings: settings.checked()? })
    }

    fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error> {
        let workspace = &request.workspace.path;
        let mut progress = Progress::default();
        self.read_report(workspace, &mut progress, host)?;
        for tool in self.settings.tools() {
            self.run_tool(tool, workspace, &mut progress, host)?;
        }
        if self.settings.duplicates {
            self.find_duplicates(workspace, &mut progress)?;
        }
        for line in &progress.checked {
            host.log(format!("checked {line}"));
        }
        for line in &progress.unchecked {
            host.log_at(LogLevel::Warn, format!("not checked: {line}"));
        }
        let (outcome, too_many) = self.outcome(progress);
        if let Some(line) = too_many {
            host.log_at(LogLevel::Warn, line);
        }
        Ok(outcome)
    }
}

impl DependencyAudit {
    fn read_report(&self, workspace: &Path, progress: &mut Progress, host: &Host) -> Result<(), Error> {
        let Some(report) = &self.settings.report else { return Ok(()) };
        let mut lock = None;
        for folder in &self.settings.folders {
            if lock.is_none() {
                lock = Lock::read(report.kind, workspace, folder)?;
            }
        }
        let path = workspace.join(&report.path);
        progress.findings.extend(audit::read(report.kind, &path, lock.as_ref(), host)?);
        progress.checked.push(format!("the report {} of {}", report.path.display(), report.kind.as_str()));
        Ok(())
    }

    fn run_tool(
        &self,
        tool: Tool,
        workspace: &Path,
        progress: &mut Progress,
        host: &Host,
    ) -> Result<(), Error> {
        let programs = Programs {
            search: &self.settings.search,
            limit: Duration::from_secs(self.settings.timeout_seconds),
        };
        let mut has_lock = false;
        for folder in &self.settings.folders {
            let Some(lock) = Lock::read(tool, workspace, folder)? else { continue };
            has_lock = true;
            let what = lock.described();
            match audit::run(tool, &workspace.join(folder), &lock, &programs, host)? {
                Some(findings) => {
                    progress.findings.extend(findings);
                    progress.checked.push(format!("{what} with {}", tool.as_str()));
                }
                None => progress.unchecked.push(format!(
                    "{what}, because {} is not installed; {}",
                    tool.as_str(),
                    tool.remedy()
                )),
            }
        }
        // A tool that was asked for by name is missed; one that was only tried is not.
        if !has_lock && self.settings.tools.is_some() {
            progress.unchecked.push(format!("{}, because there is no {}", tool.as_str(), tool.lock_file()));
        }
        Ok(())
    }

    fn find_duplicates(&self, workspace: &Path, progress: &mut Progress) -> Result<(), Error> {
        for tool in Tool::ALL {
            for folder in &self.settings.folders {
                if let Some(lock) = Lock::read(tool, workspace, folder)? {
                    progress.duplicates.extend(lock.duplicates());
                    progress.checked.push(format!("{} for several major versions", lock.described()));
                }
            }
        }
        Ok(())
    }

    /// Returns the outcome, with a note if there is more than one run may propose.
    fn outcome(&self, progress: Progress) -> (Outcome, Option<String>) {
        let all = merged(progress.findings);
        let before = all.len();
        let mut wanted: Vec<_> = all.into_iter().filter(|finding| self.is_wanted(finding)).collect();
        let left_out = before - wanted.len();
        wanted.extend(merged(progress.duplicates).into_iter().filter(|finding| !self.is_ignored(finding)));
        if !wanted.is_empty() {
            let too_many = wanted.len() > MOST;
            let line = format!(
                "{} findings are more than {MOST} drafts; the rest comes when these are mended",
                wanted.len()
            );
            wanted.truncate(MOST);
            let drafts = wanted.iter().map(proposal).collect();
            return (Outcome::Proposed { drafts }, Some(line).filter(|_| too_many));
        }
        let mut reason = match progress.checked.as_slice() {
            [] => String::new(),
            checked => format!("nothing to fix in {}", checked.join(" and ")),
        };
        let mut also = |text: String| {
            reason = if reason.is_empty() { text } else { format!("{reason}; {text}") };
        };
        if left_out > 0 {
            also(format!("left out {left_out} by the settings"));
        }
        for unchecked in &progress.unchecked {
            also(format!("not checked: {unchecked}"));
        }
        let outcome = match (progress.checked.is_empty(), progress.unchecked.is_empty()) {
            // Where nothing was looked at, nothing is known to be well.
            (true, false) => Outcome::Failed { reason },
            (true, true) => {
                let names = Tool::ALL.map(Tool::lock_file).join(" or ");
                Outcome::Nothing { reason: format!("there is no {names} to check") }
            }
            (false, _) => Outcome::Nothing { reason },
        };
        (outcome, None)
    }

    fn is_wanted(&self, finding: &Finding) -> bool {
        let bar = self.settings.minimum_severity;
        // What nobody has judged may be anything.
        !self.is_ignored(finding) && finding.severity.is_none_or(|severity| severity >= bar)
    }

    fn is_ignored(&self, finding: &Finding) -> bool {
        let title = || proposal(finding).title;
        self.settings.ignore.iter().any(|name| match finding.kind.as_str() {
            // These have no id of their own.
            "yanked" | "duplicate" => *name == title(),
            _ => finding.is_named(name),
        })
    }
}

fn settings_schema() -> Value {
    let tool = json!({ "enum": Tool::ALL.map(Tool::as_str) });
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let severities = [Severity::Info, Severity::Low, Severity::Moderate, Severity::High, Severity::Critical];
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "tools": { "type": "array", "items": tool },
            "report": {
                "type": "object",
                "additionalProperties": false,
                "required": ["path", "kind"],
                "properties": { "path": { "type": "string" }, "kind": tool },
            },
            "folders": texts,
            "ignore": texts,
            "minimum_severity": { "enum": severities.map(Severity::as_str), "default": "info" },
            "duplicates": { "type": "boolean", "default": false },
            "search": texts,
            "timeout_seconds": { "type": "integer", "minimum": 1, "default": 300 },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(progress: Progress) -> Outcome {
        DependencyAudit { settings: Settings::default() }.outcome(progress).0
    }

    #[test]
    fn what_was_not_checked_is_said_and_never_counted_as_well() {
        let words = |words: &str| vec![words.to_owned()];
        let mixed = Progress {
            checked: words("Cargo.lock with cargo-deny"),
            unchecked: words("package-lock.json, because npm-audit is not installed"),
            ..Progress::default()
        };
        assert_eq!(
            outcome(mixed),
            Outcome::Nothing {
                reason:
                    "nothing to fix in Cargo.lock with cargo-deny; not checked: package-lock.json, because \
                         npm-audit is not installed"
                        .to_owned()
            }
        );
        let unchecked = Progress { unchecked: words("Cargo.lock, because x"), ..Progress::default() };
        assert_eq!(
            outcome(unchecked),
            Outcome::Failed { reason: "not checked: Cargo.lock, because x".to_owned() }
        );
    }

    #[test]
    fn i15_one_run_proposes_no_more_than_the_orchestrator_takes() {
        let findings = (0..250).map(|number| Finding::new(format!("RUSTSEC-{number}"), "a", "vulnerability"));
        let progress = Progress { findings: findings.collect(), ..Progress::default() };
        let (outcome, word) = DependencyAudit { settings: Settings::default() }.outcome(progress);
        let Outcome::Proposed { drafts } = outcome else { panic!("{outcome:?}") };
        assert_eq!(drafts.len(), MOST);
        assert!(word.unwrap().contains("250 findings"));
    }
}
