//! Running jobs that are due while the orchestrator runs.

use super::issues::{self, Failed, Issues};
use super::{Job, Jobs, Memory, Standing, Work, file};
use crate::assembly::Workers;
use crate::environment::Environment;
use crate::error::Result as CliResult;
use crate::installation::Installation;
use crate::output::Output;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Queue, RoleName, Scope, Task, Timestamp};
use octopoid_core::orchestrator::{GithubError, GithubIssues};
use octopoid_core::store::{Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::JoinHandle;

/// The longest time between two checks: a laptop that slept does not know for how long.
const LOOK: Duration = Duration::from_secs(60);
/// How often the file is checked for changes.
const REREAD: Duration = Duration::from_secs(5);

/// Runs jobs until it is dropped.
#[derive(Debug)]
pub(crate) struct JobScheduler(JoinHandle<()>);

impl Drop for JobScheduler {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl JobScheduler {
    /// Runs the jobs that are due, and keeps running them in the background.
    pub(crate) async fn begin(
        installation: Arc<Installation>,
        store: Arc<dyn Store>,
        workers: Workers,
        environment: Environment,
        output: Output,
    ) -> Self {
        let mut orders = Orders {
            scope: installation.scope(),
            memory: Memory::load(&installation.layout),
            seen: facts(&installation),
            jobs: Jobs::load(&installation, &workers, &environment).all,
            github: None,
            said: BTreeSet::new(),
            failing: BTreeMap::new(),
            installation,
            store,
            workers,
            environment,
            output,
        };
        let clock = SystemClock;
        let mut next = orders.round().await;
        let mut seen = clock.now();
        Self(tokio::spawn(async move {
            loop {
                clock.sleep(REREAD).await;
                let now = clock.now();
                // By a clock that was set back, it may be due before what was reckoned.
                if orders.reread() || now >= next || now < seen {
                    next = orders.round().await;
                }
                seen = now;
            }
        }))
    }
}

/// Returns what tells whether the file has changed.
fn facts(installation: &Installation) -> Option<(SystemTime, u64)> {
    let facts = std::fs::metadata(file::path(installation)).ok()?;
    Some((facts.modified().ok()?, facts.len()))
}

/// The state of the scheduler.
struct Orders {
    installation: Arc<Installation>,
    scope: Scope,
    store: Arc<dyn Store>,
    workers: Workers,
    environment: Environment,
    output: Output,
    jobs: Vec<Job>,
    memory: Memory,
    seen: Option<(SystemTime, u64)>,
    /// The connection to GitHub, kept while it works.
    github: Option<GithubIssues>,
    /// The messages that were shown, each once.
    said: BTreeSet<String>,
    /// The jobs whose last import failed, with the kind of failure.
    failing: BTreeMap<RoleName, String>,
}

enum Looked {
    Made(Task),
    Open(Task),
    Issues(issues::Report),
    Later(Option<Timestamp>),
}

enum Wrong {
    Store(StoreError),
    /// The kind of failure, by which a repetition is recognised, and the message.
    Issues(String, String),
}

impl From<StoreError> for Wrong {
    fn from(error: StoreError) -> Self {
        Wrong::Store(error)
    }
}

impl Orders {
    /// Reloads the file if it has changed; if the new one is invalid, the jobs stay as they were. Returns whether it reloaded.
    fn reread(&mut self) -> bool {
        let now = facts(&self.installation);
        if now == self.seen {
            return false;
        }
        self.seen = now;
        let read = Jobs::load(&self.installation, &self.workers, &self.environment);
        if read.problems.is_empty() {
            let words = format!(
                "jobs.yaml has changed: {}",
                crate::output::text::count(read.all.len() as u64, "job")
            );
            tracing::info!("{words}");
            self.output.note(words);
            self.jobs = read.all;
            return true;
        }
        for problem in &read.problems {
            tracing::warn!("{problem}");
            self.output.warn(format_args!("{problem} (the jobs stay as they were; fix: {})", problem.fix));
        }
        false
    }

    /// Checks each job once. Returns when to check again.
    async fn round(&mut self) -> Timestamp {
        let now = SystemClock.now();
        self.memory.see(&self.jobs, now);
        let mut next = now + LOOK;
        for job in self.jobs.clone().iter().filter(|job| !job.paused) {
            match self.look(job).await {
                Ok(Looked::Later(at)) => next = at.map_or(next, |at| next.min(at)),
                Ok(looked) => self.tell(job, looked),
                Err(Wrong::Store(error)) => {
                    tracing::warn!(%error, "the job {} could not be looked at; again soon", job.name);
                }
                Err(Wrong::Issues(why, words)) => {
                    tracing::warn!("{words}");
                    if self.failing.insert(job.name.clone(), why.clone()) != Some(why) {
                        self.output.warn(words);
                    }
                }
            }
        }
        next
    }

    fn tell(&mut self, job: &Job, looked: Looked) {
        match looked {
            Looked::Made(task) => {
                self.output.note(format_args!("the job {} is due: {}", job.name, task.id));
                tracing::info!(task.id = %task.id, "the job {} is due", job.name);
            }
            Looked::Open(task) => {
                let words = format!(
                    "the job {} is due again, but {} is not finished; it waits for that",
                    job.name, task.id
                );
                if self.said.insert(words.clone()) {
                    self.output.note(&words);
                    tracing::info!("{words}");
                }
            }
            Looked::Issues(report) => {
                if self.failing.remove(&job.name).is_some() {
                    self.output.note(format_args!("the job {} works again", job.name));
                }
                for made in &report.made {
                    self.output.note(format_args!("the job {}: {made}", job.name));
                    tracing::info!("the job {}: {made}", job.name);
                }
                for refused in report.refused {
                    tracing::warn!("the job {}: {refused}", job.name);
                    if self.said.insert(refused.clone()) {
                        self.output.warn(format_args!("the job {}: {refused}", job.name));
                    }
                }
            }
            Looked::Later(_) => {}
        }
    }

    async fn look(&mut self, job: &Job) -> Result<Looked, Wrong> {
        let (now, store) = (SystemClock.now(), self.store.clone());
        let newest = match &job.work {
            Work::Task(_) => job.newest(&*store, &self.scope).await?,
            Work::Issues(_) => None,
        };
        let at = match job.standing(newest.as_ref(), &self.memory, now) {
            Standing::Later(at) => return Ok(Looked::Later(at)),
            Standing::Due(at) => at,
        };
        let order = match &job.work {
            Work::Task(order) => order,
            Work::Issues(issues) => {
                // Also one that fails has looked: it does so again at its next time, and not at once.
                self.memory.looked(job, now);
                return self.issues(job, issues).await;
            }
        };
        match newest {
            Some(task) if !matches!(task.queue(), Queue::Done | Queue::Failed) => Ok(Looked::Open(task)),
            _ => Ok(Looked::Made(store.create_task(order.task(job, self.scope.clone(), at, "")).await?)),
        }
    }

    async fn issues(&mut self, job: &Job, issues: &Issues) -> Result<Looked, Wrong> {
        let again = "it looks again at its next time";
        let github = self.github().map_err(|error| {
            let hint = error.hint.unwrap_or_default();
            let words = format!("the job {} does nothing: {}; {hint}; {again}", job.name, error.message);
            Wrong::Issues(error.message, words)
        })?;
        let taken = issues.take(job, &github, &*self.store, &self.scope).await;
        let error = match taken {
            Ok(report) => {
                self.github = Some(github);
                return Ok(Looked::Issues(report));
            }
            Err(Failed::Store(error)) => return Err(error.into()),
            Err(Failed::Github(error)) => error,
        };
        let words = format!("the job {} does nothing: {error}; {again}", job.name);
        let why = match &error {
            // The next look may find another token.
            GithubError::Access { status, .. } => status.to_string(),
            GithubError::Limited { .. } => "limited".to_owned(),
            GithubError::Unavailable { .. } => "unavailable".to_owned(),
            other => other.to_string(),
        };
        if !matches!(error, GithubError::Access { .. }) {
            self.github = Some(github);
        }
        Err(Wrong::Issues(why, words))
    }

    fn github(&mut self) -> CliResult<GithubIssues> {
        match self.github.take() {
            Some(github) => Ok(github),
            None => issues::connect(&self.installation, &self.environment),
        }
    }
}
