//! Scheduled roles: `.octopoid/jobs.yaml`. A job is a standing order for tasks: each time it is due, a task of its role is
//! put into the queue, where everything else about it is what it is for any task.
//!
//! A time's task is created under a key made of the job and the time, so that several machines, or a start after a crash,
//! make one. While a job's last task is open no further one is made: they never pile up. Times that nobody was there for are
//! made up for by one task.

mod schedule;
mod watch;

pub(crate) use schedule::{Schedule, Standing};
pub(crate) use watch::Ordering;

use crate::config::{Document, Problem, Step, line_of, read};
use crate::error::{CliError, Result};
use crate::project::Project;
use crate::roles::Roles;
use octopoid_core::model::{NewTask, Priority, RoleName, Scope, Task, Timestamp};
use octopoid_core::store::{Store, StoreError, TaskOrder, TaskQuery};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct JobsFile {
    jobs: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: RoleName,
    role: RoleName,
    schedule: Option<String>,
    every: Option<String>,
    title: Option<String>,
    description: Option<String>,
    priority: Option<Priority>,
    #[serde(default)]
    paused: bool,
}

/// A standing order.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) name: RoleName,
    pub(crate) role: RoleName,
    pub(crate) schedule: Schedule,
    pub(crate) paused: bool,
    title: String,
    description: String,
    priority: Priority,
}

impl Job {
    /// The word by which its tasks are found.
    fn kind(&self) -> String {
        format!("job:{}", self.name)
    }

    /// The task for a time.
    fn task(&self, scope: Scope, at: Timestamp, key: &str) -> NewTask {
        let mut new = NewTask::new(self.title.clone(), self.description.clone())
            .with_scope(scope)
            .with_role(self.role.clone())
            .with_priority(self.priority)
            .with_author(self.kind());
        new.key = Some(format!("job/{}/{key}{}", self.name, at.as_millis()));
        new.attributes.kind = Some(self.kind());
        new
    }

    /// Its newest task.
    pub(crate) async fn newest(&self, store: &dyn Store, scope: &Scope) -> Result<Option<Task>, StoreError> {
        let mut query = TaskQuery::new(scope.clone());
        query.types = vec![self.kind()];
        (query.order, query.limit) = (TaskOrder::Newest, 1);
        Ok(store.list_tasks(&query).await?.items.into_iter().next())
    }

    /// Makes a task now, whatever the schedule says.
    pub(crate) async fn run(
        &self,
        store: &dyn Store,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Task, StoreError> {
        store.create_task(self.task(scope.clone(), now, "by-hand/")).await
    }
}

/// The jobs there are.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    pub(crate) all: Vec<Job>,
    pub(crate) problems: Vec<Problem>,
}

impl Jobs {
    /// Reads them; an installation without the file has none.
    pub(crate) fn load(project: &Project, roles: &Roles) -> Self {
        let path: PathBuf = project.layout.root().join("jobs.yaml");
        if !path.exists() {
            return Self::default();
        }
        let document = match read::<JobsFile>(&path) {
            Ok(document) => document,
            Err(problem) => return Self { all: Vec::new(), problems: vec![problem] },
        };
        let (mut jobs, mut names) = (Self::default(), BTreeSet::new());
        for (number, entry) in document.value.jobs.iter().enumerate() {
            match job(&document, number, entry, roles, &mut names) {
                Ok(job) => jobs.all.push(job),
                Err(problems) => jobs.problems.extend(problems),
            }
        }
        jobs
    }

    /// A job by its name.
    pub(crate) fn get(&self, name: &RoleName) -> Result<&Job> {
        self.all.iter().find(|job| &job.name == name).ok_or_else(|| {
            let names: Vec<_> = self.all.iter().map(|job| job.name.as_str()).collect();
            let hint = if names.is_empty() {
                "there are none: write .octopoid/jobs.yaml".to_owned()
            } else {
                format!("use one of {}", names.join(", "))
            };
            CliError::usage(format!("there is no job `{name}`")).hint(hint)
        })
    }
}

fn job(
    document: &Document<JobsFile>,
    number: usize,
    entry: &Entry,
    roles: &Roles,
    names: &mut BTreeSet<RoleName>,
) -> Result<Job, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut add = |key: &str, problem: String, fix: String| {
        let at = [Step::Key("jobs"), Step::Item(number), Step::Key(key)];
        let line = line_of(&document.text, &at);
        problems.push(Problem { file: document.path.clone(), line, problem, fix });
    };
    if !names.insert(entry.name.clone()) {
        add(
            "name",
            format!("another job is called `{}` too", entry.name),
            "give each a name of its own".to_owned(),
        );
    }
    let workers: Vec<_> = roles.workers().map(RoleName::as_str).collect();
    if !workers.contains(&entry.role.as_str()) {
        let fix = format!("use one of {}", workers.join(", "));
        add("role", format!("there is no role `{}` that takes tasks", entry.role), fix);
    }
    let schedule = match (&entry.schedule, &entry.every) {
        (Some(cron), None) => Schedule::cron(cron).map_err(|why| ("schedule", why)),
        (None, Some(span)) => Schedule::every(span).map_err(|why| ("every", why)),
        (Some(_), Some(_)) => Err(("every", "a job has a `schedule` or an `every`, not both".to_owned())),
        (None, None) => Err(("name", format!("nothing says when `{}` is due", entry.name))),
    };
    let schedule = schedule.map_err(|(key, why)| {
        let fix =
            "write `schedule: \"0 3 * * *\"` (minute, hour, day, month, weekday, in UTC) or `every: 6h`";
        add(key, why, fix.to_owned());
    });
    match schedule {
        Ok(schedule) if problems.is_empty() => Ok(Job {
            name: entry.name.clone(),
            role: entry.role.clone(),
            schedule,
            paused: entry.paused,
            title: entry.title.clone().unwrap_or_else(|| format!("Scheduled: {}", entry.name)),
            description: entry.description.clone().unwrap_or_else(|| {
                format!(
                    "The job `{}` is due. Do what your role says; there is nothing else to know.",
                    entry.name
                )
            }),
            priority: entry.priority.unwrap_or_default(),
        }),
        _ => Err(problems),
    }
}
