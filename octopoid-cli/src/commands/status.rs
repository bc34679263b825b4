//! `octopoid status`: what runs, what waits, and why.

mod page;
mod watch;

use crate::args::StatusArgs;
use crate::context::Context;
use crate::error::{Kind, Result};
use crate::installation::{Installation, running_status};
use crate::output::json;
use crate::overview::Overview;
use serde_json::json;

pub(super) async fn run(args: &StatusArgs, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    if args.watch {
        return watch::run(&installation, context).await;
    }
    let view = view(&installation, context).await?;
    if context.output.json {
        context.output.json(&as_json(&view));
    } else {
        context.output.line(page::render(&view));
    }
    Ok(())
}

/// Gathers the overview; without the queue where that is away and this machine knows something all the same.
async fn view(installation: &Installation, context: &Context) -> Result<Overview> {
    match installation.store(&context.environment).await {
        Ok(store) => Overview::gather(installation, &context.environment, &*store).await,
        // What the orchestrator here does can be told all the same.
        Err(error)
            if installation.is_remote()
                && (error.kind == Kind::Unavailable || running_status(installation).is_some()) =>
        {
            Ok(Overview::without_queue(installation, error.message))
        }
        Err(error) => Err(error),
    }
}

/// Returns the overview as JSON.
fn as_json(view: &Overview) -> serde_json::Value {
    let running = view.status.as_ref().map(|status| {
        json!({
            "orchestrator": status.orchestrator, "pid": status.pid, "started_at": status.started_at,
            "paused": status.paused, "stopping": status.stopping, "out_of_service": status.maintenance,
            "queue_away_since": status.store_away_since, "queue_away_why": status.store_away_why,
        })
    });
    let waiting: Vec<_> = view.waiting.iter().map(|(task, explained)| json::task(task, explained)).collect();
    json!({
        "running": running,
        "queue_away": view.away,
        "paused": view.paused,
        "agents": view.agents,
        "orphans": view.orphans,
        "landings": view.status.as_ref().map_or(&[][..], |status| &status.landings),
        "queues": view.counts.queues,
        "to_review": view.counts.to_review,
        "to_land": view.counts.to_land,
        "to_decide": view.counts.to_decide,
        "waiting": waiting,
        "more_waiting": view.more,
        "ready_projects": view.ready,
        "today": { "cost_usd": view.today, "limit_usd": view.limit_today },
        "warnings": view.status.as_ref().map_or(&[][..], |status| &status.warnings),
    })
}
