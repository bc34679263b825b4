//! Making the tasks of jobs while the orchestrator runs.

use super::{Job, Standing};
use crate::output::Output;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Queue, Scope, Task, Timestamp};
use octopoid_core::store::{Store, StoreError};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// The longest time between two looks: a laptop that slept does not know for how long.
const LOOK: Duration = Duration::from_secs(60);

/// Makes tasks for as long as it lives.
#[derive(Debug)]
pub(crate) struct Ordering(JoinHandle<()>);

impl Drop for Ordering {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Ordering {
    /// Makes what is due, and then goes on with what becomes so.
    pub(crate) async fn begin(jobs: Vec<Job>, store: Arc<dyn Store>, scope: Scope, output: Output) -> Self {
        let clock = SystemClock;
        let begun = clock.now();
        let mut said = BTreeSet::new();
        let mut next = round(&jobs, &*store, &scope, begun, output, &mut said).await;
        Self(tokio::spawn(async move {
            loop {
                let wait = next.map_or(LOOK, |next| next.since(clock.now())).min(LOOK);
                clock.sleep(wait.max(Duration::from_millis(100))).await;
                next = round(&jobs, &*store, &scope, begun, output, &mut said).await;
            }
        }))
    }
}

/// Looks at each job once. Gives when the next one is due.
async fn round(
    jobs: &[Job],
    store: &dyn Store,
    scope: &Scope,
    begun: Timestamp,
    output: Output,
    said: &mut BTreeSet<String>,
) -> Option<Timestamp> {
    let mut next: Option<Timestamp> = None;
    for job in jobs.iter().filter(|job| !job.paused) {
        match look(job, store, scope, begun).await {
            Ok(Looked::Made(task)) => {
                output.note(format_args!("the job {} is due: {}", job.name, task.id));
                tracing::info!(task.id = %task.id, "the job {} is due", job.name);
            }
            Ok(Looked::Open(task)) => {
                let words = format!(
                    "the job {} is due again, but {} is not finished; it waits for that",
                    job.name, task.id
                );
                if said.insert(words.clone()) {
                    output.note(&words);
                    tracing::info!("{words}");
                }
            }
            Ok(Looked::Later(Some(at))) => next = Some(next.map_or(at, |next| next.min(at))),
            Ok(Looked::Later(None)) => {}
            Err(error) => tracing::warn!(%error, "the job {} could not be looked at; again soon", job.name),
        }
    }
    next
}

enum Looked {
    Made(Task),
    Open(Task),
    Later(Option<Timestamp>),
}

async fn look(job: &Job, store: &dyn Store, scope: &Scope, begun: Timestamp) -> Result<Looked, StoreError> {
    let newest = job.newest(store, scope).await?;
    let standing =
        job.schedule.standing(newest.as_ref().map(|task| task.created_at), begun, SystemClock.now());
    match (standing, newest) {
        (Standing::Later(at), _) => Ok(Looked::Later(at)),
        (Standing::Due(_), Some(task)) if !matches!(task.queue(), Queue::Done | Queue::Failed) => {
            Ok(Looked::Open(task))
        }
        (Standing::Due(at), _) => Ok(Looked::Made(store.create_task(job.task(scope.clone(), at, "")).await?)),
    }
}
