//! What git commands a run has used, by git's own trace: evidence of who moved a ref.
//!
//! A user commits, switches branches and fetches while agents are at work, and that is none of an agent's. Git writes down
//! each command of processes whose environment asks for it, and only a run's processes have such an environment. A process
//! that drops it leaves no evidence, and is not blamed.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The variable by which git is told where to write.
pub(crate) const VARIABLE: &str = "GIT_TRACE2_EVENT";

/// No more is read of a trace, in bytes.
const LONGEST: u64 = 256 << 20;

/// One git command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GitCall {
    /// The command, such as `commit`.
    pub(super) name: String,
    /// All of its words.
    pub(super) words: Vec<String>,
    /// The checkout that it was used on, where there is one.
    pub(super) checkout: Option<PathBuf>,
}

/// Commands that make a checkout's HEAD point elsewhere.
const SWITCH: [&str; 5] = ["bisect", "checkout", "rebase", "switch", "symbolic-ref"];

/// Commands that move the branch that a checkout is on.
const MOVE_BRANCH: [&str; 8] = ["am", "cherry-pick", "commit", "merge", "pull", "rebase", "reset", "revert"];

/// Options by which a branch or tag that exists is moved or deleted.
const OF_EXISTING: [&str; 10] = ["-f", "-d", "-D", "-m", "-M", "-C", "-B", "--force", "--delete", "--move"];

impl GitCall {
    /// Returns whether it may have made the HEAD of its checkout point elsewhere.
    pub(super) fn may_switch(&self) -> bool {
        SWITCH.contains(&self.name.as_str())
    }

    /// Returns whether it may have moved the branch that its checkout is on.
    pub(super) fn may_move_branch(&self) -> bool {
        MOVE_BRANCH.contains(&self.name.as_str())
    }

    /// Returns whether it may have written a ref because that is named in it; `existed` says that it was there before.
    pub(super) fn may_write(&self, name: &str, existed: bool) -> bool {
        let has = |options: &[&str]| self.words.iter().any(|word| options.contains(&word.as_str()));
        let short = name.strip_prefix("refs/").unwrap_or(name);
        let shortest = short.split_once('/').map_or(short, |(_, rest)| rest);
        let is_name = |part: &str| part == name || part == short || part == shortest;
        let names = || self.words.iter().any(|word| word.split('=').any(is_name));
        // Where a refspec leads.
        let leads_to = |is_name: &dyn Fn(&str) -> bool| {
            self.words.iter().any(|word| word.split_once(':').is_some_and(|(_, to)| is_name(to)))
        };
        match self.name.as_str() {
            // These read the names from elsewhere.
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
            "filter-branch" | "notes" | "replace" | "symbolic-ref" => names(),
            _ => false,
        }
    }
}

/// Reads a trace; one that is missing, or no longer a file of its own, has nothing.
pub(super) fn read(path: &Path) -> Vec<GitCall> {
    #[derive(Deserialize)]
    struct Line {
        event: String,
        sid: String,
        #[serde(default)]
        argv: Vec<String>,
        #[serde(default)]
        name: String,
        worktree: Option<PathBuf>,
    }
    let opened =
        File::options().read(true).custom_flags(nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK).open(path);
    let Ok(file) = opened else { return Vec::new() };
    if !file.metadata().is_ok_and(|file| file.is_file()) {
        return Vec::new();
    }
    let mut calls: BTreeMap<String, GitCall> = BTreeMap::new();
    let lines = BufReader::new(std::io::Read::take(file, LONGEST)).split(b'\n');
    for line in lines.map_while(Result::ok) {
        // Most lines are about time.
        let Ok(line) = serde_json::from_slice::<Line>(&line) else { continue };
        match line.event.as_str() {
            "start" => calls.entry(line.sid).or_default().words = line.argv,
            "cmd_name" => calls.entry(line.sid).or_default().name = line.name,
            "def_repo" => calls.entry(line.sid).or_default().checkout = line.worktree,
            _ => {}
        }
    }
    calls.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(words: &[&str]) -> GitCall {
        let name = words[0].to_owned();
        GitCall { name, words: words.iter().map(|word| (*word).to_owned()).collect(), checkout: None }
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
    fn a_trace_is_read_by_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace");
        let text = r#"{"event":"version","sid":"a","evt":"3"}
{"event":"start","sid":"a","argv":["git","-C","/r","commit","-m","x"]}
{"event":"def_repo","sid":"a","repo":1,"worktree":"/r"}
{"event":"cmd_name","sid":"a","name":"commit"}
{"event":"start","sid":"b","argv":["git","status"]}
half a li"#;
        std::fs::write(&path, text).unwrap();
        let calls = read(&path);
        assert_eq!(calls.len(), 2);
        assert!(calls[0].may_move_branch() && calls[0].checkout.as_deref() == Some(Path::new("/r")));
        assert!(!calls[1].may_move_branch() && !calls[1].may_switch());
        assert!(read(&folder.path().join("none")).is_empty());
    }
}
