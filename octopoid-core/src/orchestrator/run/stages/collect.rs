//! What an agent has left in the worktree: what of it is the work, and what is not (I29, I32).
//!
//! Only commits are the work. The worktree is made to be its newest commit before anything is tested or reviewed; what else
//! lay there is kept for a person, and said.

use crate::git::{GitError, Status, Worktree};
use crate::model::{CommitId, Outcome, SessionId, StepStatus};
use crate::orchestrator::disk::journal::Report;
use crate::orchestrator::run::host::Host;
use crate::orchestrator::run::report::Agents;
use crate::orchestrator::run::{RunAbort, RunContext};
use crate::orchestrator::settings::LeftoverLimits;
use crate::orchestrator::shared::blocking;
use crate::role::{AgentCall, RoleHost};
use std::path::{Path, PathBuf};

/// The name of the step that says what was left.
const STEP: &str = "leftovers";

/// How many names are said.
const NAMED: usize = 20;

/// How many files at most are compared one by one before an agent is asked about them.
const COMPARED: usize = 100;

/// What was left beside the commits.
#[derive(Debug, Default)]
struct Left {
    /// The commit of what the agent had made and never committed.
    taken_in: Option<CommitId>,
    /// Nested repositories whose files are part of that.
    opened: Vec<PathBuf>,
    /// Changes of tracked files that were undone, and under which name they are kept.
    undone: Vec<PathBuf>,
    kept: Option<String>,
    /// Untracked files that were moved away.
    moved: Vec<PathBuf>,
    /// What git ignores, which stays.
    ignored: Vec<PathBuf>,
    /// Submodules in which something was not committed.
    submodules: Vec<PathBuf>,
    /// New files that were not committed and are too many, or too large, to be committed for the agent.
    too_many: usize,
}

impl RunContext {
    /// Asks the agent once, in the same conversation, to commit or remove what it left, where it has committed something or
    /// left more than is taken in for it.
    pub(in crate::orchestrator::run) async fn ask_for_leftovers(&self, host: &Host) -> Result<(), RunAbort> {
        let Some(session) = host.tally().session().cloned() else { return Ok(()) };
        if !host.resumes_sessions() {
            return Ok(());
        }
        let Some(base) = self.entry.base.clone() else { return Ok(()) };
        let (repository, path) = (self.shared.repository.clone(), self.workspace_path());
        let limits = self.shared.settings.leftovers;
        let left = blocking(move || {
            let worktree = Worktree::open(&repository, &path)?;
            let (mut status, submodules) = (worktree.status()?, worktree.changed_submodules()?);
            if status.changed.len() <= COMPARED {
                let mut changed = Vec::new();
                for path in status.changed {
                    if !worktree.is_as_checked_out(&path)? {
                        changed.push(path);
                    }
                }
                status.changed = changed;
            }
            if status.is_clean() && submodules.is_empty() {
                return Ok(None);
            }
            let never_committed = repository.count_commits(&base, &worktree.head()?)? == 0;
            if never_committed && submodules.is_empty() && is_within(&worktree, &status, limits) {
                return Ok(None);
            }
            Ok::<_, GitError>(Some((status, submodules)))
        });
        let Some((status, submodules)) = left.await? else { return Ok(()) };
        self.log.note(self.shared.now(), "asking the agent to commit or remove what it left");
        match host.run_agent(request(&status, &submodules, session)).await {
            Ok(_) => {}
            // What it left is looked at in any case.
            Err(error) => self.log.note(self.shared.now(), &format!("it was asked in vain: {error}")),
        }
        Ok(())
    }

