//! Attribution of ref moves: to a run, by the trace of its git commands and its worktree's reflog, or to others.

use super::ref_move::{Moved, RefMove, real};
use super::refs::Refs;
use super::trace::{self, GitCall};
use super::{CommitInfo, Repository, Worktree};
use crate::model::CommitId;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Evidence that a run moved a ref.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// Commits that were created in the run's worktree.
    pub(super) made: BTreeSet<String>,
    /// Successful git commands of the run's processes.
    calls: Vec<GitCall>,
    /// Path of the run's worktree.
    pub(super) worktree: PathBuf,
}

/// Attribution of a ref move.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// Others, as far as the evidence shows.
    Others,
    /// Run; `from` is the target before its move.
    Run { from: Option<String> },
    /// Run, followed by others; `from` is the target before the run's move.
    BuiltOn { from: Option<String> },
}

/// Entry of a reflog.
#[derive(Debug)]
struct LogEntry {
    old: Option<String>,
    new: String,
    seconds: i64,
    message: String,
}

impl LogEntry {
    /// Parses a line: two commit ids, a name and a time, then a tab and the message.
    fn parse(line: &str) -> Option<Self> {
        let (about, message) = line.split_once('\t').unwrap_or((line, ""));
        let (old, rest) = about.split_once(' ')?;
        let (new, rest) = rest.split_once(' ')?;
        let seconds = rest.rsplit(' ').nth(1)?.parse().ok()?;
        let is_nothing = old.bytes().all(|byte| byte == b'0');
        Some(Self {
            old: (!is_nothing).then(|| old.to_owned()),
            new: new.to_owned(),
            seconds,
            message: message.to_owned(),
        })
    }

    /// Returns whether the entry is of a new commit, not only of a checkout.
    fn is_of_new_commit(&self) -> bool {
        const MADE: [&str; 12] = [
            "am",
            "cherry-pick",
            "commit",
            "merge",
            "pull",
            "rebase (continue)",
            "rebase (edit)",
            "rebase (fixup)",
            "rebase (pick)",
            "rebase (reword)",
            "rebase (squash)",
            "revert",
        ];
        MADE.iter().any(|word| self.message.starts_with(word)) && !self.message.ends_with("Fast-forward")
    }
}

/// Reads a reflog, oldest entry first; empty if it does not exist.
fn read_log(path: &Path) -> Vec<LogEntry> {
    let bytes = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().filter_map(LogEntry::parse).collect()
}

impl Evidence {
    /// Collects a run's evidence: the reflog of its worktree's HEAD, and the trace of its git commands.
    pub(crate) fn of(worktree: Option<&Worktree>, path: &Path, trace: &Path) -> Self {
        let log = worktree.map_or_else(Vec::new, |worktree| read_log(&worktree.private().join("logs/HEAD")));
        let made = log.iter().filter(|entry| entry.is_of_new_commit()).map(|entry| entry.new.clone());
        Self { made: made.collect(), calls: trace::read(trace), worktree: real(path) }
    }

    /// Returns the commits that were created in the worktree and are not part of `head`, in no particular order.
    pub(crate) fn not_in(&self, repository: &Repository, head: &CommitId) -> Vec<CommitInfo> {
        let made = self.made.iter().filter_map(|made| CommitId::new(made.as_str()).ok());
        let lost = made.filter(|made| repository.is_ancestor(made, head).is_ok_and(|is_part| !is_part));
        lost.filter_map(|made| repository.commit(&made).ok()).collect()
    }

    /// Returns whether the run has created commits.
    pub(crate) fn has_commits(&self) -> bool {
        !self.made.is_empty()
    }

    /// Attributes a move. `log` is the path of its reflog; git commands on other repositories are not evidence.
    pub(super) fn blame(
        &self,
        change: &RefMove,
        log: &Path,
        before: &Refs,
        after: &Refs,
        bare: bool,
    ) -> Blame {
        match &change.what {
            Moved::Head(folder) => self.blame_head(change, &real(folder), log),
            Moved::Ref(name) => self.blame_ref(change, name, log, before, after, bare),
        }
    }

