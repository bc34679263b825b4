//! `octopoid worktrees` and `octopoid worktrees clean`.

use crate::args::{Worktrees, WorktreesAction};
use crate::context::Context;
use crate::error::{CliError, Result, with_causes};
use crate::installation::Installation;
use crate::output::{style, table, text};
use comfy_table::Cell;
use octopoid_core::git::{Git, GitError, Repository, WorktreeInfo};
use octopoid_core::model::{Queue, Task, TaskId};
use octopoid_core::orchestrator::{
    Cleanup, CleanupError, CleanupPlan, Item, KeptBecause, disk_usage, running_pid,
};
use octopoid_core::store::Store;
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};

pub(super) async fn run(args: &Worktrees, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let repository =
        Repository::open(installation.repository(), Git::new(context.environment.variables.clone()))
            .map_err(unusable)?;
    let settings = installation.settings(&context.environment)?;
    let cleanup = Cleanup::new(repository.clone(), installation.layout.clone(), &settings);
    let plan = cleanup.plan(&*store, &installation.scope()).await.map_err(unplanned)?;
    match &args.action {
        None => list(&installation, &repository, &*store, &plan, context).await,
        Some(WorktreesAction::Clean { dry_run }) => {
            if !dry_run && running_pid(&installation.layout).is_some() {
                context.output.note("an orchestrator runs; it also cleans up by itself when a task ends");
            }
            clean(cleanup, plan, *dry_run, context).await
        }
    }
}

fn unusable(error: GitError) -> CliError {
    CliError::failure(with_causes(&error)).hint("`octopoid doctor` checks the repository")
}

fn unplanned(error: CleanupError) -> CliError {
    match error {
        CleanupError::Store(error) => error.into(),
        CleanupError::Git(error) => unusable(error),
        error => CliError::failure(with_causes(&error)),
    }
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
    /// What it takes on the disk.
    bytes: u64,
    /// Why it stays; none where `clean` removes it.
    stays: Option<String>,
}

impl Entry {
    async fn of(
        info: WorktreeInfo,
        installation: &Installation,
        store: &dyn Store,
        plan: &CleanupPlan,
    ) -> Result<Self> {
        let name = file_name(&info.path);
        let task = match TaskId::new(&name) {
            Ok(id) => match store.task(&installation.scope(), &id).await {
                Ok(task) => Some(task),
                Err(error) if error.is_not_found() => None,
                Err(error) => return Err(error.into()),
            },
            Err(_) => None,
        };
        let stays = plan.kept.iter().find(|kept| path_of(&kept.item) == Some(&info.path));
        Ok(Self {
            name,
            queue: task.as_ref().map(Task::queue),
            head: info.head.map(|head| head.short().to_owned()),
            dirty: info.dirty,
            unsaved_commits: info.unsaved_commits,
            bytes: disk_usage(&info.path),
            stays: stays.map(|kept| kept.why.to_string()),
            path: info.path,
        })
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Where something lies that takes room on the disk.
fn path_of(item: &Item) -> Option<&PathBuf> {
    match item {
        Item::Worktree { path, .. }
        | Item::Folder { path }
        | Item::Trash { path }
        | Item::RunFiles { path } => Some(path),
        _ => None,
    }
}

async fn list(
    installation: &Installation,
    repository: &Repository,
    store: &dyn Store,
    plan: &CleanupPlan,
    context: &Context,
) -> Result<()> {
    let mut all = Vec::new();
    for info in repository.worktrees(&installation.layout.worktrees()).map_err(unusable)? {
        all.push(Entry::of(info, installation, store, plan).await?);
    }
    let output = context.output;
    let bytes: u64 = all.iter().map(|entry| entry.bytes).sum();
    let free = size_of_removals(plan);
    output.json(&json!({
        "worktrees": all, "bytes": bytes, "removable": plan.removals.len(), "removable_bytes": free,
    }));
    if all.is_empty() {
        output.line("no worktrees");
    } else {
        let mut rows = table::table(&["TASK", "QUEUE", "HEAD", "STATE", "SIZE", "PATH"]);
        for entry in &all {
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
                Cell::new(text::bytes(entry.bytes)),
                Cell::new(entry.path.display()),
            ]);
        }
        output.line(table::render(&mut rows));
        output.line(format_args!("total {}", text::bytes(bytes)));
    }
    if !plan.removals.is_empty() {
        let words = format_args!(
            "{} can go ({}): `octopoid worktrees clean`",
            plan.removals.len(),
            text::bytes(free)
        );
        output.note(style::paint(style::DIM, words));
    }
    Ok(())
}

fn size_of_removals(plan: &CleanupPlan) -> u64 {
    plan.removals.iter().filter_map(|removal| path_of(&removal.item)).map(|path| disk_usage(path)).sum()
}