    /// Counts the work's commits, and makes the worktree be the newest of them. What an agent made and never committed at
    /// all is committed for it, within bounds, when it says that it has submitted.
    pub(in crate::orchestrator::run) async fn collect(&mut self) -> Result<(), RunAbort> {
        let Some(base) = self.entry.base.clone() else { return Ok(()) };
        let submitted = matches!(&self.entry.report, Some(Report::Outcome(Outcome::Submitted { .. })));
        let (repository, path) = (self.shared.repository.clone(), self.workspace_path());
        let (title, agent) = (self.task.title.clone(), self.entry.run.agent.to_string());
        let limits = self.shared.settings.leftovers;
        let aside = self.left_folder();
        let (head, commits, left) = blocking(move || {
            let worktree = Worktree::open(&repository, &path)?;
            worktree.recover()?;
            let mut left = Left::default();
            if submitted && repository.count_commits(&base, &worktree.head()?)? == 0 {
                let mut status = worktree.status()?;
                if is_within(&worktree, &status, limits) {
                    left.opened = worktree.open_nested(&aside)?;
                    if !left.opened.is_empty() {
                        // Of a nested repository, git lists the folder and not its files.
                        status = worktree.status()?;
                    }
                }
                if is_within(&worktree, &status, limits) {
                    left.taken_in = worktree.commit_all(&title, &agent)?;
                } else {
                    left.opened.clear();
                    left.taken_in = worktree.commit_tracked(&title, &agent)?;
                    left.too_many = status.untracked.len();
                }
            }
            if submitted {
                left.clear(&worktree, &aside)?;
            }
            let head: CommitId = worktree.head()?;
            let commits = repository.count_commits(&base, &head)?;
            Ok::<_, GitError>((head, commits, left))
        })
        .await?;
        self.say_left(&left);
        if left.too_many > 0 && commits == 0 {
            let message = format!(
                "the agent committed nothing, and left {} new files, which is more than `leftovers` lets be committed for it ({} \
                 files, {} bytes); they were moved to {}. Commit what belongs to the work",
                left.too_many,
                limits.files,
                limits.bytes,
                self.left_folder().display()
            );
            self.entry.report = Some(Report::Failed { message });
        }
        self.entry.run.head = Some(head);
        self.entry.run.commits = commits;
        Ok(())
    }

    /// Leaves the worktree as a role found it that only reads; what it changed is kept apart.
    pub(in crate::orchestrator::run) async fn set_aside_changes(&mut self) -> Result<(), RunAbort> {
        let (repository, path) = (self.shared.repository.clone(), self.workspace_path());
        let Some(start) = self.entry.start.clone() else { return Ok(()) };
        let aside = self.left_folder();
        let (kept, moved) = blocking(move || {
            let worktree = Worktree::open(&repository, &path)?;
            worktree.recover()?;
            let mut left = Left::default();
            left.clear(&worktree, &aside)?;
            if worktree.head()? != start {
                left.kept = worktree.save_leftovers()?.or(left.kept);
                worktree.reset_hard(&start)?;
            }
            Ok::<_, GitError>((left.kept, left.moved))
        })
        .await?;
        if let Some(name) = kept {
            let words = format!("the role changed files that it should only read; they are kept as {name}");
            self.log.note(self.shared.now(), &words);
        }
        if !moved.is_empty() {
            let words = format!("the role left {}; moved to {}", names(&moved), self.left_folder().display());
            self.log.note(self.shared.now(), &words);
        }
        Ok(())
    }

    /// Makes the worktree be its commit again after a command of our own. What that left is of no worth; what it changed of the
    /// work itself is said, because it may have judged something else than what lands.
    pub(in crate::orchestrator::run) async fn clean_worktree(
        &mut self,
        name: &str,
        head: &CommitId,
    ) -> Result<(), RunAbort> {
        let (repository, path, wanted) =
            (self.shared.repository.clone(), self.workspace_path(), head.clone());
        let (changed, committed) = blocking(move || {
            let worktree = Worktree::open(&repository, &path)?;
            let committed = worktree.head()? != wanted;
            let mut changed = worktree.changed_submodules()?;
            if committed || !changed.is_empty() || worktree.is_dirty()? {
                changed.extend(worktree.status()?.changed);
                worktree.reset_hard(&wanted)?;
            }
            Ok::<_, GitError>((changed, committed))
        })
        .await?;
        if committed {
            let words = format!("`{name}` made commits in the worktree; they are not part of the work");
            self.note_step(STEP, StepStatus::Done, &words);
        }
        if !changed.is_empty() {
            let words = format!(
                "{} changed while `{name}` ran, so it may have judged other content than what lands; that was undone",
                names(&changed)
            );
            self.note_step(STEP, StepStatus::Done, &words);
        }
        Ok(())
    }

