//! The conversation with a child process: the parent's side.

use super::frame::{FromChild, ToChild};
use super::process::Process;
use super::stderr::Stderr;
use crate::plugin::job::Job;
use crate::plugin::outcome::End;
use crate::plugin::table::Reply;
use crate::plugin::watchdog::{Activity, Watched, unstoppable, watch};
use octopoid_core::process::{Command, Launcher};
use octopoid_plugin::abi::level;
use octopoid_plugin::{Error, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a library may take to give its manifest.
const INSPECTION: Duration = Duration::from_secs(10);

/// Loads a library in a child process, and returns the text of its manifest, or why that failed.
pub(in crate::plugin) async fn inspect(
    host: &Command,
    launcher: Arc<dyn Launcher>,
    copy: &Path,
) -> Result<String, String> {
    let mut process =
        Process::start(host, launcher, Stderr::new(|_| ())).map_err(|error| error.to_string())?;
    process.send(ToChild::Inspect { path: copy.to_owned() });
    let heard = tokio::time::timeout(INSPECTION, process.receive()).await;
    match heard {
        Ok(Some(FromChild::Manifest { text })) => {
            process.kill().await;
            Ok(text)
        }
        Ok(Some(FromChild::Refused { reason })) => {
            process.kill().await;
            Err(reason)
        }
        Ok(_) => Err(format!("loading it {}", process.death().await)),
        Err(_) => {
            process.kill().await;
            Err(format!("loading it did not come back within {} s", INSPECTION.as_secs()))
        }
    }
}

/// Carries out a run in a child process.
pub(in crate::plugin) async fn run(host: &Command, copy: &Path, job: Job) -> End {
    let activity = Activity::new();
    let stderr = {
        let (calls, activity) = (job.calls.clone(), activity.clone());
        Stderr::new(move |line: &str| {
            activity.sign();
            calls.note(level::INFO, line);
        })
    };
    let mut process = match Process::start(host, job.launcher.clone(), stderr) {
        Ok(process) => process,
        Err(error) => {
            let message = format!("its process cannot be started: {error}");
            return End::NotBegun(Error::role(message).retryable());
        }
    };
    process.send(ToChild::Run {
        path: copy.to_owned(),
        role: job.role.clone(),
        config: job.config.clone(),
        request: job.request.clone(),
    });
    let stop = job.cancel.child_token();
    let to = process.sender();
    let conversation = async {
        loop {
            match process.receive().await {
                Some(FromChild::Log { level, event }) => {
                    activity.sign();
                    job.calls.log(level, &event);
                }
                Some(FromChild::Alive) => activity.sign(),
                Some(FromChild::Call { id, op, request }) => {
                    let (calls, busy, to) = (job.calls.clone(), activity.call(), process.sender());
                    let refused = stop.is_cancelled();
                    tokio::spawn(async move {
                        let result = if refused {
                            Err(Error::new(ErrorKind::Cancelled, "the run is to stop"))
                        } else {
                            calls.call(&op, &request).await
                        };
                        drop(busy);
                        let _ = to.send(ToChild::Answer { id, result });
                    });
                }
                Some(FromChild::Outcome { text }) => return Ok(Reply::Outcome(text)),
                Some(FromChild::Failed { error }) => return Ok(Reply::Failed(error)),
                Some(FromChild::Panicked { message }) => return Ok(Reply::Panicked(message)),
                Some(FromChild::NotBegun { error }) => return Err(Some(error)),
                Some(FromChild::Refused { reason }) => return Err(Some(Error::role(reason))),
                Some(FromChild::Manifest { .. }) | None => return Err(None),
            }
        }
    };
    let tell = || {
        let _ = to.send(ToChild::Cancel);
    };
    let watched = watch(conversation, &job, &activity, &stop, tell).await;
    let end = match watched {
        Watched::Ended(Ok(reply)) => End::Replied(reply),
        Watched::Stopped(Ok(reply)) => End::Stopped(reply),
        Watched::Silent(Ok(reply)) => End::Silent(reply),
        Watched::Ended(Err(Some(error)))
        | Watched::Stopped(Err(Some(error)))
        | Watched::Silent(Err(Some(error))) => End::NotBegun(error),
        Watched::Stopped(Err(None)) => {
            End::Stopped(Reply::Failed(Error::new(ErrorKind::Cancelled, "it ended")))
        }
        Watched::Ended(Err(None)) | Watched::Silent(Err(None)) => {
            End::Died(format!("its process {}", process.death().await))
        }
        Watched::GivenUp { wanted } => {
            let message = format!("{}; its process was killed", unstoppable(&job, wanted));
            job.calls.note(level::ERROR, &message);
            End::GivenUp { wanted, message }
        }
    };
    process.kill().await;
    // A call that outlives its run would have an agent at work in a worktree that is handed on.
    activity.no_calls().await;
    end
}
