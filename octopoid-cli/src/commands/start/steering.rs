//! Steering a running orchestrator from outside: signals, and the marker of `octopoid pause`.

use crate::error::{IoContext, Result};
use crate::installation::Installation;
use crate::output::Output;
use crate::watch::FolderWatch;
use octopoid_core::orchestrator::Handle;
use std::path::PathBuf;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

/// Forwards signals and pauses to the orchestrator until it is dropped.
#[derive(Debug)]
pub(super) struct Steering {
    tasks: Vec<JoinHandle<()>>,
}

impl Steering {
    pub(super) fn begin(
        installation: &Installation,
        handle: Handle,
        output: Output,
        in_background: bool,
    ) -> Result<Self> {
        let signals = Signals::new().doing("listen to signals")?;
        std::fs::create_dir_all(installation.layout.runtime())
            .doing("make the folder for the orchestrator's state")?;
        let watch = FolderWatch::new(&installation.layout.runtime()).for_days();
        let marker = installation.pause_marker();
        // Before the first tick, so that a paused orchestrator begins nothing.
        if marker.exists() {
            handle.pause();
            output.warn("paused: nothing new begins until `octopoid resume`");
        }
        let pausing = tokio::spawn(follow_marker(marker, watch, handle.clone(), output));
        let stopping = tokio::spawn(follow_signals(signals, handle, output, in_background));
        Ok(Self { tasks: vec![pausing, stopping] })
    }
}

impl Drop for Steering {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn follow_marker(marker: PathBuf, mut watch: FolderWatch, handle: Handle, output: Output) {
    let mut paused = marker.exists();
    loop {
        watch.changed().await;
        let now = marker.exists();
        if now == paused {
            continue;
        }
        paused = now;
        if paused {
            handle.pause();
            output.note("paused: what runs goes on, nothing new begins");
        } else {
            handle.resume();
            output.note("resumed");
        }
    }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    quit: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

/// Drains the orchestrator on a signal. A second Ctrl-C, or `SIGQUIT`, stops the agents as well; another `SIGTERM`, as
/// `octopoid stop` sends it, does not.
async fn follow_signals(mut signals: Signals, handle: Handle, output: Output, in_background: bool) {
    let (mut draining, mut interrupted) = (false, false);
    loop {
        let now = tokio::select! {
            _ = signals.interrupt.recv() => std::mem::replace(&mut interrupted, true),
            _ = signals.terminate.recv() => false,
            _ = signals.quit.recv() => true,
            // The terminal is gone, which means nothing to a background process.
            _ = signals.hangup.recv() => {
                if in_background {
                    continue;
                }
                false
            }
        };
        if now {
            output.note("stopping the agents; their tasks go back with their work kept");
            handle.stop();
        } else if draining {
            output.note(
                "still finishing what runs; Ctrl-C twice, or `octopoid stop --now`, stops the agents too",
            );
        } else {
            output.note("finishing what runs, then ending; Ctrl-C once more stops the agents too");
            handle.drain();
            draining = true;
        }
    }
}