    fn blame_head(&self, change: &RefMove, folder: &Path, log: &Path) -> Blame {
        let there = |call: &&GitCall| call.checkout.as_deref().is_some_and(|at| real(at) == folder);
        let mut calls = self.calls.iter().filter(there);
        let by_run = match read_log(log).last() {
            Some(last) => calls.any(|call| {
                let may = call.may_switch() || call.may_move_branch();
                // `git symbolic-ref` writes no reflog entry.
                may && call.wrote(last.seconds, &last.message) || call.name == "symbolic-ref"
            }),
            None => calls.any(GitCall::may_switch),
        };
        if by_run { Blame::Run { from: change.before.clone() } } else { Blame::Others }
    }

    fn blame_ref(
        &self,
        change: &RefMove,
        name: &str,
        log: &Path,
        before: &Refs,
        after: &Refs,
        bare: bool,
    ) -> Blame {
        let on = |call: &GitCall, folders: &BTreeSet<PathBuf>| {
            call.checkout.as_deref().is_some_and(|at| folders.contains(&real(at)))
        };
        let of_ref: BTreeSet<_> =
            [before, after].into_iter().flat_map(|refs| refs.checkouts_of(name)).collect();
        let all: BTreeSet<_> = after.checkouts().chain([self.worktree.clone()]).collect();
        let existed = change.before.is_some();
        // In the run's own worktree, the reflog of HEAD shows which commits its commands created, on whichever branch. Commits
        // that they only took over from elsewhere are not the run's.
        let moved_branch = |call: &GitCall, new: Option<&str>| {
            let own = call.checkout.as_deref().is_some_and(|at| real(at) == self.worktree);
            let made = own && new.is_some_and(|new| self.made.contains(new));
            call.may_move_branch() && (made || on(call, &of_ref))
        };
        let may = |call: &GitCall, new: Option<&str>| {
            let ours = on(call, &all) || bare && call.checkout.is_none() || call.name == "receive-pack";
            ours && call.may_write(name, existed) || moved_branch(call, new)
        };
        let by_run = |entry: &LogEntry| {
            self.calls
                .iter()
                .any(|call| call.wrote(entry.seconds, &entry.message) && may(call, Some(&entry.new)))
        };

        let log = read_log(log);
        let since = match &change.before {
            Some(before) => log.iter().rposition(|entry| entry.new == *before).map_or(0, |at| at + 1),
            None => 0,
        };
        let entries = &log[since..];
        // Target that others set last. The run's entries need not be consecutive: it may have written without a reflog entry.
        let left_at = || {
            let others = entries.iter().rfind(|entry| !by_run(entry));
            others.map(|entry| entry.new.clone()).or_else(|| change.before.clone())
        };
        match (entries.last(), &change.after) {
            (Some(last), Some(now)) if last.new == *now => {
                if by_run(last) {
                    return Blame::Run { from: left_at() };
                }
                match entries.iter().find(|entry| by_run(entry)) {
                    Some(first) => Blame::BuiltOn { from: first.old.clone() },
                    None => Blame::Others,
                }
            }
            // Written without git: the reflog, which every branch has, does not contain the commit.
            (_, Some(now)) if name.starts_with("refs/heads/") && self.made.contains(now) => {
                Blame::Run { from: left_at() }
            }
            // Refs without a reflog, such as tags and deleted refs.
            (None, _) if self.calls.iter().any(|call| may(call, None)) => {
                Blame::Run { from: change.before.clone() }
            }
            _ => Blame::Others,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_made_in_a_worktree_speaks_for_its_run() {
        let made = |message: &str| {
            LogEntry::parse(&format!("a b Name <mail> 7 +0000\t{message}")).unwrap().is_of_new_commit()
        };
        for words in [
            "commit: x",
            "commit (amend): x",
            "cherry-pick: x",
            "rebase (pick): x",
            "merge main: Merge made by ort",
        ] {
            assert!(made(words), "{words}");
        }
        for words in [
            "checkout: moving from a to b",
            "rebase (start): checkout main",
            "merge main: Fast-forward",
            "reset: x",
        ] {
            assert!(!made(words), "{words}");
        }
    }

    #[test]
    fn an_entry_is_read_with_its_time_and_words() {
        let entry = LogEntry::parse("000 b A B <a@b> 1700000000 +0130\tbranch: Created from HEAD").unwrap();
        assert_eq!((entry.old, entry.seconds), (None, 1_700_000_000));
        assert_eq!(entry.message, "branch: Created from HEAD");
        assert!(LogEntry::parse("nonsense").is_none());
    }
}
