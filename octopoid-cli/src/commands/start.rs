//! `octopoid start`: runs the orchestrator and shows what it does.

mod assembly;
mod daemon;
mod forge;
mod steering;
mod unmanned;

pub(crate) use assembly::{Assembly, assemble};

use crate::args::Start;
use crate::error::{CliError, Kind, Result, with_causes};
use crate::jobs::Ordering;
use crate::live::Live;
use crate::logging;
use crate::output::words::Surroundings;
use crate::output::{style, text};
use crate::project::{Context, Project, wrong};
use crate::roles::Roles;
use crate::task_files::{Taking, Workers};
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Queue, Task};
use octopoid_core::orchestrator::{RunError, running_pid};
use octopoid_core::store::{QueueCounts, Store, TaskQuery};
use serde_json::json;
use std::sync::Arc;

pub(super) async fn run(args: &Start, context: &Context) -> Result<()> {
    let project = context.project()?;
    let roles = Roles::load(&project, &context.environment).await;
    let problems = project.problems(&roles, &context.environment);
    if !problems.is_empty() {
        return Err(wrong(&problems));
    }
    if let Some(pid) = running_pid(&project.layout) {
        return Err(taken(&project, &pid.to_string()));
    }
    if args.daemon {
        return daemon::start(args, context, &project).await;
    }
    logging::to_folder(project.layout.logs(), context.output.verbose);
    let workers = Workers::of(&roles);
    let Assembly { orchestrator, store, .. } = assemble(&project, roles, context, args.agents).await?;
    let project = Arc::new(project);
    let _ordering = Ordering::begin(
        project.clone(),
        store.clone(),
        workers.clone(),
        context.environment.clone(),
        context.output,
    )
    .await;
    let _taking = Taking::begin(
        project.clone(),
        store.clone(),
        workers,
        context.environment.clone(),
        context.person(),
        context.output,
    )
    .await;

    let output = context.output;
    let handle = orchestrator.handle();
    let _steering = steering::Steering::begin(&project, handle, output, args.in_background)?;
    let live = Live::begin(orchestrator.events(), output);
    let names: Vec<_> = project.agent_settings().iter().map(|agent| agent.name.to_string()).collect();
    output.note(format_args!(
        "{} with {} ({}); {}",
        style::paint(style::GOOD, "started"),
        text::count(names.len() as u64, "agent"),
        text::one_line(&names.join(", "), 80),
        if args.once || args.until_idle { "ends by itself" } else { "Ctrl-C finishes what runs and ends" }
    ));
    unmanned::warn(&project, &*store, output).await?;
    let begun = SystemClock.now();
    let ended = if args.until_idle {
        orchestrator.run_until_idle().await
    } else if args.once {
        orchestrator.run_once().await
    } else {
        orchestrator.run().await
    };
    live.end().await;
    ended.map_err(|error| ended_badly(error, &project))?;

    let counts = store.queue_counts(&project.scope()).await?;
    output.note(format_args!(
        "ended after {}: {}",
        text::exact_span(SystemClock.now().since(begun)),
        summary(&counts)
    ));
    say_who_is_needed(&project, &*store, context).await?;
    output.json_line(&json!({ "type": "ended", "queues": counts.queues }));
    Ok(())
}

fn taken(project: &Project, pid: &str) -> CliError {
    let folder = project.layout.root().display();
    CliError::unavailable(format!("an orchestrator (process {pid}) already runs on {folder}"))
        .hint("`octopoid status` shows what it does; `octopoid stop` ends it")
}

fn ended_badly(error: RunError, project: &Project) -> CliError {
    match error {
        RunError::Lock(octopoid_core::orchestrator::LockError::Taken { pid, .. }) => taken(project, &pid),
        RunError::Store(error) => error.into(),
        other => CliError::new(Kind::Unavailable, with_causes(&other))
            .hint("nothing is lost: the next `octopoid start` goes on; `octopoid doctor` checks the machine"),
    }
}

/// The queues that hold something, in one line.
pub(crate) fn summary(counts: &QueueCounts) -> String {
    let parts: Vec<_> = Queue::ALL
        .into_iter()
        .filter(|queue| counts.in_queue(*queue) > 0)
        .map(|queue| format!("{} {queue}", counts.in_queue(queue)))
        .collect();
    if parts.is_empty() { "no tasks".to_owned() } else { parts.join(", ") }
}

/// Where a person must act, that is said at the end, so that nobody has to look for it.
async fn say_who_is_needed(project: &Project, store: &dyn Store, context: &Context) -> Result<()> {
    let mut query = TaskQuery::new(project.scope());
    query.queues =
        vec![Queue::NeedsContinuation, Queue::Failed, Queue::Provisional, Queue::Blocked, Queue::Incoming];
    query.limit = 100;
    let tasks: Vec<Task> = store.list_tasks(&query).await?.items;
    let surroundings = Surroundings::gather(project, &context.environment, store, &tasks).await?;
    for task in &tasks {
        let explained = surroundings.explain(task);
        if explained.person {
            let id = style::paint(style::ATTENTION, &task.id);
            context.output.note(format_args!("  {id} {}", text::one_line(&explained.text, 160)));
            for command in explained.commands.iter().take(2) {
                context.output.note(format_args!("    → {command}"));
            }
        }
    }
    Ok(())
}
