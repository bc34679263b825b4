//! Expiry by age: logs on this disk, and history in a store that leaves retention to the orchestrator.

use super::plan::Standing;
use super::{CleanupError, Owner, ask};
use crate::git::{GitError, delete};
use crate::model::{RunId, TaskId, Timestamp};
use crate::orchestrator::disk::layout::Layout;
use crate::orchestrator::shared::{Shared, blocking};
use crate::store::{PruneRequest, Retention};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// File or folder that is old enough to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Old {
    path: PathBuf,
    /// Task that must have ended first; `None` if the file belongs to no task.
    task: Option<TaskId>,
}

/// Removes logs and history that are older than the settings allow.
pub(crate) async fn expire(shared: &Arc<Shared>) -> Result<(), CleanupError> {
    let (scope, retention) = (&shared.settings.scope, shared.settings.retention);
    let (layout, now) = (shared.layout.clone(), shared.now());
    let mut over = BTreeMap::new();
    for old in blocking(move || old_files(&layout, &retention, now)).await {
        let may_go = match old.task {
            None => true,
            Some(task) => match over.get(&task) {
                Some(known) => *known,
                None => {
                    let known = ask(&*shared.store, scope, &Owner::Task(task.clone())).await?;
                    // A task that this store does not know may be in another store.
                    let is_over =
                        matches!(known.standing, Standing::Landed(_) | Standing::Done | Standing::Dropped);
                    over.insert(task, is_over);
                    is_over
                }
            },
        };
        if may_go && let Err(error) = blocking(move || remove(&old.path)).await {
            shared.warn(format!("an old log could not be removed: {error}"));
        }
    }
    let mut request = PruneRequest::new(Some(scope.clone()), &retention);
    loop {
        let step = shared.store.prune(&request).await?;
        if step.next.is_end() {
            return Ok(());
        }
        request = request.after(step.next);
    }
}

/// Removes a file or folder, and the folder of a task's artifacts together with the last of them.
fn remove(path: &Path) -> Result<(), GitError> {
    delete(path)?;
    let of_task = |folder: &&Path| folder.parent().is_some_and(|tasks| tasks.ends_with("logs/tasks"));
    if let Some(artifacts) = path.parent().filter(of_task) {
        // Fails if the folder is not empty.
        let _ = fs::remove_dir(artifacts);
    }
    Ok(())
}

/// Returns the files that are old enough, by the day in their name or by their modification time.
fn old_files(layout: &Layout, retention: &Retention, now: Timestamp) -> Vec<Old> {
    let mut old = Vec::new();
    if let Some(keep) = retention.logs {
        let today = day(now - keep);
        for path in [layout.logs(), layout.logs().join("agents")].iter().flat_map(|folder| list(folder)) {
            if day_of(&path).is_some_and(|written| written < today) {
                old.push(Old { path, task: None });
            }
        }
        for path in list(&layout.logs().join("tasks")) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(Ok(task)) = name.strip_suffix(".log").map(TaskId::new)
                && is_older(&path, now, keep)
            {
                old.push(Old { path, task: Some(task) });
            }
        }
        for path in list(&layout.runtime().join("set-aside")) {
            let run = RunId::new(path.file_name().unwrap_or_default().to_string_lossy());
            let task = run.ok().and_then(|run| TaskId::new(run.as_str().rsplit_once('.')?.0).ok());
            if task.is_some() && is_older(&path, now, keep) {
                old.push(Old { path, task });
            }
        }
    }
    if let Some(keep) = retention.transcripts {
        // All artifacts alike, and what else is there, such as a transcript that was being rewritten.
        for folder in list(&layout.logs().join("tasks")).into_iter().filter(|path| path.is_dir()) {
            let Ok(task) = TaskId::new(folder.file_name().unwrap_or_default().to_string_lossy()) else {
                continue;
            };
            let artifacts = list(&folder).into_iter().filter(|path| is_older(path, now, keep));
            old.extend(artifacts.map(|path| Old { path, task: Some(task.clone()) }));
        }
    }
    old
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn is_older(path: &Path, now: Timestamp, keep: Duration) -> bool {
    let changed = fs::symlink_metadata(path).and_then(|metadata| metadata.modified()).ok();
    let age = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
    let Some(changed) = age.and_then(|age| i64::try_from(age.as_millis()).ok()) else { return false };
    Timestamp::from_millis(changed) < now - keep
}

/// Returns the day of a timestamp, in the form used in the names of logs.
fn day(at: Timestamp) -> String {
    at.to_string().get(..10).unwrap_or_default().to_owned()
}

/// Returns the day in the name of a log such as `scheduler-2025-01-31.log`.
fn day_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_suffix(".log")?;
    let day = name.get(name.len().checked_sub(11)?..)?.strip_prefix('-')?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = day.split('-');
    let shape =
        [4, 2, 2].iter().all(|length| parts.next().is_some_and(|part| part.len() == *length && digits(part)));
    shape.then(|| day.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, create_dir_all};
    use std::time::SystemTime;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn write(path: PathBuf, age: Duration, now: SystemTime) {
        create_dir_all(path.parent().unwrap()).unwrap();
        File::create(path).unwrap().set_modified(now - age).unwrap();
    }

    #[test]
    fn logs_are_old_by_the_day_in_their_name_or_by_their_last_change() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let now = Timestamp::from_millis(1_750_000_000_000);
        let clock = UNIX_EPOCH + Duration::from_millis(1_750_000_000_000);
        let logs = layout.logs();
        for name in
            ["scheduler-2025-05-01.log", "scheduler-2025-06-14.log", "notes.log", "agents/a-2025-05-01.log"]
        {
            write(logs.join(name), Duration::ZERO, clock);
        }
        for (task, age) in [("task-1", 40), ("task-2", 20), ("task-3", 5)] {
            write(logs.join(format!("tasks/{task}.log")), DAY * age, clock);
            for artifact in ["log", "jsonl", "diff", "tests.log"] {
                write(logs.join(format!("tasks/{task}/attempt-1.{artifact}")), DAY * age, clock);
            }
        }
        let retention = Retention::forever().with_logs(Some(DAY * 30), Some(DAY * 10));
        let mut found: Vec<_> = old_files(&layout, &retention, now)
            .into_iter()
            .map(|old| {
                let name = old.path.strip_prefix(&logs).unwrap().display().to_string();
                (name, old.task.map(|task| task.to_string()))
            })
            .collect();
        found.sort();
        let task = |name: &str| Some(name.to_owned());
        assert_eq!(
            found,
            [
                ("agents/a-2025-05-01.log".to_owned(), None),
                ("scheduler-2025-05-01.log".to_owned(), None),
                ("tasks/task-1.log".to_owned(), task("task-1")),
                ("tasks/task-1/attempt-1.diff".to_owned(), task("task-1")),
                ("tasks/task-1/attempt-1.jsonl".to_owned(), task("task-1")),
                ("tasks/task-1/attempt-1.log".to_owned(), task("task-1")),
                ("tasks/task-1/attempt-1.tests.log".to_owned(), task("task-1")),
                ("tasks/task-2/attempt-1.diff".to_owned(), task("task-2")),
                ("tasks/task-2/attempt-1.jsonl".to_owned(), task("task-2")),
                ("tasks/task-2/attempt-1.log".to_owned(), task("task-2")),
                ("tasks/task-2/attempt-1.tests.log".to_owned(), task("task-2")),
            ]
        );
        assert_eq!(old_files(&layout, &Retention::forever(), now), []);
    }
}
