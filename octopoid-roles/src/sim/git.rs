//! The sim agent's use of the `git` program.

use super::environment::Environment;
use std::path::Path;
use std::process::{Command, Output};

#[derive(Debug)]
pub(super) struct Git<'a> {
    environment: &'a Environment,
    identity: Vec<&'static str>,
}

impl<'a> Git<'a> {
    pub(super) fn new(environment: &'a Environment) -> Self {
        let mut git = Self { environment, identity: Vec::new() };
        if !git.output(&["var", "GIT_AUTHOR_IDENT"]).is_ok_and(|output| output.status.success()) {
            git.identity = vec!["-c", "user.name=Sim Agent", "-c", "user.email=sim@agent.invalid"];
        }
        git
    }

    fn output(&self, arguments: &[&str]) -> Result<Output, String> {
        Command::new("git")
            .args(&self.identity)
            .args(["-c", "core.editor=true"])
            .args(arguments)
            .current_dir(&self.environment.worktree)
            .env_clear()
            .envs(&self.environment.variables)
            .output()
            .map_err(|error| format!("cannot run git: {error}"))
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.output(arguments)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("git {} failed: {}", arguments.join(" "), said.trim()))
    }

    /// Commits all changes, if there are any.
    pub(super) fn commit(&self, message: &str) -> Result<(), String> {
        self.run(&["add", "--all"])?;
        if self.run(&["status", "--porcelain"])?.is_empty() {
            return Ok(());
        }
        self.run(&["commit", "--quiet", "--message", message]).map(|_| ())
    }

    /// Rebases onto a commit and keeps both sides' lines where they conflict.
    pub(super) fn rebase(&self, onto: &str) -> Result<(), String> {
        let mut outcome = self.run(&["rebase", onto]);
        // One commit after the other, each with conflicts of its own.
        for _ in 0..1000 {
            let Err(error) = outcome else { return Ok(()) };
            let conflicts = self.run(&["diff", "--name-only", "--diff-filter=U", "-z"])?;
            if conflicts.is_empty() {
                return Err(error);
            }
            for path in conflicts.split('\0').filter(|path| !path.is_empty()) {
                self.settle(path)?;
            }
            outcome = self.run(&["rebase", "--continue"]);
        }
        outcome.map(|_| ())
    }

    fn settle(&self, path: &str) -> Result<(), String> {
        let file = self.environment.worktree.join(path);
        if !file.exists() {
            return self.run(&["rm", "--quiet", "--", path]).map(|_| ());
        }
        keep_both(&file)?;
        self.run(&["add", "--", path]).map(|_| ())
    }
}

fn keep_both(file: &Path) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(wrong)?;
    std::fs::write(file, without_markers(&text)).map_err(wrong)
}

fn without_markers(text: &str) -> String {
    let mut kept = String::new();
    let mut in_base = false;
    for line in text.split_inclusive('\n') {
        match line.get(..7) {
            Some("<<<<<<<") => {}
            Some("|||||||") => in_base = true,
            Some("=======") if line.trim_end().len() == 7 => in_base = false,
            Some(">>>>>>>") => {}
            _ if in_base => {}
            _ => kept.push_str(line),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_are_kept() {
        let text = "a\n<<<<<<< HEAD\nours\n||||||| base\nold\n=======\ntheirs\n>>>>>>> commit\nz\n";
        assert_eq!(without_markers(text), "a\nours\ntheirs\nz\n");
    }
}
