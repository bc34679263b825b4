//! Run journal: the state from which unsettled runs are resumed after a crash.
//!
//! One file for each unsettled run, written atomically and synced before the next stage begins.

use super::layout::Layout;
use super::wait::wait_for_disk;
use crate::model::{ClaimToken, CommitId, Outcome, Run, RunId, RunStage, StopReason, TreeId};
use crate::transition::Purpose;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Journal entry of an unsettled run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) run: Run,
    pub(crate) token: ClaimToken,
    pub(crate) purpose: Purpose,
    /// Branch that the work starts from and lands on.
    pub(crate) base_branch: String,
    /// Base, tip and start commit of the workspace when the role began.
    pub(crate) base: Option<CommitId>,
    pub(crate) tip: Option<CommitId>,
    pub(crate) start: Option<CommitId>,
    /// Result of the role; on disk before it is acted on (I09).
    pub(crate) report: Option<Report>,
    /// Tree that passed the tests.
    pub(crate) tested: Option<TreeId>,
    /// Tree that passed each script, by the script's name and command.
    #[serde(default)]
    pub(crate) passed: BTreeMap<String, TreeId>,
    /// Commit that the base branch is about to move to; on disk before it moves.
    pub(crate) landing: Option<CommitId>,
    /// Number of times that the run was resumed after it had been cut off.
    #[serde(default)]
    pub(crate) recoveries: u32,
    /// Reason why a person has to look at the run before it is settled.
    #[serde(default)]
    pub(crate) held: Option<String>,
}

impl Entry {
    /// Returns the entry of a run that begins.
    pub(crate) fn new(run: Run, token: ClaimToken, purpose: Purpose, base_branch: String) -> Self {
        Self {
            run,
            token,
            purpose,
            base_branch,
            base: None,
            tip: None,
            start: None,
            report: None,
            tested: None,
            passed: BTreeMap::new(),
            landing: None,
            recoveries: 0,
            held: None,
        }
    }

    /// Returns whether the run's agent was at work.
    pub(crate) fn was_at_work(&self) -> bool {
        self.run.stage == RunStage::AgentRunning
    }
}

/// Result of a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    /// Role returned an outcome.
    Outcome(Outcome),
    /// Agent was stopped before it finished.
    Stopped(StopReason),
    /// Role failed.
    Failed { message: String },
    /// Machine failed, or the role is unusable.
    Fault { message: String },
}

/// Journal of an installation: one file for each unsettled run.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    layout: Layout,
}

impl Journal {
    pub(crate) fn open(layout: Layout) -> io::Result<Self> {
        fs::create_dir_all(layout.runs())?;
        Ok(Self { layout })
    }

    /// Writes an entry. Once this returns, the entry survives a crash of the machine.
    pub(crate) fn save(&self, entry: &Entry) -> io::Result<()> {
        let bytes = serde_json::to_vec(entry)?;
        wait_for_disk(|| write_atomically(&self.layout.run_entry(&entry.run.id), &bytes))
    }

    /// Removes the entry of a settled run, and the raw output of its agent.
    pub(crate) fn forget(&self, run: &RunId) -> io::Result<()> {
        ignore_missing(fs::remove_file(self.layout.run_entry(run)))?;
        ignore_missing(fs::remove_dir_all(self.layout.run_files(run)))
    }

    /// Removes files that a killed process left partly written or partly removed.
    fn sweep(&self) -> io::Result<()> {
        for folder in [self.layout.runtime(), self.layout.runs()] {
            for file in fs::read_dir(folder)? {
                let file = file?;
                if file.file_name().to_string_lossy().starts_with(HALF_WRITTEN) {
                    ignore_missing(fs::remove_file(file.path()))?;
                }
            }
        }
        for folder in fs::read_dir(self.layout.runs())? {
            let path = folder?.path();
            // A run's id contains a dot, so the extension is appended, not replaced.
            let entry = PathBuf::from(format!("{}.json", path.display()));
            let damaged = PathBuf::from(format!("{}.damaged", entry.display()));
            if path.is_dir() && !entry.exists() && !damaged.exists() {
                ignore_missing(fs::remove_dir_all(path))?;
            }
        }
        Ok(())
    }

