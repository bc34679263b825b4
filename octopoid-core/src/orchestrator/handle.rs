//! Handle that controls an orchestrator while it runs.

use super::events::Events;
use super::notice::Notice;
use super::settings::Settings;
use crate::model::{OrchestratorId, Scope, Task, TaskId};
use crate::store::{ErrorKind, Store, StoreError};
use crate::transition::{Actor, Command};
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

/// Requested state of an orchestrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Control {
    pub(crate) paused: bool,
    pub(crate) draining: bool,
    pub(crate) stopping: bool,
}

/// Handle that controls an orchestrator from another task or thread. Cheap to clone.
///
/// A handle can be used before the orchestrator runs (requests then hold from the start), while it runs, and after it has ended,
/// when pausing and stopping have no effect but tasks can still be cancelled.
#[derive(Debug, Clone)]
pub struct Handle {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    wanted: watch::Sender<Control>,
    notices: broadcast::WeakSender<Notice>,
    store: Arc<dyn Store>,
    scope: Scope,
    /// Id in whose name the handle calls the store.
    orchestrator: OrchestratorId,
}

/// Error returned when a task was not cancelled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CancelError {
    /// Task does not exist in the orchestrator's scope.
    #[error("there is no task {task}")]
    NotFound {
        /// Id of the task.
        task: TaskId,
    },
    /// Task has already ended: it is done, failed or cancelled.
    #[error("{refusal}")]
    Refused {
        /// Id of the task.
        task: TaskId,
        /// Reason given by the state machine.
        refusal: StoreError,
    },
    /// Store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
}

impl Handle {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        settings: &Settings,
        notices: broadcast::WeakSender<Notice>,
    ) -> Self {
        let (scope, orchestrator) = (settings.scope.clone(), settings.orchestrator.clone());
        let wanted = watch::Sender::new(Control::default());
        Self { inner: Arc::new(Inner { wanted, notices, store, scope, orchestrator }) }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Control> {
        self.inner.wanted.subscribe()
    }

    pub(crate) fn wanted(&self) -> Control {
        *self.inner.wanted.borrow()
    }

    fn change(&self, change: impl FnOnce(&mut Control)) {
        self.inner.wanted.send_if_modified(|wanted| {
            let before = *wanted;
            change(wanted);
            *wanted != before
        });
    }

    /// Returns a stream of the notices from now on; an orchestrator that has ended sends none.
    pub fn events(&self) -> Events {
        Events::of(&self.inner.notices)
    }

    /// Stops the orchestrator from starting new work; running work goes on and keeps its claims (I16).
    pub fn pause(&self) {
        self.change(|wanted| wanted.paused = true);
    }

    /// Resumes a paused orchestrator.
    pub fn resume(&self) {
        self.change(|wanted| wanted.paused = false);
    }

    /// Cancels a task, whichever machine holds it, and returns the cancelled task: in `failed`, with the reason.
    ///
    /// # Behavior
    /// - Applies the store's [`Command::Cancel`] in the name of the orchestrator's id, as a person: an embedding program acts for
    ///   one.
    /// - The task is cancelled when this returns. An agent that works on it is stopped right after that: its orchestrator, this
    ///   one or another, receives the event through the store's feed. The worktree is kept, so that a person can continue the
    ///   task.
    ///
    /// # Errors
    /// Returns a [`CancelError`] if the task does not exist, has ended, or the store fails.
    pub async fn cancel(&self, task: &TaskId, reason: impl Into<String>) -> Result<Task, CancelError> {
        let Inner { store, scope, orchestrator, .. } = &*self.inner;
        let command =
            Command::Cancel { actor: Actor::Person(orchestrator.to_string()), reason: reason.into() };
        store.apply(scope, task, command).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => CancelError::NotFound { task: task.clone() },
            ErrorKind::Conflict => CancelError::Refused { task: task.clone(), refusal: error },
            _ => CancelError::Store(error),
        })
    }

    /// Drains the orchestrator: it finishes running work, starts no new work, and then ends.
    pub fn drain(&self) {
        self.change(|wanted| wanted.draining = true);
    }

    /// Stops the orchestrator: it stops the agents, gives their tasks back with their work kept, and ends.
    pub fn stop(&self) {
        self.change(|wanted| {
            wanted.draining = true;
            wanted.stopping = true;
        });
    }
}
