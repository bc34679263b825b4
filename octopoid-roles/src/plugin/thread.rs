//! Runs in this process, each on its own thread: a thread that is shared could not be abandoned in a blocking call.

use super::callbacks::Registered;
use super::host_calls::HostCalls;
use super::instance::{Instances, Slot};
use super::job::Job;
use super::library::Library;
use super::outcome::End;
use super::port::Port;
use super::table::Reply;
use super::watchdog::{Activity, Watched, unstoppable, watch};
use octopoid_plugin::abi::level;
use octopoid_plugin::{Error, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Carries out a run on a new thread.
pub(super) async fn run(library: &Arc<Library>, instances: &Instances, job: Job) -> End {
    let slot = instances.slot(&job.config);
    if let Some(reason) = library.stuck.get() {
        return End::NotBegun(Error::role(reason.clone()));
    }
    if slot.is_unresponsive() {
        return End::NotBegun(Error::role(
            "an earlier run of it never came back, so it takes no new ones until this program is started again",
        ));
    }
    let stop = job.cancel.child_token();
    // Whatever happens to this future, what the plugin asks for from then on is refused.
    let _stopped_at_last = stop.clone().drop_guard();
    let activity = Activity::new();
    let port = HostPort {
        calls: job.calls.clone(),
        stop: stop.clone(),
        activity: activity.clone(),
        runtime: Handle::current(),
    };
    let registered = Registered::new(Arc::new(port));
    let creating = Arc::new(AtomicBool::new(false));
    let (sender, receiver) = oneshot::channel();
    if let Err(error) = begin(library, &slot, &job, registered.token, &creating, sender) {
        return End::NotBegun(Error::role(format!("no thread for it: {error}")).retryable());
    }
    let watched = watch(receiver, &job, &activity, &stop, || push_cancel(&slot, registered.token)).await;
    // A call that outlives its run would have an agent at work in a worktree that is handed on.
    activity.no_calls().await;
    let ended = |answer: Result<Result<Reply, Error>, oneshot::error::RecvError>| match answer {
        Ok(answer) => answer.map_err(End::NotBegun),
        Err(_) => Err(End::Died("its thread ended without an answer".to_owned())),
    };
    let end = match watched {
        Watched::Ended(answer) => ended(answer).map(End::Replied),
        Watched::Stopped(answer) => ended(answer).map(End::Stopped),
        Watched::Silent(answer) => ended(answer).map(End::Silent),
        Watched::GivenUp { wanted } => {
            slot.give_up();
            let message = format!(
                "{}; its thread was given up, and it takes no new work until this program is started again (with `isolation: process` it would be killed)",
                unstoppable(&job, wanted)
            );
            if creating.load(Ordering::SeqCst) {
                let _ = library
                    .stuck
                    .set("making an instance of it never came back; start this program again".to_owned());
            }
            tracing::warn!(role = %job.role, "a plugin {message}");
            job.calls.note(level::ERROR, &message);
            Ok(End::GivenUp { wanted, message })
        }
    };
    end.unwrap_or_else(|end| end)
}

/// Starts the thread of a run.
fn begin(
    library: &Arc<Library>,
    slot: &Arc<Slot>,
    job: &Job,
    token: u64,
    creating: &Arc<AtomicBool>,
    answer: oneshot::Sender<Result<Reply, Error>>,
) -> std::io::Result<()> {
    let (library, slot, creating) = (library.clone(), slot.clone(), creating.clone());
    let (role, config, request) = (job.role.clone(), job.config.clone(), job.request.clone());
    let name = format!("plugin-{role}");
    let work = move || {
        let instance = slot.instance(&library, &role, &config, &creating);
        let reply = instance.map(|instance| instance.run(token, &request));
        // Nobody may be waiting any more.
        let _ = answer.send(reply);
    };
    // What the plugin logs belongs to the run.
    let span = tracing::Span::current();
    std::thread::Builder::new().name(name).spawn(move || span.in_scope(work)).map(|_| ())
}

/// Tells the plugin that a run is to stop, on another thread: that call may not return at once either.
fn push_cancel(slot: &Slot, token: u64) {
    let Some(instance) = slot.present() else { return };
    let spawned =
        std::thread::Builder::new().name("plugin-cancel".to_owned()).spawn(move || instance.cancel(token));
    if let Err(error) = spawned {
        tracing::warn!(%error, "a plugin could not be told to stop; it finds out when it asks");
    }
}

/// The host's side of a run in this process.
#[derive(Debug)]
struct HostPort {
    calls: Arc<HostCalls>,
    stop: CancellationToken,
    activity: Arc<Activity>,
    runtime: Handle,
}

impl Port for HostPort {
    fn log(&self, level: u32, event_json: &str) {
        self.activity.sign();
        self.calls.log(level, event_json);
    }

    fn cancelled(&self) -> bool {
        self.activity.sign();
        self.stop.is_cancelled()
    }

    /// Carries the call out on the runtime, while the plugin's thread waits.
    fn call(&self, op: &str, request_json: &str) -> Result<String, Error> {
        if self.stop.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "the run is to stop"));
        }
        let busy = self.activity.call();
        let (sender, receiver) = mpsc::sync_channel(1);
        let (calls, op, request) = (self.calls.clone(), op.to_owned(), request_json.to_owned());
        self.runtime.spawn(async move {
            let answer = calls.call(&op, &request).await;
            drop(busy);
            let _ = sender.send(answer);
        });
        receiver.recv().unwrap_or_else(|_| Err(Error::new(ErrorKind::Host, "the host failed in this call")))
    }
}