    /// Returns the unsettled runs, oldest first, and a message for each unreadable file, which is renamed and never deleted.
    pub(crate) fn entries(&self) -> io::Result<(Vec<Entry>, Vec<String>)> {
        self.sweep()?;
        let (mut entries, mut damaged) = (Vec::new(), Vec::new());
        for file in fs::read_dir(self.layout.runs())? {
            let path = file?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match serde_json::from_slice::<Entry>(&fs::read(&path)?) {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    let aside = path.with_extension("json.damaged");
                    fs::rename(&path, &aside)?;
                    damaged.push(format!(
                        "{} was not readable ({error}); kept as {}",
                        path.display(),
                        aside.display()
                    ));
                }
            }
        }
        entries.sort_by(|a, b| (a.run.started_at, &a.run.id).cmp(&(b.run.started_at, &b.run.id)));
        Ok((entries, damaged))
    }
}

fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Prefix of the names of files that are being written.
pub(crate) const HALF_WRITTEN: &str = ".half-written-";

/// Replaces a file atomically and durably: a reader, or a machine that crashes, sees either the old content or the new.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let file = written_beside(path, content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    fs::File::open(folder_of(path)?)?.sync_all()
}

/// Replaces a file atomically for readers, without syncing it to disk.
///
/// For content that can be recreated after the machine has crashed.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    written_beside(path, content)?.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn written_beside(path: &Path, content: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let folder = folder_of(path)?;
    let new = || tempfile::Builder::new().prefix(HALF_WRITTEN).tempfile_in(folder);
    let mut file = match new() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder)?;
            new()?
        }
        other => other?,
    };
    file.write_all(content)?;
    Ok(file)
}

fn folder_of(path: &Path) -> io::Result<&Path> {
    path.parent().ok_or_else(|| io::Error::other("a file without a folder"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AgentName, OrchestratorId, Scope, TaskId, Timestamp};
    use std::collections::BTreeSet;

    fn entry(number: u32) -> Entry {
        let run = Run::new(
            Scope::single(),
            TaskId::numbered(1),
            number,
            AgentName::new("a").unwrap(),
            None,
            OrchestratorId::new("local-a").unwrap(),
            Timestamp::from_millis(i64::from(number)),
        );
        Entry {
            report: Some(Report::Outcome(Outcome::Submitted { summary: "done".into() })),
            ..Entry::new(run, ClaimToken::new("t").unwrap(), Purpose::Work, "main".into())
        }
    }

    #[test]
    fn i09_entries_come_back_and_damaged_files_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let journal = Journal::open(layout.clone()).unwrap();
        journal.save(&entry(2)).unwrap();
        journal.save(&entry(1)).unwrap();
        fs::write(layout.runs().join("task-9.1.json"), "{\"run\":").unwrap();
        fs::write(layout.runs().join(".half-written-x"), "{").unwrap();
        fs::create_dir(layout.runs().join("task-8.1")).unwrap();
        fs::create_dir(layout.runs().join("task-1.1")).unwrap();
        let (entries, damaged) = journal.entries().unwrap();
        assert_eq!(entries, [entry(1), entry(2)]);
        assert_eq!(damaged.len(), 1);
        assert!(!layout.runs().join(".half-written-x").exists() && !layout.runs().join("task-8.1").exists());
        assert!(layout.runs().join("task-1.1").exists(), "what a run still needs stays");
        assert!(layout.runs().join("task-9.1.json.damaged").exists());
        journal.forget(&entry(1).run.id).unwrap();
        journal.forget(&entry(1).run.id).unwrap();
        assert_eq!(journal.entries().unwrap().0, [entry(2)]);
    }

    /// An orchestrator of a newer version resumes what an older one left, so no name in a file is ever changed.
    #[test]
    fn i09_entries_of_an_earlier_version_are_read() {
        let mut file = serde_json::to_value(entry(1)).unwrap();
        let fields = file.as_object_mut().unwrap();
        let names =
            "base base_branch held landing passed purpose recoveries report run start tested tip token";
        let found: BTreeSet<_> = fields.keys().map(String::as_str).collect();
        assert_eq!(found, names.split(' ').collect());
        assert_eq!(fields["report"]["outcome"]["outcome"], "submitted", "{}", fields["report"]);
        for newer in ["held", "passed", "recoveries"] {
            fields.remove(newer);
        }
        assert_eq!(serde_json::from_value::<Entry>(file).unwrap(), entry(1));
    }
}
