//! `octopoid pause` and `octopoid resume`: a marker file that a running orchestrator watches and that outlives it.

use crate::context::Context;
use crate::error::{IoContext, Result};
use crate::installation::Installation;
use crate::installation::running_status;
use crate::watch::FolderWatch;
use octopoid_core::orchestrator::running_pid;
use serde_json::json;
use std::time::Duration;

/// How long to wait for a running orchestrator to pause.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn pause(context: &Context) -> Result<()> {
    let installation = context.installation()?;
    std::fs::create_dir_all(installation.layout.runtime()).doing("make the folder for the pause marker")?;
    let watch = FolderWatch::new(&installation.layout.runtime());
    let was = installation.pause(&context.author())?;
    let running = running_pid(&installation.layout).is_some();
    if tokio::time::timeout(PATIENCE, until_paused(&installation, watch)).await.is_err() {
        context.output.warn("the running orchestrator has not said yet that it paused");
    }
    let words = match (was, running) {
        (true, _) => "already paused; `octopoid resume` lets it go on",
        (false, true) => "paused: what runs goes on, nothing new begins; `octopoid resume` lets it go on",
        (false, false) => {
            "paused: no orchestrator runs, and the next one begins nothing until `octopoid resume`"
        }
    };
    context.output.line(words);
    context.output.json(&json!({ "paused": true, "changed": !was, "running": running }));
    Ok(())
}

/// Completes once the orchestrator has paused.
async fn until_paused(installation: &Installation, mut watch: FolderWatch) {
    while running_status(installation).is_some_and(|status| !status.paused) {
        watch.changed().await;
    }
}

pub(super) fn resume(context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let was = installation.resume()?;
    let running = running_pid(&installation.layout).is_some();
    let words = match (was, running) {
        (false, _) => "it was not paused",
        (true, true) => "resumed",
        (true, false) => "resumed; no orchestrator runs: `octopoid start`",
    };
    context.output.line(words);
    context.output.json(&json!({ "paused": false, "changed": was, "running": running }));
    Ok(())
}