/// What a line of `clean` says of one thing, done or not.
#[derive(Debug, Serialize)]
struct Line {
    what: &'static str,
    name: String,
    place: String,
    task: Option<TaskId>,
    why: String,
    bytes: Option<u64>,
    /// The reference by which what it held is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_as: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Line {
    fn of(item: &Item, task: Option<&TaskId>, why: String) -> Self {
        let place = item.place();
        Self {
            what: item.word(),
            name: file_name(Path::new(&place)),
            bytes: path_of(item).map(|path| disk_usage(path)),
            task: task.cloned(),
            kept_as: None,
            hint: None,
            place,
            why,
        }
    }
}

/// Carries a plan out, or says what that would do: the same lines of the same plan.
async fn clean(cleanup: Cleanup, plan: CleanupPlan, dry_run: bool, context: &Context) -> Result<()> {
    let output = context.output;
    let line = |removal: &octopoid_core::orchestrator::Removal| {
        Line::of(&removal.item, removal.task.as_ref(), removal.why.to_string())
    };
    let mut removed: Vec<_> = plan.removals.iter().map(line).collect();
    let mut failed = Vec::new();
    if !dry_run {
        let (worker, whole) = (cleanup.clone(), plan.clone());
        let done = tokio::task::spawn_blocking(move || worker.carry_out(&whole))
            .await
            .map_err(|error| CliError::failure(format!("clean-up ended by a defect: {error}")))?;
        let mut succeeded = Vec::new();
        for (mut line, (_, result)) in removed.into_iter().zip(done) {
            match result {
                Ok(kept_as) => {
                    line.kept_as = kept_as;
                    succeeded.push(line);
                }
                Err(error) => failed.push(format!("{}: {}", line.place, with_causes(&error))),
            }
        }
        removed = succeeded;
    }
    let word = if dry_run { "would remove" } else { "removed" };
    for line in &removed {
        output.line(format_args!("{word} the {} {}: {}", line.what, line.place, line.why));
        if let Some(kept_as) = &line.kept_as {
            output.line(format_args!("  what it held is at {kept_as}"));
        }
    }
    let kept: Vec<_> = plan
        .kept
        .iter()
        .map(|kept| Line {
            hint: hint(&kept.why, &kept.item, kept.task.as_ref()),
            ..Line::of(&kept.item, kept.task.as_ref(), kept.why.to_string())
        })
        .collect();
    for line in &kept {
        let keeps = style::paint(style::ATTENTION, "keeps");
        output.line(format_args!("{keeps} the {} {}: {}", line.what, line.place, line.why));
        if let Some(hint) = &line.hint {
            output.note(format_args!("  {hint}"));
        }
    }
    if removed.is_empty() && kept.is_empty() && failed.is_empty() {
        output.line("nothing to clean up");
    }
    let bytes: u64 = removed.iter().filter_map(|line| line.bytes).sum();
    if bytes > 0 {
        let word = if dry_run { "would free" } else { "freed" };
        output.line(format_args!("{word} {}", text::bytes(bytes)));
    }
    output.json(&json!({ "removed": removed, "kept": kept, "bytes": bytes, "dry_run": dry_run }));
    if failed.is_empty() {
        return Ok(());
    }
    Err(CliError::failure(format!("not everything could be removed:\n  {}", failed.join("\n  ")))
        .hint("run `octopoid worktrees clean` again once that is settled"))
}

/// What a person can do with something that stays.
fn hint(why: &KeptBecause, item: &Item, task: Option<&TaskId>) -> Option<String> {
    let place = item.place();
    match why {
        KeptBecause::CanGoOn { .. } => task.map(|task| {
            format!(
                "`octopoid retry {task}` goes on with it; to drop it: `git worktree remove --force {place}`"
            )
        }),
        KeptBecause::NotSeenYet { .. } => {
            Some("`git fetch` brings it; see that the remote can be reached".to_owned())
        }
        KeptBecause::UnknownTask if matches!(item, Item::Branch { .. }) => {
            let name = place.strip_prefix("refs/heads/").unwrap_or(&place);
            Some(format!("if it is not needed: `git branch -D {name}`"))
        }
        KeptBecause::UnknownTask if matches!(item, Item::Worktree { .. }) => {
            Some(format!("if it is not needed: `git worktree remove {place}`"))
        }
        KeptBecause::UnknownTask
        | KeptBecause::MovedAside
        | KeptBecause::OnlyCopy { .. }
        | KeptBecause::Repository { .. } => {
            Some("take what you need from it, and remove it by hand".to_owned())
        }
        KeptBecause::CheckedOut { .. } => Some("check out another branch there".to_owned()),
        KeptBecause::OnNoBranch => {
            Some(format!("`git branch NAME {place}` takes the work up, `git update-ref -d {place}` drops it"))
        }
        _ => None,
    }
}
