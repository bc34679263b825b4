//! `octopoid worktrees` and `octopoid worktrees clean`.

use crate::args::{Worktrees, WorktreesAction};
use crate::error::{CliError, Result, with_causes};
use crate::output::{style, table};
use crate::project::{Context, Project};
use comfy_table::Cell;
use octopoid_core::git::{Git, GitError, Repository, Worktree, WorktreeInfo};
use octopoid_core::model::{Queue, Task, TaskId};
use octopoid_core::orchestrator::Layout;
use octopoid_core::store::Store;
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;

pub(super) async fn run(args: &Worktrees, context: &Context) -> Result<()> {
    let project = context.project()?;
    let store = project.store(context).await?;
    let repository = Repository::open(project.repository(), Git::new(context.environment.variables.clone()))
        .map_err(unusable)?;
    let mut all = Vec::new();
    for info in repository.worktrees(&project.layout.worktrees()).map_err(unusable)? {
        all.push(Entry::of(info, &project, &*store).await?);
    }
    match &args.action {
        None => list(&all, context),
        Some(WorktreesAction::Clean { dry_run }) => {
            clean(all, &repository, &project.layout, *dry_run, context)?
        }
    }
    Ok(())
}

fn unusable(error: GitError) -> CliError {
    CliError::failure(with_causes(&error)).hint("`octopoid doctor` checks the repository")
}

/// One worktree.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    path: PathBuf,
    queue: Option<Queue>,
    head: Option<String>,
    dirty: bool,
    unsaved_commits: bool,
    /// Why it stays; none when nothing would be lost.
    stays: Option<String>,
}

impl Entry {
    async fn of(info: WorktreeInfo, project: &Project, store: &dyn Store) -> Result<Self> {
        let name = info.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let task = match TaskId::new(&*name) {
            Ok(id) => match store.task(&project.scope(), &id).await {
                Ok(task) => Some(task),
                Err(error) if error.is_not_found() => None,
                Err(error) => return Err(error.into()),
            },
            Err(_) => None,
        };
        let stays = stays(&info, task.as_ref());
        Ok(Self {
            name,
            queue: task.as_ref().map(Task::queue),
            head: info.head.map(|head| head.short().to_owned()),
            dirty: info.dirty,
            unsaved_commits: info.unsaved_commits,
            stays,
            path: info.path,
        })
    }
}

fn stays(info: &WorktreeInfo, task: Option<&Task>) -> Option<String> {
    if info.head.is_none() {
        return Some("it is no worktree of this repository; look at it, and remove it by hand".to_owned());
    }
    if let Some(task) = task.filter(|task| !matches!(task.queue(), Queue::Done | Queue::Failed)) {
        return Some(format!("its task is in `{}` and will go on in it", task.queue()));
    }
    if info.dirty {
        return Some("it has changes that are not committed".to_owned());
    }
    info.unsaved_commits.then(|| "it has commits that are on no branch".to_owned())
}

fn list(all: &[Entry], context: &Context) {
    let output = context.output;
    output.json(&json!({ "worktrees": all }));
    if all.is_empty() {
        output.line("no worktrees");
        return;
    }
    let mut rows = table::table(&["TASK", "QUEUE", "HEAD", "STATE", "PATH"]);
    for entry in all {
        let state = match (entry.dirty, entry.unsaved_commits) {
            (true, _) => "uncommitted changes",
            (false, true) => "commits on no branch",
            (false, false) => "saved",
        };
        rows.add_row(vec![
            Cell::new(&entry.name),
            Cell::new(entry.queue.map_or("gone", Queue::as_str)),
            Cell::new(entry.head.as_deref().unwrap_or("–")),
            Cell::new(state),
            Cell::new(entry.path.display()),
        ]);
    }
    output.line(table::render(&mut rows));
    let free = all.iter().filter(|entry| entry.stays.is_none()).count();
    if free > 0 {
        output.note(style::paint(style::DIM, format_args!("{free} can go: `octopoid worktrees clean`")));
    }
}

fn clean(
    all: Vec<Entry>,
    repository: &Repository,
    layout: &Layout,
    dry_run: bool,
    context: &Context,
) -> Result<()> {
    let output = context.output;
    let (kept, free): (Vec<_>, Vec<_>) = all.into_iter().partition(|entry| entry.stays.is_some());
    if !dry_run && octopoid_core::orchestrator::running_pid(layout).is_some() {
        output.note("an orchestrator runs; it removes the worktrees of what lands by itself");
    }
    for entry in &free {
        if !dry_run {
            let worktree = Worktree::open(repository, &entry.path).map_err(unusable)?;
            // Looked at again right before: `remove` saves what has appeared meanwhile and says where.
            if let Some(saved) = worktree.remove().map_err(unusable)? {
                output.warn(format_args!("{} had leftovers; they are kept at {saved}", entry.name));
            }
        }
        let word = if dry_run { "would remove" } else { "removed" };
        output.line(format_args!("{word} {}", entry.path.display()));
    }
    for entry in &kept {
        let why = entry.stays.as_deref().unwrap_or_default();
        output.line(format_args!(
            "{} {}: {why}",
            style::paint(style::ATTENTION, "keeps"),
            entry.path.display()
        ));
    }
    if free.is_empty() && kept.is_empty() {
        output.line("no worktrees");
    }
    output.json(&json!({ "removed": free, "kept": kept, "dry_run": dry_run }));
    Ok(())
}
