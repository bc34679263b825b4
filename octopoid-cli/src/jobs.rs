//! Scheduled jobs: `.octopoid/jobs.yaml`. Each time a job is due, a task of its role is created. The built-in job
//! `github-issues` creates a task or a draft for each labelled issue instead.
//!
//! The task is created under a key made of the job and the due time, so that several machines, or a start after a crash,
//! create one. While a job's last task is open no other one is created. Missed times are made up for by one task.

mod file;
mod issues;
mod memory;
mod schedule;
mod watch;

#[cfg(test)]
pub(crate) use file::JobsFile;
pub(crate) use issues::{Failed, Issues, connect};
pub(crate) use memory::Memory;
pub(crate) use schedule::{Schedule, Standing};
pub(crate) use watch::JobScheduler;

use crate::assembly::Workers;
use crate::config::Problem;
use crate::environment::Environment;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use octopoid_core::model::{NewTask, Priority, RoleName, Scope, Task, Timestamp};
use octopoid_core::store::{Store, StoreError, TaskOrder, TaskQuery};

/// A scheduled job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) name: RoleName,
    pub(crate) schedule: Schedule,
    pub(crate) paused: bool,
    pub(crate) work: Work,
}

/// What a job does when it is due.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    /// Creates a task.
    Task(Order),
    /// Imports labelled issues.
    Issues(Issues),
}

/// The template of a job's tasks.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) role: RoleName,
    title: String,
    description: String,
    priority: Priority,
}

/// What an issue becomes.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Task { role: RoleName, priority: Priority },
    Draft,
}

impl Job {
    /// Returns the role of the job's tasks; none for drafts.
    pub(crate) fn role(&self) -> Option<&RoleName> {
        match &self.work {
            Work::Task(Order { role, .. }) => Some(role),
            Work::Issues(Issues { target: Target::Task { role, .. }, .. }) => Some(role),
            Work::Issues(Issues { target: Target::Draft, .. }) => None,
        }
    }

    /// Returns the `type` attribute of the job's tasks.
    fn kind(&self) -> String {
        match self.work {
            Work::Task(_) => format!("job:{}", self.name),
            Work::Issues(_) => issues::KIND.to_owned(),
        }
    }

    /// Reads the newest task of the job; for issues, of any job on issues.
    pub(crate) async fn newest(&self, store: &dyn Store, scope: &Scope) -> Result<Option<Task>, StoreError> {
        let mut query = TaskQuery::new(scope.clone());
        query.types = vec![self.kind()];
        (query.order, query.limit) = (TaskOrder::Newest, 1);
        Ok(store.list_tasks(&query).await?.items.into_iter().next())
    }

    /// Returns whether the job is due.
    pub(crate) fn standing(&self, newest: Option<&Task>, memory: &Memory, now: Timestamp) -> Standing {
        let last = match self.work {
            Work::Task(_) => newest.map(|task| task.created_at),
            Work::Issues(_) => memory.last_look(self),
        };
        self.schedule.standing(last, memory.first_seen(self).unwrap_or(now), now)
    }
}

impl Order {
    /// Returns the task for a due time.
    fn task(&self, job: &Job, scope: Scope, at: Timestamp, key: &str) -> NewTask {
        let mut new = NewTask::new(self.title.clone(), self.description.clone())
            .with_scope(scope)
            .with_role(self.role.clone())
            .with_priority(self.priority)
            .with_author(job.kind());
        new.key = Some(format!("job/{}/{key}{}", job.name, at.as_millis()));
        new.attributes.kind = Some(job.kind());
        new
    }

    /// Creates a task now, whatever the schedule says.
    pub(crate) async fn run(
        &self,
        job: &Job,
        store: &dyn Store,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Task, StoreError> {
        store.create_task(self.task(job, scope.clone(), now, "by-hand/")).await
    }
}

/// The jobs of an installation, and the problems with others.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    pub(crate) all: Vec<Job>,
    pub(crate) problems: Vec<Problem>,
}

impl Jobs {
    /// Reads the jobs; an installation without the file has none.
    pub(crate) fn load(installation: &Installation, workers: &Workers, environment: &Environment) -> Self {
        file::load(installation, workers, environment)
    }

    /// Returns a job by its name.
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
