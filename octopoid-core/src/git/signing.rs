//! Signatures of commits, if the user has configured them: a rebase drops those of agents, and the orchestrator's own commits
//! have none.

use super::commit::{commit_id, oid};
use super::program::failed;
use super::{Git, GitError, Repository, Worktree};
use crate::model::CommitId;
use git2::{Commit, Oid};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

/// Result of signing commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signed {
    /// Signing is not configured, or all commits had signatures.
    Unchanged,
    /// Commits were signed.
    Done {
        /// New id of the newest commit.
        head: CommitId,
        /// Number of signed commits.
        commits: usize,
    },
    /// Commits are unchanged, without signatures.
    Failed {
        /// Error message of the signing program.
        why: String,
    },
}

impl Worktree {
    /// Signs the commits after `base`, as [`Repository::sign`] does, and moves the worktree to them.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn sign(&self, base: &CommitId) -> Result<Signed, GitError> {
        let signed = self.repository.sign(base, &self.head()?)?;
        if let Signed::Done { head, .. } = &signed {
            self.repository.git.ok(self.path(), &["reset", "--quiet", "--soft", head.as_str()])?;
        }
        Ok(signed)
    }
}

impl Repository {
    /// Signs the commits that are in `head` but not in `base` and have no signature, if `commit.gpgSign` is set.
    ///
    /// Uses the user's key; a key that requires a person's input is not used. Each commit keeps its content, message, author and
    /// dates.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn sign(&self, base: &CommitId, head: &CommitId) -> Result<Signed, GitError> {
        let Some(signer) = self.signer()? else { return Ok(Signed::Unchanged) };
        let library = self.library()?;
        let mut new: HashMap<Oid, Oid> = HashMap::new();
        for id in self.between(base, head)? {
            let commit = library.find_commit(id)?;
            let parents: Vec<Oid> =
                commit.parent_ids().map(|parent| new.get(&parent).copied().unwrap_or(parent)).collect();
            // A signature also covers the parents.
            if commit.header_field_bytes("gpgsig").is_ok() && commit.parent_ids().eq(parents.iter().copied())
            {
                continue;
            }
            match signer.sign(self, &commit, &parents) {
                Ok(signed) => new.insert(id, signed),
                Err(GitError::Program { message, .. }) => return Ok(Signed::Failed { why: message }),
                Err(error) => return Err(error),
            };
        }
        let commits = new.len();
        Ok(match new.get(&oid(head)?) {
            Some(head) => Signed::Done { head: commit_id(*head), commits },
            None => Signed::Unchanged,
        })
    }

    /// Returns the signer, if signing is configured.
    fn signer(&self) -> Result<Option<Signer>, GitError> {
        let wanted = r"^(commit\.gpgsign|gpg\..*)$";
        let printed =
            self.git.run(self.common(), &["config", "-z", "--show-scope", "--get-regexp", wanted])?;
        let settings = users_settings(&printed.text());
        let is_true = |value: &String| ["true", "yes", "on", "1", ""].contains(&&*value.to_ascii_lowercase());
        match settings.get("commit.gpgsign").is_some_and(is_true) {
            true => Signer::new(&self.git, &settings).map(Some),
            false => Ok(None),
        }
    }
}

/// Parses the output of `git config -z --show-scope`, without the settings given on our own command line.
fn users_settings(printed: &str) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    let mut records = printed.split('\0');
    while let (Some(scope), Some(setting)) = (records.next(), records.next()) {
        let (key, value) = setting.split_once('\n').unwrap_or((setting, ""));
        if scope != "command" {
            settings.insert(key.to_owned(), value.to_owned());
        }
    }
    settings
}

/// Signs commits without asking for a passphrase.
struct Signer {
    git: Git,
    /// Signing program, as a git setting; `None` if git finds it by itself.
    program: Option<String>,
    /// Temporary folder that contains the program.
    _folder: TempDir,
}

impl Signer {
    fn new(git: &Git, settings: &BTreeMap<String, String>) -> Result<Self, GitError> {
        let folder = tempfile::tempdir().map_err(GitError::io("a temporary folder"))?;
        let format = settings.get("gpg.format").map_or("openpgp", String::as_str);
        let named =
            |key: String| settings.get(&key).map(String::as_str).filter(|program| !program.is_empty());
        let program = match format {
            // ssh asks through its own program, or not at all.
            "ssh" => None,
            format => {
                let found = named(format!("gpg.{format}.program"));
                let found = found.or_else(|| named("gpg.program".to_owned()).filter(|_| format == "openpgp"));
                let program = found.unwrap_or(if format == "x509" { "gpgsm" } else { "gpg" });
                let silent = folder.path().join("sign");
                let quoted = program.replace('\'', r"'\''");
                let text = format!("#!/bin/sh\nexec '{quoted}' --batch --pinentry-mode=error \"$@\"\n");
                fs::write(&silent, text).map_err(GitError::io(&silent))?;
                fs::set_permissions(&silent, fs::Permissions::from_mode(0o700))
                    .map_err(GitError::io(&silent))?;
                Some(format!("gpg.{format}.program={}", silent.display()))
            }
        };
        let git = git.with("SSH_ASKPASS", "false").with("SSH_ASKPASS_REQUIRE", "force");
        Ok(Self { git, program, _folder: folder })
    }

    /// Recreates a commit with these parents and a signature.
    fn sign(&self, repository: &Repository, commit: &Commit<'_>, parents: &[Oid]) -> Result<Oid, GitError> {
        let author = commit.author();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let git = self
            .git
            .with("GIT_AUTHOR_NAME", &text(author.name_bytes()))
            .with("GIT_AUTHOR_EMAIL", &text(author.email_bytes()))
            .with("GIT_AUTHOR_DATE", &date(author.when()))
            .with("GIT_COMMITTER_DATE", &date(commit.committer().when()));
        let encoding = commit.message_encoding().ok().flatten().unwrap_or("UTF-8");
        let encoding = format!("i18n.commitEncoding={encoding}");
        let mut arguments = vec!["-c", &encoding];
        if let Some(program) = &self.program {
            arguments.extend(["-c", program]);
        }
        let (tree, parents) =
            (commit.tree_id().to_string(), parents.iter().map(Oid::to_string).collect::<Vec<_>>());
        arguments.extend(["commit-tree", "-S", "-F", "-"]);
        arguments.extend(parents.iter().flat_map(|parent| ["-p", parent]));
        arguments.push(&tree);
        let printed = git.run_with_input(repository.common(), &arguments, commit.message_raw_bytes())?;
        if !printed.success {
            return Err(failed(&arguments, &printed));
        }
        Ok(Oid::from_str(printed.text().trim())?)
    }
}

/// Formats a time for git's environment variables.
fn date(time: git2::Time) -> String {
    let minutes = time.offset_minutes();
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("@{} {sign}{:02}{:02}", time.seconds(), minutes.abs() / 60, minutes.abs() % 60)
}

#[cfg(test)]
mod tests {
    use super::{date, users_settings};

    #[test]
    fn settings_of_the_command_itself_do_not_count() {
        let printed =
            "global\0commit.gpgsign\ntrue\0local\0gpg.format\nssh\0command\0commit.gpgsign\nfalse\0";
        let settings = users_settings(printed);
        assert_eq!(settings["commit.gpgsign"], "true");
        assert_eq!(settings["gpg.format"], "ssh");
    }

    #[test]
    fn dates_keep_their_zone() {
        assert_eq!(date(git2::Time::new(1_700_000_000, -210)), "@1700000000 -0330");
        assert_eq!(date(git2::Time::new(1_700_000_000, 60)), "@1700000000 +0100");
    }
}
