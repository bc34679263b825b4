//! Task files: tasks as Markdown under `.octopoid/tasks`, taken up and kept in step until their work begins.
//!
//! The file is what counts until then: what differs in the task is changed to what the file says. From then on the task
//! counts, and a file that differs is only named. Nothing is remembered beside the id that is written into the file, so
//! nothing can be lost: a task is created under a key made of the file's name and content, and a file that was taken up
//! but not yet written to gives the same task again.

mod file;
mod plan;
mod watch;

pub(crate) use watch::{Taking, words};

use crate::config::{Problem, closest};
use crate::project::{Project, entries};
use crate::roles::Roles;
use file::TaskFile;
use octopoid_core::model::{Queue, RoleName, Scope, Task, TaskId};
use octopoid_core::store::{Store, StoreError, StoreExt, TaskQuery};
use octopoid_core::transition::{Actor, Command};
use plan::{Step, plan};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was done about one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Taken {
    pub(crate) file: String,
    pub(crate) task: TaskId,
    #[serde(flatten)]
    pub(crate) what: What,
}

/// What that was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum What {
    /// A task was made of it.
    Created,
    /// The task was changed to what it says.
    Updated { fields: Vec<&'static str> },
    /// It differs from the task, whose work has begun.
    TooLate { fields: Vec<&'static str> },
    /// It is gone, and its task goes on.
    Gone,
}

/// What a look at all files came to.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) files: usize,
    pub(crate) taken: Vec<Taken>,
    pub(crate) problems: Vec<Problem>,
}

/// The folder of task files.
pub(crate) fn folder(project: &Project) -> PathBuf {
    project.layout.root().join("tasks")
}

/// The task files, by name.
fn paths(folder: &Path) -> Vec<PathBuf> {
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    entries(folder, |path| path.extension().is_some_and(|ending| ending == "md") && !hidden(path))
}

/// The name by which a task knows its file.
fn name_of(path: &Path) -> String {
    format!(".octopoid/tasks/{}", path.file_name().unwrap_or_default().to_string_lossy())
}

/// The roles that take tasks, which files may name.
#[derive(Debug, Clone)]
pub(crate) struct Workers(BTreeSet<RoleName>);

impl Workers {
    pub(crate) fn of(roles: &Roles) -> Self {
        Self(roles.workers().cloned().collect())
    }

    pub(crate) fn contains(&self, role: &RoleName) -> bool {
        self.0.contains(role)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(RoleName::as_str)
    }

    /// Reads a file whose role there is.
    fn read(&self, path: &Path) -> Result<TaskFile, Problem> {
        let file = TaskFile::read(path)?;
        match &file.role {
            Some(role) if !self.0.contains(role) => {
                let names: Vec<_> = self.0.iter().map(RoleName::as_str).collect();
                Err(Problem {
                    file: path.to_owned(),
                    line: file.line_of("role"),
                    problem: format!("there is no role `{role}` that takes tasks"),
                    fix: match closest(role.as_str(), names.iter().copied()) {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => format!("use one of {}", names.join(", ")),
                    },
                })
            }
            _ => Ok(file),
        }
    }
}

/// What is wrong with the files themselves.
pub(crate) fn problems(project: &Project, workers: &Workers) -> Vec<Problem> {
    paths(&folder(project)).iter().filter_map(|path| workers.read(path).err()).collect()
}

/// Takes up what is new and what has changed. A bad file, or one whose task is refused, is reported; the others are taken.
///
/// # Errors
/// When the store is away.
pub(crate) async fn sync(
    project: &Project,
    store: &dyn Store,
    workers: &Workers,
    person: &str,
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let (scope, mut names) = (project.scope(), BTreeSet::new());
    for path in paths(&folder(project)) {
        report.files += 1;
        names.insert(name_of(&path));
        let file = match workers.read(&path) {
            Ok(file) => file,
            Err(problem) => {
                report.problems.push(problem);
                continue;
            }
        };
        match take(store, &scope, &file, person).await {
            Ok(Some((task, what))) => report.taken.push(Taken { file: name_of(&path), task, what }),
            Ok(None) => {}
            Err(Refused::Store(error)) if error.is_retryable() => return Err(error),
            Err(Refused::Store(error)) => report.problems.push(refused(&file, &error)),
            Err(Refused::Write(error)) => report.problems.push(Problem {
                file: path,
                line: None,
                problem: format!("the task's id cannot be written into the file: {error}"),
                fix: "make the file and its folder writable".to_owned(),
            }),
        }
    }
    if !project.is_remote() {
        report.taken.extend(gone(store, &scope, &names).await?);
    }
    Ok(report)
}

enum Refused {
    Store(StoreError),
    Write(std::io::Error),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Refused::Store(error)
    }
}

async fn take(
    store: &dyn Store,
    scope: &Scope,
    file: &TaskFile,
    person: &str,
) -> Result<Option<(TaskId, What)>, Refused> {
    let Some(id) = &file.id else {
        let task = store.create_task(file.new_task(scope.clone(), person)).await?;
        file.write_id(&task.id).map_err(Refused::Write)?;
        return Ok(Some((task.id, What::Created)));
    };
    let task = store.task(scope, id).await?;
    match plan(file, &task) {
        Step::Nothing => Ok(None),
        Step::TooLate(fields) => Ok(Some((task.id, What::TooLate { fields }))),
        Step::Change { patch, blockers, fields } => {
            let actor = Actor::Person(person.to_owned());
            let update = patch.map(|patch| Command::Update { actor: actor.clone(), patch: *patch });
            let block = (!blockers.is_empty()).then(|| Command::Block { actor: actor.clone(), on: blockers });
            // All of it or nothing.
            let commands: Vec<_> = update.into_iter().chain(block).collect();
            store.apply_all(scope, id, None, commands).await?;
            Ok(Some((task.id, What::Updated { fields })))
        }
    }
}

/// What the store says against a file.
fn refused(file: &TaskFile, error: &StoreError) -> Problem {
    let (problem, fix) = if error.is_not_found() && file.id.is_some() {
        let problem = "the task that the file names is not there".to_owned();
        (problem, "remove the line `id:` to make a new task of it, or the file".to_owned())
    } else {
        (error.to_string(), "mend the file; nothing of it was taken".to_owned())
    };
    Problem { file: file.path.clone(), line: file.id.is_some().then_some(2), problem, fix }
}

/// Tasks that are not finished and whose file is not there any more.
async fn gone(store: &dyn Store, scope: &Scope, names: &BTreeSet<String>) -> Result<Vec<Taken>, StoreError> {
    let mut query = TaskQuery::new(scope.clone());
    query.queues =
        Queue::ALL.into_iter().filter(|queue| !matches!(queue, Queue::Done | Queue::Failed)).collect();
    let tasks: Vec<Task> = store.all_tasks(&query).await?;
    Ok(tasks
        .into_iter()
        .filter_map(|task| {
            let file = task
                .attributes
                .file_path
                .filter(|file| file.starts_with(".octopoid/tasks/") && !names.contains(file))?;
            Some(Taken { file, task: task.id, what: What::Gone })
        })
        .collect())
}
