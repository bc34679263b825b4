//! Fetches and pushes.

use super::program::Printed;
use super::{GitError, Repository};
use crate::model::CommitId;
use std::time::Duration;

/// Time limit of one exchange with a remote.
pub(super) const LONGEST: Duration = Duration::from_secs(300);

/// Number of attempts if another git process holds a lock.
const LOCK_TRIES: u32 = 5;

/// First pause before such a retry; each pause is twice as long as the one before.
const LOCK_PAUSE: Duration = Duration::from_millis(200);

/// Result of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Push {
    /// Remote accepted the push.
    Done,
    /// Branch of the remote has moved in the meantime.
    Rejected {
        /// Output of git.
        why: String,
    },
    /// Remote rejects the push by its own rules: a hook, a protected branch, a branch that is checked out there.
    Refused {
        /// Message of the remote.
        why: String,
    },
}

impl Repository {
    /// Fetches one branch of a remote. It is not an error if the remote has no such branch yet.
    ///
    /// # Errors
    /// Returns [`GitError::Network`], [`GitError::Access`] or [`GitError::Locked`].
    pub(crate) fn fetch(&self, remote: &str, branch: &str) -> Result<(), GitError> {
        let refspec = format!("+refs/heads/{branch}:refs/remotes/{remote}/{branch}");
        let arguments = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-prune",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            remote,
            &refspec,
        ];
        let printed = self.exchange(&arguments)?;
        if printed.success {
            let tip = self.remote_tip(remote, branch)?;
            self.own_moves.note(&format!("refs/remotes/{remote}/{branch}"), tip.as_ref());
            return Ok(());
        }
        if printed.stderr.contains("couldn't find remote ref") {
            return Ok(());
        }
        Err(trouble(remote, &printed))
    }

    /// Moves a remote's branch forward to a commit; never forces.
    ///
    /// # Errors
    /// Returns the same errors as [`Repository::fetch`].
    pub(crate) fn push(&self, remote: &str, commit: &CommitId, branch: &str) -> Result<Push, GitError> {
        self.send(remote, Some(commit), "", branch)
    }

    /// Pushes work to a remote's branch and replaces its content: only the holder of a task's claim pushes its branch.
    ///
    /// # Errors
    /// Returns the same errors as [`Repository::fetch`].
    pub(crate) fn push_work(&self, remote: &str, commit: &CommitId, branch: &str) -> Result<Push, GitError> {
        self.send(remote, Some(commit), "+", branch)
    }

    /// Deletes a branch of finished work on a remote. It is not an error if the branch does not exist.
    ///
    /// # Errors
    /// Returns the same errors as [`Repository::fetch`], and [`GitError::Program`] if the remote rejects the deletion.
    pub(crate) fn delete_remote_branch(&self, remote: &str, branch: &str) -> Result<(), GitError> {
        match self.send(remote, None, "", branch)? {
            Push::Done => Ok(()),
            Push::Rejected { why } | Push::Refused { why } if why.contains("remote ref does not exist") => {
                Ok(())
            }
            Push::Rejected { why } | Push::Refused { why } => {
                Err(GitError::Program { command: "push".to_owned(), message: why })
            }
        }
    }

    /// Pushes exactly one branch, regardless of the user's settings for pushes; without a commit, deletes the branch.
    fn send(
        &self,
        remote: &str,
        commit: Option<&CommitId>,
        force: &str,
        branch: &str,
    ) -> Result<Push, GitError> {
        let refspec = format!("{force}{}:refs/heads/{branch}", commit.map_or("", CommitId::as_str));
        let no_mirror = format!("remote.{remote}.mirror=false");
        let arguments = [
            "-c",
            "push.pushOption=",
            "-c",
            &no_mirror,
            "push",
            "--porcelain",
            "--no-verify",
            "--no-follow-tags",
            "--no-signed",
            "--recurse-submodules=no",
            remote,
            &refspec,
        ];
        let printed = self.exchange(&arguments)?;
        if printed.success {
            self.own_moves.note(&format!("refs/remotes/{remote}/{branch}"), commit);
            return Ok(Push::Done);
        }
        if printed.stderr.contains("remote ref does not exist") {
            return Ok(Push::Refused { why: printed.stderr });
        }
        match judge(&printed.text()) {
            Some(Verdict::Moved) => Ok(Push::Rejected { why: printed.complaint() }),
            Some(Verdict::Refused(short)) => Ok(Push::Refused { why: in_its_words(&short, &printed) }),
            None => Err(trouble(remote, &printed)),
        }
    }

    /// Runs a command that contacts a remote; retries if another git process holds a local lock.
    fn exchange(&self, arguments: &[&str]) -> Result<Printed, GitError> {
        let mut pause = LOCK_PAUSE;
        for _ in 1..LOCK_TRIES {
            let printed = self.git.run_within(self.root(), arguments, LONGEST)?;
            if printed.success || !is_locked(&printed.stderr) {
                return Ok(printed);
            }
            #[expect(
                clippy::disallowed_methods,
                reason = "everything here blocks, and git gives no event for it"
            )]
            std::thread::sleep(pause);
            pause *= 2;
        }
        self.git.run_within(self.root(), arguments, LONGEST)
    }
}

