//! Steering an orchestrator while it runs.

use super::events::Events;
use super::notice::Notice;
use super::settings::Settings;
use crate::model::{OrchestratorId, Scope, Task, TaskId};
use crate::store::{ErrorKind, Store, StoreError};
use crate::transition::{Actor, Command};
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

/// What is wanted of an orchestrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Control {
    pub(crate) paused: bool,
    pub(crate) draining: bool,
    pub(crate) stopping: bool,
}

/// Steers an orchestrator from another task or thread; cheap to clone.
///
/// It can be used before the orchestrator runs (what was wanted then holds from the start), while it runs, and after it
/// has ended, when there is nothing left to pause or to stop, but tasks can still be cancelled.
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
    /// In whose name it speaks to the store.
    orchestrator: OrchestratorId,
}

/// Why a task was not cancelled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CancelError {
    /// There is no such task in the orchestrator's scope.
    #[error("there is no task {task}")]
    NotFound {
        /// Which.
        task: TaskId,
    },
    /// The task is over: done, failed, or cancelled before.
    #[error("{refusal}")]
    Refused {
        /// Which.
        task: TaskId,
        /// The state machine's reason.
        refusal: StoreError,
    },
    /// The store did not do it, other than by refusing.
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

    /// What the orchestrator does from now on, as it does it; an ended one says nothing more.
    pub fn events(&self) -> Events {
        Events::of(&self.inner.notices)
    }

    /// Begins nothing new; what runs goes on and keeps its claims (I16).
    pub fn pause(&self) {
        self.change(|wanted| wanted.paused = true);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.change(|wanted| wanted.paused = false);
    }

    /// Cancels a task, whoever holds it, and gives it as it is then: in `failed`, with the reason on it.
    ///
    /// # Behavior
    /// - It is the store's [`Command::Cancel`], in the name of the orchestrator's id, as a person's word: an embedding
    ///   program speaks for one.
    /// - The task is cancelled when this returns. An agent that works on it is stopped right after: its orchestrator, this
    ///   one or another, hears of it through the store's feed. Its worktree is kept, for a person who lets the task go on.
    ///
    /// # Errors
    /// [`CancelError`].
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

    /// Finishes what runs, begins nothing new, and then ends.
    pub fn drain(&self) {
        self.change(|wanted| wanted.draining = true);
    }

    /// Stops the agents, gives their tasks back with their work kept, and ends.
    pub fn stop(&self) {
        self.change(|wanted| {
            wanted.draining = true;
            wanted.stopping = true;
        });
    }
}