    /// Where files go that were left in the worktree.
    fn left_folder(&self) -> PathBuf {
        self.shared.layout.set_aside(&self.entry.run.id).join("leftovers")
    }

    fn say_left(&mut self, left: &Left) {
        let mut words = Vec::new();
        if let Some(commit) = &left.taken_in {
            words.push(format!(
                "the agent committed nothing; what it had made was committed in its name as {}",
                commit.short()
            ));
        }
        if !left.opened.is_empty() {
            words.push(format!("the files of repositories in {} are part of it", names(&left.opened)));
        }
        if !left.undone.is_empty() {
            let kept = left.kept.as_deref().unwrap_or("nothing");
            words.push(format!(
                "changes of {} were not committed and are not part of the work; they are kept as {kept}",
                names(&left.undone)
            ));
        }
        if !left.moved.is_empty() {
            words.push(format!(
                "{} were not committed and are not part of the work; they were moved to {}",
                names(&left.moved),
                self.left_folder().display()
            ));
        }
        if !left.submodules.is_empty() {
            words.push(format!(
                "what was changed inside the submodules {} was not committed there and is not part of the work; it is kept in \
                 the clones of these, under refs/octopoid/kept",
                names(&left.submodules)
            ));
        }
        if !left.ignored.is_empty() {
            words.push(format!(
                "git ignores {}: they do not land, and the tests can read them",
                names(&left.ignored)
            ));
        }
        if !words.is_empty() {
            self.note_step(STEP, StepStatus::Done, &words.join(".\n"));
        }
    }
}

impl Left {
    /// Makes a worktree be its newest commit: the index is built again, changes are kept and undone, untracked files go to
    /// `aside`.
    fn clear(&mut self, worktree: &Worktree, aside: &Path) -> Result<(), GitError> {
        self.submodules = worktree.clear_submodules(aside)?;
        let status = worktree.rebuild_index()?;
        for path in &status.untracked {
            worktree.move_aside(path, aside)?;
        }
        if !status.changed.is_empty() {
            self.kept = worktree.set_aside(&worktree.head()?)?;
        }
        // Without a copy, they only looked changed.
        self.undone = if self.kept.is_some() { status.changed } else { Vec::new() };
        (self.moved, self.ignored) = (status.untracked, status.ignored);
        Ok(())
    }
}

/// Whether what an agent has not committed is little enough to be committed for it.
fn is_within(worktree: &Worktree, status: &Status, limits: LeftoverLimits) -> bool {
    let size =
        |path: &PathBuf| std::fs::symlink_metadata(worktree.path().join(path)).map_or(0, |file| file.len());
    let bytes: u64 = status.untracked.iter().map(size).sum();
    status.untracked.len() <= limits.files as usize && bytes <= limits.bytes
}

/// What an agent is asked for.
fn request(status: &Status, submodules: &[PathBuf], session: SessionId) -> AgentCall {
    let mut text = String::from(
        "You reported that the work is done, but your worktree holds changes that are not committed. Only commits count: what \
         is not committed is not tested, not reviewed, and does not land.\n\n",
    );
    let inside = "Changed inside submodules, where it has to be committed first";
    for (what, paths) in [
        ("Changed", status.changed.as_slice()),
        ("Not tracked by git", &status.untracked),
        (inside, submodules),
    ] {
        if !paths.is_empty() {
            text.push_str(&format!("{what}: {}\n", names(paths)));
        }
    }
    text.push_str(
        "\nCommit what belongs to the task, and remove or undo the rest. Do nothing else, and then report as before.\n",
    );
    AgentCall::new(text).with_resume(Some(session))
}

/// The first of the names, and how many there are besides.
pub(in crate::orchestrator::run) fn names(paths: &[PathBuf]) -> String {
    let shown: Vec<_> = paths.iter().take(NAMED).map(|path| format!("`{}`", path.display())).collect();
    match paths.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