/// Result in the output of `git push --porcelain` for the one branch that was pushed.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Branch of the remote is not at the expected commit.
    Moved,
    /// Remote rejects the push, for this reason.
    Refused(String),
}

/// Parses the line of the branch: a flag, the refspec and a summary, separated by tabs.
fn judge(printed: &str) -> Option<Verdict> {
    let summary = printed.lines().find_map(|line| line.strip_prefix("!\t")?.split('\t').nth(1))?;
    // A remote whose branch moves at this moment also reports "remote rejected".
    let races = ["cannot lock ref", "failed to update ref", "failed to lock", "incorrect old value"];
    if races.iter().any(|words| summary.contains(words)) {
        return Some(Verdict::Moved);
    }
    match summary.strip_prefix("[remote rejected]") {
        Some(why) => Some(Verdict::Refused(why.trim().trim_matches(['(', ')']).to_owned())),
        None if summary.starts_with("[rejected]") => Some(Verdict::Moved),
        None => None,
    }
}

/// Returns the messages that the remote printed, with the short reason.
fn in_its_words(short: &str, printed: &Printed) -> String {
    let complaint = printed.complaint();
    let said = complaint.lines().filter_map(|line| line.strip_prefix("remote:")).map(str::trim);
    let said: Vec<_> = said.filter(|line| !line.is_empty()).take(10).collect();
    if said.is_empty() { short.to_owned() } else { format!("{} ({short})", said.join("; ")) }
}

/// Returns whether another git process held a lock in this repository.
fn is_locked(stderr: &str) -> bool {
    let held = stderr.contains("Unable to create '") && stderr.contains(".lock': File exists");
    // Locks of the remote's repository do not count.
    held && !stderr.contains("remote: ")
}

fn trouble(remote: &str, printed: &Printed) -> GitError {
    let message = printed.complaint();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let remote = remote.to_owned();
    if is_locked(&message) {
        GitError::Locked { message }
    } else if says(&["Authentication failed", "Permission denied", "could not read Username", "403", "401"]) {
        GitError::Access { remote, message }
    } else {
        GitError::Network { remote, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_that_moved_and_a_remote_that_refuses_are_told_apart() {
        let line = |summary: &str| format!("To /srv/x.git\n!\tabc:refs/heads/main\t{summary}\nDone\n");
        for moved in [
            "[rejected] (fetch first)",
            "[rejected] (non-fast-forward)",
            "[rejected] (stale info)",
            "[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)",
            "[remote rejected] (failed to update ref)",
            "[remote rejected] (incorrect old value provided)",
        ] {
            assert_eq!(judge(&line(moved)), Some(Verdict::Moved), "{moved}");
        }
        for refused in
            ["pre-receive hook declined", "branch is currently checked out", "protected branch hook declined"]
        {
            let said = judge(&line(&format!("[remote rejected] ({refused})")));
            assert_eq!(said, Some(Verdict::Refused(refused.to_owned())));
        }
        assert_eq!(judge(""), None);
    }

    #[test]
    fn a_lock_of_another_process_is_no_network_trouble() {
        let stderr = "error: cannot lock ref 'refs/remotes/origin/main': Unable to create '/r/.git/refs/remotes/origin/main.lock': File exists.";
        let printed = Printed { success: false, stdout: Vec::new(), stderr: stderr.to_owned() };
        assert!(matches!(trouble("origin", &printed), GitError::Locked { .. }));
    }
}
