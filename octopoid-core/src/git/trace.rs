//! Git commands of a run, read from git's trace2 output: evidence of who moved a ref.
//!
//! A user commits, switches branches and fetches while agents are working, which must not be attributed to an agent. Git traces
//! each command of a process whose environment asks for it, and only a run's processes have such an environment. A process that
//! drops the variable leaves no evidence, and is not blamed.

use crate::model::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Variable that sets where git writes its trace.
pub(crate) const VARIABLE: &str = "GIT_TRACE2_EVENT";

/// Largest part of a trace that is read, in bytes.
const LONGEST: u64 = 256 << 20;

/// Successful git command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GitCall {
    /// Name of the command, such as `commit`.
    pub(super) name: String,
    /// All arguments.
    pub(super) words: Vec<String>,
    /// Checkout on which the command was run, if any.
    pub(super) checkout: Option<PathBuf>,
    /// Start and end, in seconds since the epoch.
    pub(super) from: i64,
    pub(super) until: i64,
}

/// Commands that change which branch or commit a checkout's HEAD points to.
const SWITCH: [&str; 5] = ["bisect", "checkout", "rebase", "switch", "symbolic-ref"];

/// Commands that move the branch that is checked out.
const MOVE_BRANCH: [&str; 8] = ["am", "cherry-pick", "commit", "merge", "pull", "rebase", "reset", "revert"];

/// Options that move or delete an existing branch or tag.
const OF_EXISTING: [&str; 10] = ["-f", "-d", "-D", "-m", "-M", "-C", "-B", "--force", "--delete", "--move"];

impl GitCall {
    /// Returns whether the command may have changed which branch or commit its checkout's HEAD points to.
    pub(super) fn may_switch(&self) -> bool {
        SWITCH.contains(&self.name.as_str())
    }

    /// Returns whether the command may have moved the branch that is checked out.
    pub(super) fn may_move_branch(&self) -> bool {
        MOVE_BRANCH.contains(&self.name.as_str())
    }

    /// Returns whether a reflog entry may have been written by this command, judging by its time and message.
    pub(super) fn wrote(&self, seconds: i64, message: &str) -> bool {
        let begins = |words: &[&str]| words.iter().any(|word| message.starts_with(word));
        let says = match self.name.as_str() {
            "commit" | "am" | "rebase" | "reset" | "fetch" | "filter-branch" | "fast-import" | "notes" => {
                begins(&[&self.name])
            }
            "merge" => begins(&["merge"]),
            "pull" => begins(&["pull", "merge", "rebase"]),
            "cherry-pick" | "revert" => begins(&[&self.name, "commit"]),
            "branch" | "worktree" => begins(&["branch"]),
            "checkout" | "switch" | "bisect" => begins(&["checkout", "branch"]),
            "push" | "receive-pack" => begins(&["push", "update by push"]),
            // The message is the one given as an argument, or empty.
            "update-ref" | "symbolic-ref" => {
                message.is_empty() || self.words.iter().any(|word| word == message)
            }
            "stash" => true,
            _ => false,
        };
        says && (self.from..=self.until).contains(&seconds)
    }

    /// Returns whether the command may have written a ref that it names; `existed` says whether the ref existed before.
    pub(super) fn may_write(&self, name: &str, existed: bool) -> bool {
        let has = |options: &[&str]| self.words.iter().any(|word| options.contains(&word.as_str()));
        let short = name.strip_prefix("refs/").unwrap_or(name);
        let shortest = short.split_once('/').map_or(short, |(_, rest)| rest);
        let is_name = |part: &str| part == name || part == short || part == shortest;
        let names = || self.words.iter().any(|word| word.split('=').any(is_name));
        // Target of a refspec.
        let leads_to = |is_name: &dyn Fn(&str) -> bool| {
            self.words.iter().any(|word| word.split_once(':').is_some_and(|(_, to)| is_name(to)))
        };
        match self.name.as_str() {
            // These commands read the names from elsewhere.
            "fast-import" | "receive-pack" => true,
            "update-ref" => has(&["--stdin"]) || names(),
            "stash" => name == "refs/stash" && !has(&["list", "show"]),
            "fetch" | "pull" => !name.starts_with("refs/remotes/") && leads_to(&is_name),
            "push" => match short.strip_prefix("remotes/").and_then(|rest| rest.split_once('/')) {
                Some((_, branch)) => {
                    let is_name = |part: &str| part == branch || part == format!("refs/heads/{branch}");
                    leads_to(&is_name) || self.words.iter().any(|word| is_name(word.trim_start_matches('+')))
                }
                None => has(&["."]) && (leads_to(&is_name) || names()),
            },
            "branch" | "tag" | "checkout" | "switch" | "worktree" => {
                names() && (!existed || has(&OF_EXISTING))
            }
            "notes" => name.starts_with("refs/notes/"),
            "filter-branch" | "replace" | "symbolic-ref" => names(),
            _ => false,
        }
    }
}

