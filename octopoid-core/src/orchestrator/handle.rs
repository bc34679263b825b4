//! Steering an orchestrator while it runs.

use tokio::sync::watch;

/// What is wanted of an orchestrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Wanted {
    pub(crate) paused: bool,
    pub(crate) draining: bool,
    pub(crate) stopping: bool,
}

/// Steers a running orchestrator from another task or thread; cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    wanted: watch::Sender<Wanted>,
}

impl Handle {
    pub(crate) fn new() -> Self {
        Self { wanted: watch::Sender::new(Wanted::default()) }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Wanted> {
        self.wanted.subscribe()
    }

    pub(crate) fn wanted(&self) -> Wanted {
        *self.wanted.borrow()
    }

    fn change(&self, change: impl FnOnce(&mut Wanted)) {
        self.wanted.send_if_modified(|wanted| {
            let before = *wanted;
            change(wanted);
            *wanted != before
        });
    }

    /// Begins nothing new; what runs goes on and keeps its claims (I16).
    pub fn pause(&self) {
        self.change(|wanted| wanted.paused = true);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.change(|wanted| wanted.paused = false);
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
