//! Watching a program to its end.

use super::bounds::Bounds;
use super::folder::StartFolder;
use super::output::{Lines, Output};
use super::{Ended, Exit, StopCause};
use crate::process::{Child, Identity, Signal, StopPlan};
use std::io;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

/// How often the output is read, and an adopted program is looked at.
const TICK: Duration = Duration::from_millis(200);

/// A program that was started, by this process or one before it.
#[derive(Debug)]
pub(super) enum Running {
    /// Our own child: its end is an event.
    Own { child: Box<Child>, status: Option<i32> },
    /// The child of another process: its end is seen by looking.
    Adopted(Identity),
    /// It ended while no process watched it.
    Ended,
}

impl Running {
    fn identity(&self) -> Option<&Identity> {
        match self {
            Running::Own { child, .. } => Some(child.identity()),
            Running::Adopted(identity) => Some(identity),
            Running::Ended => None,
        }
    }

    /// Completes when the program has ended. May be dropped and called again.
    async fn ended(&mut self, folder: &StartFolder) {
        match self {
            Running::Own { child, status } => {
                *status = child.wait().await.ok().and_then(|status| status.code());
            }
            Running::Adopted(identity) => {
                while folder.exit_code().is_none() && identity.is_alive() {
                    sleep(TICK).await;
                }
            }
            Running::Ended => {}
        }
    }
}

/// See [`DetachedProcess::supervise`](super::DetachedProcess::supervise).
pub(super) async fn supervise(
    folder: &StartFolder,
    mut running: Running,
    bounds: &Bounds,
    each: &mut Lines<'_>,
    has_result: &(dyn Fn() -> bool + Sync),
) -> io::Result<Ended> {
    let mut output = Output::new(folder);
    let (marker, first) = (folder.marker(), running.identity().cloned());
    let mut cause = folder.stopped();
    if cause.is_none() {
        cause = match watch(folder, &mut running, bounds, &mut output, each, has_result).await {
            Ok(cause) => cause,
            Err(error) => {
                stop(&mut running, folder, &bounds.stop).await;
                marker.kill_all(first.as_ref()).await;
                return Err(error);
            }
        };
    }
    if let Some(cause) = cause {
        // Written down first: after a crash in between, the signal must not be taken for the program's own end.
        if let Err(error) = folder.set_stopped(cause) {
            tracing::warn!(%error, "cannot write down why an agent is stopped");
        }
        stop(&mut running, folder, &bounds.stop).await;
    }
    marker.kill_all(first.as_ref()).await;
    while output.bytes() <= bounds.max_output && output.read_on(bounds.max_output, each).await? {}
    output.finish(each);
    let own_status = if let Running::Own { status, .. } = running { status } else { None };
    let exit = match (cause, folder.exit_code().or(own_status)) {
        (Some(cause), _) => Exit::Stopped(cause),
        _ if output.bytes() > bounds.max_output => Exit::Stopped(StopCause::TooMuchOutput),
        _ if !folder.has_started() => Exit::NeverStarted,
        (None, Some(code)) => Exit::Code(code),
        (None, None) => Exit::Lost,
    };
    Ok(Ended::new(exit, output.stderr_tail(), bounds.max_output))
}

/// Watches until the program ends, or is to be stopped.
async fn watch(
    folder: &StartFolder,
    running: &mut Running,
    bounds: &Bounds,
    output: &mut Output,
    each: &mut Lines<'_>,
    has_result: &(dyn Fn() -> bool + Sync),
) -> io::Result<Option<StopCause>> {
    let age = running.identity().map(Identity::age).unwrap_or_default();
    let deadline = Instant::now() + bounds.timeout.saturating_sub(age);
    let mut heard = Instant::now();
    let mut reported = false;
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = running.ended(folder) => return Ok(None),
            () = bounds.cancel.cancelled() => return Ok(Some(StopCause::Cancelled)),
            _ = tick.tick() => {}
        }
        let before = output.bytes();
        if output.read_on(bounds.max_output, each).await? {
            tick.reset_immediately();
        }
        let now = Instant::now();
        if output.bytes() > before {
            heard = now;
        }
        if output.bytes() > bounds.max_output {
            return Ok(Some(StopCause::TooMuchOutput));
        }
        if !reported && has_result() {
            (reported, heard) = (true, now);
        }
        if reported && now.duration_since(heard) >= bounds.stop.linger {
            return Ok(Some(StopCause::Lingering));
        }
        if now >= deadline {
            return Ok(Some(StopCause::TimedOut));
        }
        if now.duration_since(heard) >= bounds.idle_timeout {
            return Ok(Some(StopCause::Silent));
        }
    }
}

/// Stops the process group by the plan's signals, and then by `SIGKILL`.
pub(super) async fn stop(running: &mut Running, folder: &StartFolder, plan: &StopPlan) {
    let Some(identity) = running.identity().cloned() else { return };
    for signal in &plan.signals {
        identity.signal(*signal);
        if timeout(plan.grace, running.ended(folder)).await.is_ok() {
            return;
        }
    }
    identity.signal(Signal::Kill);
    running.ended(folder).await;
}