/// Reads the successful commands of a trace; empty if the trace is missing or no longer a regular file.
pub(super) fn read(path: &Path) -> Vec<GitCall> {
    #[derive(Deserialize)]
    struct Line {
        event: String,
        sid: String,
        time: Option<Timestamp>,
        #[serde(default)]
        argv: Vec<String>,
        #[serde(default)]
        name: String,
        worktree: Option<PathBuf>,
        code: Option<i32>,
    }
    let opened =
        File::options().read(true).custom_flags(nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK).open(path);
    let Ok(file) = opened else { return Vec::new() };
    if !file.metadata().is_ok_and(|file| file.is_file()) {
        return Vec::new();
    }
    let mut calls: BTreeMap<String, (GitCall, bool)> = BTreeMap::new();
    let lines = BufReader::new(std::io::Read::take(file, LONGEST)).split(b'\n');
    for line in lines.map_while(Result::ok) {
        // Most lines are about timing.
        let Ok(line) = serde_json::from_slice::<Line>(&line) else { continue };
        let seconds = line.time.map(|time| time.as_millis().div_euclid(1000));
        let (call, succeeded) = calls.entry(line.sid).or_default();
        match line.event.as_str() {
            "start" => {
                call.words = line.argv;
                call.from = seconds.unwrap_or_default();
            }
            "cmd_name" => call.name = line.name,
            // The first is the command's own repository; others are repositories that it inspected.
            "def_repo" if call.checkout.is_none() => call.checkout = line.worktree,
            "exit" => {
                *succeeded = line.code == Some(0);
                call.until = seconds.unwrap_or(i64::MAX);
            }
            _ => {}
        }
    }
    calls.into_values().filter_map(|(call, succeeded)| succeeded.then_some(call)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(words: &[&str]) -> GitCall {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        GitCall { name: words[0].clone(), words, checkout: None, from: 10, until: 12 }
    }

    #[test]
    fn a_command_writes_the_refs_that_it_names() {
        for (words, name, writes) in [
            (&["update-ref", "refs/heads/main", "HEAD"][..], "refs/heads/main", true),
            (&["update-ref", "--stdin"], "refs/heads/main", true),
            (&["branch", "-f", "main", "HEAD"], "refs/heads/main", true),
            (&["branch", "--contains", "main"], "refs/heads/main", false),
            (&["branch", "-f", "maintenance"], "refs/heads/main", false),
            (&["push", ".", "HEAD:main"], "refs/heads/main", true),
            (&["push", "origin", "HEAD:main"], "refs/heads/main", false),
            (&["push", "origin", "+HEAD:refs/heads/main"], "refs/remotes/origin/main", true),
            (&["push", "origin", "main"], "refs/remotes/origin/main", true),
            (&["fetch", "origin", "main"], "refs/remotes/origin/main", false),
            (&["fetch", "origin", "main"], "refs/heads/main", false),
            (&["fetch", ".", "HEAD:main"], "refs/heads/main", true),
            (&["notes", "add", "-m", "n", "main"], "refs/heads/main", false),
            (&["tag", "-f", "v1"], "refs/tags/v1", true),
            (&["stash"], "refs/stash", true),
            (&["stash", "list"], "refs/stash", false),
            (&["checkout", "main"], "refs/heads/main", false),
            (&["log", "main"], "refs/heads/main", false),
            (&["commit", "-m", "main"], "refs/heads/main", false),
        ] {
            assert_eq!(call(words).may_write(name, true), writes, "{words:?} {name}");
        }
        assert!(call(&["checkout", "-b", "feature/x"]).may_write("refs/heads/feature/x", false));
        assert!(call(&["tag", "v1"]).may_write("refs/tags/v1", false));
    }

    #[test]
    fn an_entry_of_a_reflog_is_of_a_command_by_its_time_and_its_words() {
        assert!(call(&["commit"]).wrote(11, "commit: x"));
        assert!(!call(&["commit"]).wrote(13, "commit: x"), "later");
        assert!(!call(&["update-ref", "--stdin"]).wrote(11, "commit: x"), "a user's commit meanwhile");
        assert!(!call(&["push", "--dry-run", ".", "HEAD:main"]).wrote(11, "commit: x"));
        assert!(call(&["update-ref", "-m", "why", "refs/heads/main", "x"]).wrote(10, "why"));
        assert!(call(&["update-ref", "refs/heads/main", "x"]).wrote(12, ""));
        assert!(call(&["receive-pack"]).wrote(12, "push"));
    }

    #[test]
    fn commands_that_failed_or_did_not_end_count_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace");
        let text = r#"{"event":"version","sid":"a","evt":"3"}
{"event":"start","sid":"a","time":"1970-01-01T00:00:10.5Z","argv":["git","-C","/r","commit","-m","x"]}
{"event":"def_repo","sid":"a","repo":1,"worktree":"/r"}
{"event":"def_repo","sid":"a","repo":2,"worktree":"/r/nested"}
{"event":"cmd_name","sid":"a","name":"commit"}
{"event":"exit","sid":"a","time":"1970-01-01T00:00:12.1Z","code":0}
{"event":"start","sid":"b","argv":["git","branch","-f","main"]}
{"event":"exit","sid":"b","code":128}
{"event":"start","sid":"c","argv":["git","status"]}
half a li"#;
        std::fs::write(&path, text).unwrap();
        let calls = read(&path);
        assert_eq!(calls.len(), 1);
        assert_eq!((calls[0].from, calls[0].until), (10, 12));
        assert!(calls[0].may_move_branch() && calls[0].checkout.as_deref() == Some(Path::new("/r")));
        assert!(read(&folder.path().join("none")).is_empty());
    }
}
