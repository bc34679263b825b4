//! Fetching and pushing.

use super::program::Printed;
use super::{GitError, Repository};
use crate::model::CommitId;
use std::time::Duration;

/// The longest time for one exchange with a remote.
const LONGEST: Duration = Duration::from_secs(300);

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// The remote has it.
    Done,
    /// The remote's branch has moved meanwhile, or the remote does not take it.
    Rejected {
        /// What it says.
        why: String,
    },
}

impl Repository {
    /// Fetches one branch of a remote. A remote that has no such branch yet is fine.
    ///
    /// # Errors
    /// [`GitError::Network`], [`GitError::Access`].
    pub fn fetch(&self, remote: &str, branch: &str) -> Result<(), GitError> {
        let refspec = format!("+refs/heads/{branch}:refs/remotes/{remote}/{branch}");
        let arguments = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", remote, &refspec];
        let printed = self.git.run_within(self.root(), &arguments, LONGEST)?;
        if printed.success || printed.stderr.contains("couldn't find remote ref") {
            return Ok(());
        }
        Err(trouble(remote, &printed))
    }

    /// Moves a remote's branch forward to a commit; never by force.
    ///
    /// # Errors
    /// [`GitError::Network`], [`GitError::Access`].
    pub fn push(&self, remote: &str, commit: &CommitId, branch: &str) -> Result<Push, GitError> {
        let refspec = format!("{commit}:refs/heads/{branch}");
        let arguments = ["push", "--quiet", "--no-verify", remote, &refspec];
        let printed = self.git.run_within(self.root(), &arguments, LONGEST)?;
        if printed.success {
            return Ok(Push::Done);
        }
        if ["[rejected]", "[remote rejected]", "non-fast-forward", "fetch first", "failed to update ref"]
            .iter()
            .any(|word| printed.stderr.contains(word))
        {
            return Ok(Push::Rejected { why: printed.complaint() });
        }
        Err(trouble(remote, &printed))
    }
}

impl Repository {
    /// Puts work on a remote's branch, whatever was there: only whoever holds the claim of a task pushes its branch.
    ///
    /// # Errors
    /// As [`Repository::fetch`].
    pub fn push_work(&self, remote: &str, commit: &CommitId, branch: &str) -> Result<Push, GitError> {
        let refspec = format!("+{commit}:refs/heads/{branch}");
        let printed = self.git.run_within(
            self.root(),
            &["push", "--quiet", "--no-verify", remote, &refspec],
            LONGEST,
        )?;
        match printed.success {
            true => Ok(Push::Done),
            false if printed.stderr.contains("rejected]") => Ok(Push::Rejected { why: printed.complaint() }),
            false => Err(trouble(remote, &printed)),
        }
    }

    /// Removes a branch of finished work from a remote. One that is not there is fine.
    ///
    /// # Errors
    /// As [`Repository::fetch`].
    pub fn delete_remote_branch(&self, remote: &str, branch: &str) -> Result<(), GitError> {
        let refspec = format!(":refs/heads/{branch}");
        let printed = self.git.run_within(
            self.root(),
            &["push", "--quiet", "--no-verify", remote, &refspec],
            LONGEST,
        )?;
        if printed.success || printed.stderr.contains("remote ref does not exist") {
            return Ok(());
        }
        Err(trouble(remote, &printed))
    }
}

fn trouble(remote: &str, printed: &Printed) -> GitError {
    let message = printed.complaint();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let remote = remote.to_owned();
    if says(&["Authentication failed", "Permission denied", "could not read Username", "403", "401"]) {
        GitError::Access { remote, message }
    } else {
        GitError::Network { remote, message }
    }
}
