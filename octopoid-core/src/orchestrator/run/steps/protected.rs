//! Work that changes what it is judged by, or what the installation protects.

use super::StepOutcome;
use crate::flow::Flow;
use crate::git::GitError;
use crate::model::StepStatus;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::{Note, names};
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::work::Work;
use crate::orchestrator::shared::blocking;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The name of the step that says that the work changes what tests or checks run.
const SCRIPTS: &str = "changed_checks";

/// The name of the step that says that the work changes protected paths.
const PROTECTED: &str = "protected";

/// Files that programs run, or read what to run from, without being told their names.
const IMPLIED: [(&str, &[&str]); 7] = [
    ("make", &["Makefile", "makefile", "GNUmakefile"]),
    ("npm", &["package.json"]),
    ("pnpm", &["package.json"]),
    ("yarn", &["package.json"]),
    ("just", &["justfile", "Justfile"]),
    ("tox", &["tox.ini"]),
    ("cargo", &[".cargo/config.toml"]),
];

/// Looks where the work changes a script that the tests or the flow's conditions run. Returns what there is to note of it.
pub(in crate::orchestrator::run) async fn changed_checks(
    context: &RunContext,
    work: &Work,
    flow: &Flow,
) -> Result<Option<Note>, RunAbort> {
    let made_in = context.task.review().and_then(|review| review.made_in.clone());
    let checks = flow.checks(made_in.as_ref());
    let conditions = checks.iter().map(|script| script.command.as_str());
    let tests = context.shared.settings.test.as_ref().map(|test| test.command.as_str());
    let mut changed = BTreeSet::new();
    for command in conditions.chain(tests) {
        changed.extend(named_and_changed(context, work, command).await?);
    }
    if changed.is_empty() {
        return Ok(None);
    }
    let names: Vec<_> = changed.iter().map(|path| format!("`{}`", path.display())).collect();
    let words = format!("the work changes what the tests or checks run: {}", names.join(", "));
    Ok(Some(Note::new(SCRIPTS, StepStatus::Done, words)))
}

/// Returns the files that a command runs by name, as far as the work changes them.
pub(super) async fn named_and_changed(
    context: &RunContext,
    work: &Work,
    command: &str,
) -> Result<Vec<PathBuf>, RunAbort> {
    let folder = context.shared.settings.folder.clone().unwrap_or_default();
    let named = named(command, &folder);
    let (repository, base, head) = (context.shared.repository.clone(), work.base.clone(), work.head.clone());
    Ok(blocking(move || {
        let mut found = Vec::new();
        for path in named {
            let Some(text) = path.to_str() else { continue };
            let before = repository.file_in(&base, text)?;
            // What the base branch does not have yet is new with the work, and there is nothing else to run.
            if before.is_some() && before != repository.file_in(&head, text)? {
                found.push(path);
            }
        }
        Ok::<_, GitError>(found)
    })
    .await?)
}

/// Stops work that has files which were put into its worktree from the user's checkout, such as one with secrets: also a commit
/// that only an earlier one has would be pushed.
pub(in crate::orchestrator::run) async fn copied_files(
    context: &RunContext,
    work: &Work,
) -> Result<StepOutcome, RunAbort> {
    let put = &context.shared.settings.worktree;
    let paths: Vec<PathBuf> = put.copy.iter().chain(&put.link).cloned().collect();
    if paths.is_empty() {
        return Ok(StepOutcome::nothing());
    }
    let (repository, base, head) = (context.shared.repository.clone(), work.base.clone(), work.head.clone());
    let found = blocking(move || repository.touched_by_any(&base, &head, &paths)).await?;
    if found.is_empty() {
        return Ok(StepOutcome::nothing());
    }
    let reason = format!(
        "the work has commits with {}, which `worktree` put into its folder from your checkout and which may hold secrets; \
         remove them from its commits, or cancel the task",
        names(&Vec::from_iter(found))
    );
    let asked = Settlement::suspend(context, reason.clone());
    Ok(StepOutcome::of(PROTECTED, StepStatus::Waiting, reason).settling(asked))
}

/// Looks whether the work changes a protected path, so that a person has to approve it. Returns what there is to note of it.
pub(in crate::orchestrator::run) async fn protected_paths(
    context: &RunContext,
    work: &Work,
) -> Result<Option<Note>, RunAbort> {
    let patterns = context.shared.settings.protected.clone();
    if patterns.is_empty() {
        return Ok(None);
    }
    let (repository, base, head) = (context.shared.repository.clone(), work.base.clone(), work.head.clone());
    let found = blocking(move || repository.changed_like(&base, &head, &patterns)).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let words =
        format!("the work changes protected paths and waits for a person: {}", names(&Vec::from_iter(found)));
    Ok(Some(Note::new(PROTECTED, StepStatus::Done, words)))
}

/// The paths in the repository that a shell command may mean, when it starts in a folder of it.
fn named(command: &str, folder: &Path) -> Vec<PathBuf> {
    let words = command.split(|c: char| c.is_whitespace() || ";&|()<>'\"`$".contains(c));
    let mut paths = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        let program = word.rsplit('/').next().unwrap_or(word);
        let implied = IMPLIED.iter().find(|(name, _)| *name == program).map_or(&[][..], |(_, files)| files);
        for path in implied.iter().copied().chain([word]) {
            paths.extend(within(&folder.join(path)));
        }
    }
    paths
}

/// A path without `.` and `..`; none where it leads out of the repository.
fn within(path: &Path) -> Option<PathBuf> {
    use std::path::Component;
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => clean.push(part),
            Component::CurDir => {}
            Component::ParentDir if clean.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(clean).filter(|path| !path.as_os_str().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_a_command_runs_are_found_in_it() {
        let found = |command: &str, folder: &str| {
            named(command, Path::new(folder))
                .into_iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(found("./scripts/check.sh --all", ""), ["scripts/check.sh", "--all"]);
        assert_eq!(
            found("sh -c 'cd x && ../t.sh'", "a/b"),
            ["a/b/sh", "a/b/-c", "a/b/cd", "a/b/x", "a/t.sh"]
        );
        assert!(found("make test", "").contains(&"Makefile".to_owned()));
        assert!(found("/usr/bin/true ../../etc/passwd", "").is_empty());
    }
}
