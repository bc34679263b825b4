//! Task files: tasks as Markdown under `.octopoid/tasks`, synchronised until their work begins.
//!
//! Until then the file wins: differences in the task are changed to what the file says. From then on the task wins, and a
//! file that differs is only reported. All state is in the file itself: first the key under which its task is created, and
//! then, in its place, the task's id. A file with a key and no id gives the same task again, whatever else was changed in it.

mod file;
mod plan;
mod reading;
mod watch;

pub(crate) use watch::{TaskFileWatcher, words};

use crate::assembly::Workers;
use crate::config::Problem;
use crate::environment::Environment;
use crate::installation::Entries;
use crate::installation::Installation;
use file::TaskFile;
use octopoid_core::model::{Queue, Scope, Task, TaskId};
use octopoid_core::ops::{self, OpError};
use octopoid_core::store::{Store, StoreError, StoreExt, TaskQuery};
use octopoid_core::transition::Actor;
use plan::{Around, Change, Step, plan};
use reading::{Blocker, Reading};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A change made for one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Taken {
    pub(crate) file: String,
    pub(crate) task: TaskId,
    #[serde(flatten)]
    pub(crate) what: What,
}

/// The kind of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum What {
    /// A task was created.
    Created,
    /// The task was updated from the file.
    Updated { fields: Vec<&'static str> },
    /// The file differs from the task, whose work has begun.
    TooLate { fields: Vec<&'static str> },
    /// The file is gone, and its task goes on.
    Gone,
}

/// The result of one synchronisation.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) files: usize,
    pub(crate) taken: Vec<Taken>,
    pub(crate) problems: Vec<Problem>,
}

/// Returns the folder of task files.
pub(crate) fn folder(installation: &Installation) -> PathBuf {
    installation.layout.root().join("tasks")
}

/// Returns the task files, by name.
fn paths(folder: &Path) -> Vec<PathBuf> {
    let Entries { paths, .. } = entries(folder);
    paths
}

fn entries(folder: &Path) -> Entries {
    Entries::of(folder, |path| path.extension().is_some_and(|ending| ending == "md"))
}

/// Returns the path under which a task records its file.
fn name_of(path: &Path) -> String {
    format!(".octopoid/tasks/{}", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Returns the problems with the files themselves.
pub(crate) fn problems(
    installation: &Installation,
    workers: &Workers,
    environment: &Environment,
) -> Vec<Problem> {
    Reading::of(installation, workers, environment).problems
}

/// Synchronises new and changed files. An invalid file, or one whose task is refused, is reported; the others are synchronised.
///
/// # Errors
/// When the store is away.
pub(crate) async fn sync(
    installation: &Installation,
    store: &dyn Store,
    workers: &Workers,
    environment: &Environment,
    person: &str,
) -> Result<Report, StoreError> {
    let Reading { paths, files, mut ids, branches, problems } =
        Reading::of(installation, workers, environment);
    let mut report = Report { files: paths.len(), taken: Vec::new(), problems };
    let stems: BTreeSet<_> = paths.iter().map(|path| file::stem(path)).collect();
    let taking = Take { installation, store, scope: installation.scope(), branches, person };
    // What each file that others may wait for has become.
    let mut tasks: BTreeMap<String, TaskId> =
        files.iter().filter_map(|file| Some((file.stem(), file.id.clone()?))).collect();
    let mut waiting = files;
    loop {
        let mut left = Vec::new();
        let before = waiting.len();
        for mut file in waiting {
            let Some(after) = blockers(&file, &stems, &tasks) else {
                left.push(file);
                continue;
            };
            match taking.one(&mut file, after).await {
                Ok((task, what)) => {
                    ids.insert(task.clone());
                    tasks.insert(file.stem(), task.clone());
                    report.taken.extend(what.map(|what| Taken { file: name_of(&file.path), task, what }));
                }
                Err(Refused::Store(error)) if error.is_retryable() => return Err(error),
                Err(Refused::Store(error)) => report.problems.push(refused(&file, &error)),
                Err(Refused::File(problem)) => report.problems.push(*problem),
                Err(Refused::Write(error)) => report.problems.push(Problem {
                    file: file.path,
                    line: None,
                    problem: format!("the task's id cannot be written into the file: {error}"),
                    fix: "make the file and its folder writable".to_owned(),
                }),
            }
        }
        if left.is_empty() || left.len() == before {
            report.problems.extend(left.iter().map(|file| Problem {
                file: file.path.clone(),
                line: file.line_of("blocked_by"),
                problem: "a file that it waits for is no task".to_owned(),
                fix: "fix that file; if the two block each other, remove one `blocked_by`".to_owned(),
            }));
            break;
        }
        waiting = left;
    }
    if !installation.is_remote() {
        let names: BTreeSet<_> = paths.iter().map(|path| name_of(path)).collect();
        report.taken.extend(gone(store, &taking.scope, &names, &ids).await?);
    }
    Ok(report)
}

/// Returns the tasks that a file waits for; none as long as one of them does not exist.
fn blockers(
    file: &TaskFile,
    stems: &BTreeSet<String>,
    tasks: &BTreeMap<String, TaskId>,
) -> Option<Vec<TaskId>> {
    file.blocked_by
        .iter()
        .map(|word| match reading::blocker(word, stems)? {
            Blocker::File(stem) => tasks.get(&stem).cloned(),
            Blocker::Task(id) => Some(id),
        })
        .collect()
}

enum Refused {
    Store(StoreError),
    Write(std::io::Error),
    File(Box<Problem>),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Refused::Store(error)
    }
}

/// A synchronisation under way.
struct Take<'a> {
    installation: &'a Installation,
    store: &'a dyn Store,
    scope: Scope,
    branches: Option<Vec<String>>,
    person: &'a str,
}

