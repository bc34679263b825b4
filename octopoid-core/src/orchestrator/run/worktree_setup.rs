//! What `worktree` in the settings asks for, done once in each fresh worktree or checkout.

use super::abort::RunAbort;
use super::context::RunContext;
use super::script::run_command;
use crate::flow::Script;
use crate::git::{GitError, Repository, Worktree};
use crate::orchestrator::settings::WorktreeSettings;
use crate::orchestrator::shared::blocking;
use std::fs;
use std::path::Path;

/// The name under which the set-up is run.
const SETUP: &str = "worktree.setup";

/// Makes a fresh checkout ready, unless that was done.
pub(super) async fn set_up(context: &RunContext, path: &Path) -> Result<(), RunAbort> {
    let settings = context.shared.settings.worktree.clone();
    if settings == WorktreeSettings::default() {
        return Ok(());
    }
    let (repository, checkout) = (context.shared.repository.clone(), path.to_owned());
    let opened = Worktree::open(&repository, &checkout)?;
    if opened.is_ready() {
        return Ok(());
    }
    let wanted = settings.clone();
    blocking(move || fill(&repository, &checkout, &wanted)).await?;
    if let Some(command) = settings.setup {
        let script = Script::new(SETUP, command);
        let ended = run_command(context, &script, &context.start_folder(path), &[]).await?;
        if let Err(why) = ended.result {
            return Err(RunAbort::Fault(format!(
                "`worktree.setup` failed in {}: {why}\n{}",
                path.display(),
                ended.text
            )));
        }
    }
    Ok(opened.set_ready()?)
}

/// Copies and links what is wanted from the user's checkout.
fn fill(repository: &Repository, checkout: &Path, settings: &WorktreeSettings) -> Result<(), GitError> {
    let from = repository.root();
    for path in settings.copy.iter().chain(&settings.link) {
        if !repository.ignores(checkout, path)? {
            return Err(GitError::Program {
                command: "check-ignore".to_owned(),
                message: format!(
                    "`worktree` puts `{0}` into worktrees, and git does not ignore it, so it would become part of the work; \
                     add `/{0}` to .gitignore",
                    path.display()
                ),
            });
        }
    }
    for path in &settings.copy {
        copy(&from.join(path), &checkout.join(path))?;
    }
    for path in &settings.link {
        let (target, link) = (from.join(path), checkout.join(path));
        make_parent(&link)?;
        match std::os::unix::fs::symlink(&target, &link) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(GitError::io(link)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn make_parent(path: &Path) -> Result<(), GitError> {
    match path.parent() {
        Some(parent) => fs::create_dir_all(parent).map_err(GitError::io(parent)),
        None => Ok(()),
    }
}

/// Copies a file or a folder; one that is not there is left out, as it may only exist on some machines.
fn copy(from: &Path, to: &Path) -> Result<(), GitError> {
    let Ok(kind) = fs::symlink_metadata(from) else { return Ok(()) };
    make_parent(to)?;
    if kind.is_dir() {
        fs::create_dir_all(to).map_err(GitError::io(to))?;
        for entry in fs::read_dir(from).map_err(GitError::io(from))? {
            let name = entry.map_err(GitError::io(from))?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
        return Ok(());
    }
    if kind.is_symlink() {
        let target = fs::read_link(from).map_err(GitError::io(from))?;
        return match std::os::unix::fs::symlink(target, to) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(GitError::io(to)(error)),
            _ => Ok(()),
        };
    }
    fs::copy(from, to).map(drop).map_err(GitError::io(to))
}
