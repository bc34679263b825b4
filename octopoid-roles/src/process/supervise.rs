//! Watching a program to its end.

use super::begin::marker;
use super::bounds::{Bounds, StopPlan};
use super::folder::{StartFolder, Stopped};
use super::identity::Identity;
use super::leftovers;
use super::output::{Lines, Output};
use nix::sys::signal::Signal;
use std::io;
use std::time::Duration;
use tokio::process::Child;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

/// How often the output is read, and an adopted program is looked at.
const TICK: Duration = Duration::from_millis(200);

/// A program that was started, by us or by an orchestrator before us.
#[derive(Debug)]
pub(crate) enum Running {
    /// Our own child: its end is an event.
    Own { child: Child, identity: Identity, status: Option<i32> },
    /// Somebody else's child: its end is seen by looking.
    Adopted(Identity),
    /// It ended while nobody watched.
    Ended,
}

impl Running {
    fn identity(&self) -> Option<&Identity> {
        match self {
            Running::Own { identity, .. } | Running::Adopted(identity) => Some(identity),
            Running::Ended => None,
        }
    }

    /// Completes when it has ended. May be dropped and called again.
    async fn ended(&mut self, folder: &StartFolder) {
        match self {
            Running::Own { child, status, .. } => {
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

/// How a program ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself, with this status; 128 and its number for a signal.
    Exited { code: i32 },
    /// By our hand.
    Stopped(Stopped),
    /// Nobody knows how: it was killed together with the shell before it.
    Lost,
    /// The shell before it ended first.
    NeverStarted,
}

impl End {
    /// The signal that ended it, where it was not ours.
    pub(crate) fn signal(&self) -> Option<i32> {
        match self {
            End::Exited { code: code @ 129..=192 } => Some(code - 128),
            End::Lost => Some(Signal::SIGKILL as i32),
            End::Exited { .. } | End::Stopped(_) | End::NeverStarted => None,
        }
    }
}

/// Watches a program to its end, tells every line that it prints, keeps it within its bounds, and leaves no process of
/// it behind. `has_result` says whether it has given its result; one that does not end after that is stopped. Gives the end
/// and the last lines of stderr.
pub(crate) async fn supervise(
    folder: &StartFolder,
    mut running: Running,
    bounds: &Bounds,
    each: &mut Lines<'_>,
    has_result: &(dyn Fn() -> bool + Sync),
) -> io::Result<(End, String)> {
    let mut output = Output::new(folder);
    let first = running.identity().map(Identity::pid);
    let mut why = folder.stopped();
    if why.is_none() {
        why = match watch(folder, &mut running, bounds, &mut output, each, has_result).await {
            Ok(why) => why,
            Err(error) => {
                stop(&mut running, folder, &bounds.stop).await;
                leftovers::kill_all(&marker(folder), first).await;
                return Err(error);
            }
        };
    }
    if let Some(why) = why {
        // Written down first: whoever comes after a crash in between must not take the signal for the program's end.
        if let Err(error) = folder.set_stopped(why) {
            tracing::warn!(%error, "cannot write down why an agent is stopped");
        }
        stop(&mut running, folder, &bounds.stop).await;
    }
    leftovers::kill_all(&marker(folder), first).await;
    while output.bytes() <= bounds.max_output && output.read_on(bounds.max_output, each).await? {}
    output.finish(each);
    let own_status = if let Running::Own { status, .. } = running { status } else { None };
    let end = match (why, folder.exit_code().or(own_status)) {
        (Some(why), _) => End::Stopped(why),
        _ if output.bytes() > bounds.max_output => End::Stopped(Stopped::TooMuchOutput),
        _ if !folder.has_started() => End::NeverStarted,
        (None, Some(code)) => End::Exited { code },
        (None, None) => End::Lost,
    };
    Ok((end, output.stderr_end().to_owned()))
}

/// Watches until it ends, or until it is to be stopped.
async fn watch(
    folder: &StartFolder,
    running: &mut Running,
    bounds: &Bounds,
    output: &mut Output,
    each: &mut Lines<'_>,
    has_result: &(dyn Fn() -> bool + Sync),
) -> io::Result<Option<Stopped>> {
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
            () = bounds.cancel.cancelled() => return Ok(Some(Stopped::Cancelled)),
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
            return Ok(Some(Stopped::TooMuchOutput));
        }
        if !reported && has_result() {
            (reported, heard) = (true, now);
        }
        if reported && now.duration_since(heard) >= bounds.stop.linger {
            return Ok(Some(Stopped::Lingering));
        }
        if now >= deadline {
            return Ok(Some(Stopped::TimedOut));
        }
        if now.duration_since(heard) >= bounds.idle_timeout {
            return Ok(Some(Stopped::Silent));
        }
    }
}

/// Stops the process group: politely, and then not.
pub(super) async fn stop(running: &mut Running, folder: &StartFolder, plan: &StopPlan) {
    let Some(identity) = running.identity().cloned() else { return };
    for signal in plan.signals {
        identity.signal(*signal);
        if timeout(plan.grace, running.ended(folder)).await.is_ok() {
            return;
        }
    }
    identity.signal(Signal::SIGKILL);
    running.ended(folder).await;
}
