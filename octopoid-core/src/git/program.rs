//! The `git` program.

use super::GitError;
use crate::process::{Command, DirectLauncher, LaunchPolicy, Launcher, ProgramKind, Start};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

/// The `git` program, run with the environment that it is given and nothing else, without hooks, and without ever asking a
/// question.
#[derive(Clone)]
pub struct Git {
    environment: BTreeMap<String, String>,
    /// Variables that we set for a call.
    own: BTreeMap<String, String>,
    /// The path of the program. Looked up once: a program that is started by its path does not make the system copy our
    /// whole address space first.
    program: Option<PathBuf>,
    launcher: Arc<dyn Launcher>,
}

impl std::fmt::Debug for Git {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Git").finish_non_exhaustive()
    }
}

/// The output of the program, and whether it succeeded.
#[derive(Debug)]
pub(super) struct Printed {
    pub(super) success: bool,
    /// Paths need not be UTF-8, so these are bytes.
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

impl From<Output> for Printed {
    fn from(output: Output) -> Self {
        Self {
            success: output.status.success(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Printed {
    /// Returns its output as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Returns the records of output that was asked for with `-z`.
    pub(super) fn records(&self) -> impl Iterator<Item = &[u8]> {
        self.stdout.split(|byte| *byte == 0).filter(|record| !record.is_empty())
    }

    /// Returns what it complains about, without credentials.
    pub(super) fn complaint(&self) -> String {
        let text = if self.stderr.trim().is_empty() { self.text() } else { self.stderr.clone() };
        let text = without_credentials(text.trim());
        let start = text.char_indices().rev().nth(1999).map_or(0, |(at, _)| at);
        text[start..].to_owned()
    }
}

impl Git {
    /// Creates a `git` with the environment that its credentials, proxies and configuration come from.
    pub fn new(environment: BTreeMap<String, String>) -> Self {
        let folders = environment.get("PATH").map(String::as_str).unwrap_or("/usr/local/bin:/usr/bin:/bin");
        let program =
            std::env::split_paths(folders).map(|folder| folder.join("git")).find(|path| path.is_file());
        Self { environment, own: BTreeMap::new(), program, launcher: Arc::new(DirectLauncher) }
    }

    /// Sets how the program is started.
    #[must_use]
    pub fn with_launcher(mut self, launcher: Arc<dyn Launcher>) -> Self {
        self.launcher = launcher;
        self
    }

    /// Returns a variable of its environment.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    /// Returns the same with a variable of its environment set.
    #[must_use]
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let mut git = self.clone();
        git.own.insert(name.to_owned(), value.to_owned());
        git
    }

    /// Runs it in a folder to its end, for what stays on this machine.
    pub(super) fn run<A: AsRef<OsStr>>(&self, folder: &Path, arguments: &[A]) -> Result<Printed, GitError> {
        let output =
            self.start(folder, arguments)?.output().map_err(|error| self.not_started(folder, error))?;
        Ok(output.into())
    }

    /// Fetches from another repository on this disk, and checks each object. That repository's configuration and hooks do not
    /// run anything here.
    pub(super) fn fetch_on_disk(&self, into: &Path, from: &Path, what: &str) -> Result<Printed, GitError> {
        let from = from.to_string_lossy();
        let arguments = [
            "-c",
            "protocol.version=2",
            "-c",
            "protocol.file.allow=always",
            "-c",
            "fetch.fsckObjects=true",
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--",
            &*from,
            what,
        ];
        self.run(into, &arguments)
    }

    /// Like [`Git::run`], with bytes for it to read.
    pub(super) fn run_with_input(
        &self,
        folder: &Path,
        arguments: &[&str],
        input: &[u8],
    ) -> Result<Printed, GitError> {
        // A file, not a pipe: it can be as long as it likes before the program reads.
        let mut file = tempfile::tempfile().map_err(GitError::io("a temporary file"))?;
        file.write_all(input).and_then(|()| file.rewind()).map_err(GitError::io("a temporary file"))?;
        let start = self.start(folder, arguments)?.stdin(file);
        Ok(start.output().map_err(|error| self.not_started(folder, error))?.into())
    }

    /// Like [`Git::run`], for what crosses a network: kills it, with all it started, when it takes longer than `most`.
    pub(super) fn run_within(
        &self,
        folder: &Path,
        arguments: &[&str],
        most: Duration,
    ) -> Result<Printed, GitError> {
        let start = self.start(folder, arguments)?;
        match start.output_within(most).map_err(|error| self.not_started(folder, error))? {
            Some(output) => Ok(output.into()),
            None => {
                let command = arguments.iter().find(|word| !word.starts_with('-')).copied().unwrap_or("");
                Err(GitError::TimedOut { command: command.to_owned(), seconds: most.as_secs() })
            }
        }
    }

    fn not_started(&self, folder: &Path, error: std::io::Error) -> GitError {
        match &self.program {
            Some(program) if program.is_file() => GitError::Io { path: folder.to_owned(), source: error },
            _ => GitError::ProgramMissing,
        }
    }

    fn start<A: AsRef<OsStr>>(&self, folder: &Path, arguments: &[A]) -> Result<Start, GitError> {
        let inherited = self
            .environment
            .iter()
            .filter(|(name, _)| !name.starts_with("GIT_TRACE") && !NEVER.contains(&name.as_str()));
        let command = Command::new(self.program.as_ref().ok_or(GitError::ProgramMissing)?)
            .args(ALWAYS.iter().flat_map(|setting| ["-c", setting]))
            .args(arguments.iter().map(AsRef::as_ref))
            .current_dir(folder)
            .envs(inherited)
            .envs([("GIT_TERMINAL_PROMPT", "0"), ("LC_ALL", "C")])
            .envs(&self.own);
        Ok(Start::new(command, LaunchPolicy::new(ProgramKind::Git), self.launcher.clone()))
    }

    /// Like [`Git::run`], but returns a failure as an error, and the output as text.
    pub(super) fn ok<A: AsRef<OsStr>>(&self, folder: &Path, arguments: &[A]) -> Result<String, GitError> {
        Ok(self.printed(folder, arguments)?.text())
    }

    /// Like [`Git::ok`], but returns everything that it printed.
    pub(super) fn printed<A: AsRef<OsStr>>(
        &self,
        folder: &Path,
        arguments: &[A],
    ) -> Result<Printed, GitError> {
        let printed = self.run(folder, arguments)?;
        if printed.success { Ok(printed) } else { Err(failed(arguments, &printed)) }
    }
}

/// Returns the error of a call that failed.
pub(super) fn failed<A: AsRef<OsStr>>(arguments: &[A], printed: &Printed) -> GitError {
    let mut words = arguments.iter().map(|word| word.as_ref().to_string_lossy());
    let mut command = Vec::new();
    while let Some(word) = words.next() {
        match &*word {
            // The setting that follows is no part of the command's name.
            "-c" => drop(words.next()),
            option if option.starts_with('-') => {}
            _ => command.push(word),
        }
    }
    command.truncate(2);
    GitError::Program { command: command.join(" "), message: printed.complaint() }
}

/// Settings of every call. No hook or monitor that an agent may have put there runs in our own commands, and no setting of
/// the user's makes a command do something else than what it is called for.
const ALWAYS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    // Files that git wrote would be marked as unchanged for ever.
    "core.ignoreStat=false",
    "core.checkStat=default",
    "commit.gpgSign=false",
    "commit.cleanup=whitespace",
    "core.editor=true",
    "advice.detachedHead=false",
    "advice.addEmbeddedRepo=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "rerere.enabled=false",
    "submodule.recurse=false",
    // In a sparse checkout, a file that is there counts, even if the index says that it is not.
    "sparse.expectFilesOutsideOfPatterns=false",
    // libgit2 does not open a repository with the extension that this would switch on.
    "worktree.useRelativePaths=false",
];

/// Variables that would make git work on another repository than the one it is told to, or do it differently.
const NEVER: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_QUARANTINE_PATH",
    "GIT_EXTERNAL_DIFF",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_AUTHOR_DATE",
    "GIT_COMMITTER_DATE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_REFLOG_ACTION",
];

/// Removes `user:password@` from addresses (I28).
fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        let host_end = after.find(['/', ' ', '\n', '\'', '"']).unwrap_or(after.len());
        let host_start = after[..host_end].rfind('@').map_or(0, |at| at + 1);
        rest = &after[host_start..];
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i28_credentials_do_not_reach_messages() {
        let text = "fatal: unable to access 'https://me:sekret@host/x.git/': no; see https://host/y";
        assert_eq!(
            without_credentials(text),
            "fatal: unable to access 'https://host/x.git/': no; see https://host/y"
        );
    }

    #[test]
    fn a_missing_program_says_so() {
        let git = Git::new([("PATH".to_owned(), "/nowhere".to_owned())].into());
        assert!(matches!(git.run(Path::new("/"), &["status"]), Err(GitError::ProgramMissing)));
    }
}