impl Take<'_> {
    /// Creates the task of a file, or updates it.
    async fn one(&self, file: &mut TaskFile, after: Vec<TaskId>) -> Result<(TaskId, Option<What>), Refused> {
        let in_parts = self.installation.config.value.breaks_down(&file.role(), file.complexity);
        let around = Around { after, in_parts };
        let Some(id) = file.id.clone() else {
            let key = file.write_key().map_err(Refused::Write)?;
            let mut new = file.new_task(self.scope.clone(), self.person, &key, around.after.clone());
            new.attributes.needs_breakdown = around.in_parts;
            let task = self.store.create_task(new).await?;
            file.write_id(&task.id).map_err(Refused::Write)?;
            // It may be there from an earlier try, before which the file said something else.
            let changed = self.step(file, &around, &task).await?;
            return Ok((task.id, Some(changed.unwrap_or(What::Created))));
        };
        let task = self.store.task(&self.scope, &id).await?;
        let what = self.step(file, &around, &task).await?;
        Ok((id, what))
    }

    async fn step(&self, file: &TaskFile, around: &Around, task: &Task) -> Result<Option<What>, Refused> {
        let change = match plan(file, around, task) {
            Step::Nothing => return Ok(None),
            Step::TooLate(fields) => return Ok(Some(What::TooLate { fields })),
            Step::Change(change) => *change,
        };
        if change.fields.contains(&"branch")
            && let Some(problem) =
                self.branches.as_deref().and_then(|branches| reading::wrong_branch(file, branches))
        {
            return Err(Refused::File(Box::new(problem)));
        }
        let actor = Actor::Person(self.person.to_owned());
        let Change { edit, fields } = change;
        // All of it or nothing.
        match ops::edit(self.store, task, &edit, &actor).await {
            Ok(_) => {}
            Err(OpError::Store(error)) => return Err(error.into()),
            // It was checked by the plan, of the task as it was read.
            Err(_) => return Ok(Some(What::TooLate { fields })),
        }
        Ok(Some(What::Updated { fields }))
    }
}

/// Returns the store's refusal as a problem of the file.
fn refused(file: &TaskFile, error: &StoreError) -> Problem {
    let (problem, fix) = if error.is_not_found() && file.id.is_some() {
        let problem = "the task that the file names is not there".to_owned();
        (problem, "remove the line `id:` to make a new task of it, or the file".to_owned())
    } else {
        (error.to_string(), "fix the file; nothing of it was taken".to_owned())
    };
    Problem { file: file.path.clone(), line: file.line_of("id"), problem, fix }
}

/// Finds unfinished tasks whose file is gone, under whatever name.
async fn gone(
    store: &dyn Store,
    scope: &Scope,
    names: &BTreeSet<String>,
    ids: &BTreeSet<TaskId>,
) -> Result<Vec<Taken>, StoreError> {
    let mut query = TaskQuery::new(scope.clone());
    query.queues =
        Queue::ALL.into_iter().filter(|queue| !matches!(queue, Queue::Done | Queue::Failed)).collect();
    let tasks: Vec<Task> = store.all_tasks(&query).await?;
    Ok(tasks
        .into_iter()
        .filter(|task| !ids.contains(&task.id))
        .filter_map(|task| {
            let file = task
                .attributes
                .file_path
                .filter(|file| file.starts_with(".octopoid/tasks/") && !names.contains(file))?;
            Some(Taken { file, task: task.id, what: What::Gone })
        })
        .collect())
}
