//! `octopoid start`: runs the orchestrator and shows what it does.

mod daemon;
mod dashboard;
mod steering;
mod subreaper;
mod unmanned;

use crate::args::Start;
use crate::assembly::Explainer;
use crate::assembly::Roles;
use crate::assembly::Workers;
use crate::assembly::{Assembly, assemble};
use crate::checks;
use crate::context::Context;
use crate::error::{CliError, Kind, Result, with_causes};
use crate::installation::{Installation, wrong};
use crate::jobs::JobScheduler;
use crate::live::Live;
use crate::logging;
use crate::notices::Notifier;
use crate::output::{json, style, text};
use crate::task_files::TaskFileWatcher;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::TaskId;
use octopoid_core::ops::{Unfinished, unfinished};
use octopoid_core::orchestrator::{Leftover, RunError, Summary, running_pid};
use octopoid_core::store::{Store, TaskQuery};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) async fn run(args: &Start, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let roles = match args.daemon {
        // The background process loads them itself.
        true => Roles::load(&installation, &context.environment).await,
        false => Roles::load_to_run(&installation, &context.environment).await,
    };
    let problems = checks::problems(&installation, &roles, &context.environment);
    if !problems.is_empty() {
        return Err(wrong(&problems));
    }
    if let Some(pid) = running_pid(&installation.layout) {
        return Err(taken(&installation, &pid.to_string()));
    }
    if args.tick_interval.is_some() {
        context
            .output
            .warn("--tick-interval does nothing: work begins when something happens, not at a tick");
    }
    if args.daemon {
        return daemon::start(args, context, &installation).await;
    }
    logging::to_folder(installation.layout.logs(), context.output.verbose);
    let _subreaper = subreaper::Subreaper::begin();
    let (workers, purposes) = (Workers::of(&roles), roles.purposes());
    let Assembly { orchestrator, store, .. } = assemble(&installation, roles, context, args.agents).await?;
    let installation = Arc::new(installation);
    let _jobs = JobScheduler::begin(
        installation.clone(),
        store.clone(),
        workers.clone(),
        context.environment.clone(),
        context.output,
    )
    .await;
    let _task_files = TaskFileWatcher::begin(
        installation.clone(),
        store.clone(),
        workers,
        context.environment.clone(),
        context.author(),
        context.output,
    )
    .await;

    let output = context.output;
    let notifier =
        Notifier::begin(installation.clone(), purposes, store.clone(), &context.environment, output).await;
    let handle = orchestrator.handle();
    let _steering = steering::Steering::begin(&installation, handle, output, args.in_background)?;
    let live = Live::begin(orchestrator.events(), output);
    let names: Vec<_> = installation.agent_settings().iter().map(|agent| agent.name.to_string()).collect();
    output.note(format_args!(
        "{} with {} ({}); {}",
        style::paint(style::GOOD, "started"),
        text::count(names.len() as u64, "agent"),
        text::one_line(&names.join(", "), 80),
        if args.once || args.until_idle { "ends by itself" } else { "Ctrl-C finishes what runs and ends" }
    ));
    let _dashboard = match args.dashboard {
        true => Some(dashboard::Dashboard::begin(&installation, &store, args, context).await?),
        false => None,
    };
    unmanned::warn(&installation, &*store, output).await?;
    let begun = SystemClock.now();
    let ended = if args.until_idle {
        orchestrator.run_until_idle().await
    } else if args.once {
        orchestrator.run_once().await
    } else {
        orchestrator.run().await
    };
    live.end().await;
    if let Some(notifier) = notifier {
        notifier.end().await;
    }
    let summary = ended.map_err(|error| ended_badly(error, &installation))?;

    let counts = store.queue_counts(&installation.scope()).await?;
    let needed = say_who_is_needed(&installation, &*store, context).await?;
    let took = text::exact_span(SystemClock.now().since(begun));
    // The last line is what everybody reads, so it says both what was done and whether something is asked for.
    output.note(match needed.len() as u64 {
        0 => format!("ended after {took}: {summary}"),
        1 => format!("ended after {took}: {summary}; 1 task needs you, see above"),
        many => format!("ended after {took}: {summary}; {many} tasks need you, see above"),
    });
    // What a person has paused or ended is left on purpose.
    let left = if args.until_idle && !summary.held_up { &summary.waiting[..] } else { &[] };
    output.json_line(&json::with(
        json!({ "type": "ended", "queues": counts.queues, "needs_person": needed, "left": left }),
        &lists(&summary),
    ));
    say_what_is_left(left)
}

/// Returns the tasks by their outcome, as JSON.
fn lists(summary: &Summary) -> serde_json::Value {
    let ids = |left: &[Leftover]| left.iter().map(|left| left.task.clone()).collect::<Vec<_>>();
    json!({
        "landed": summary.landed, "done": summary.done, "failed": ids(&summary.failed), "cancelled": summary.cancelled,
        "waits_for_person": ids(&summary.needs_person), "blocked": ids(&summary.blocked), "under_way": summary.under_way,
    })
}

/// Fails if `--until-idle` left tasks that could be worked on.
fn say_what_is_left(left: &[Leftover]) -> Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = left
        .iter()
        .map(|task| format!("  {} ({}): {}", task.task, task.queue, text::one_line(&task.why, 300)))
        .collect();
    let tasks = text::count(left.len() as u64, "task");
    Err(CliError::new(
        Kind::Leftover,
        format!("{tasks} could be worked on and no agent does:\n{}", lines.join("\n")),
    )
    .hint("put right what is said above and run `octopoid start` again; `octopoid status` shows the agents"))
}

fn taken(installation: &Installation, pid: &str) -> CliError {
    let folder = installation.layout.root().display();
    CliError::unavailable(format!("an orchestrator (process {pid}) already runs on {folder}"))
        .hint("`octopoid status` shows what it does; `octopoid stop` ends it")
}

fn ended_badly(error: RunError, installation: &Installation) -> CliError {
    match error {
        RunError::Lock(octopoid_core::orchestrator::LockError::Taken { pid, .. }) => taken(installation, &pid),
        RunError::MachineIdTaken(error) => CliError::refused(error.to_string()).hint(
            "where that is this machine, moved or set up again, start again at that moment; otherwise set `machine_id` under `server` \
             in .octopoid/config.yaml to a name of its own",
        ),
        RunError::Store(error) => error.into(),
        other => CliError::new(Kind::Unavailable, with_causes(&other))
            .hint("nothing is lost: the next `octopoid start` goes on; `octopoid doctor` checks the machine"),
    }
}

/// Prints the tasks that need a person, and returns them.
async fn say_who_is_needed(
    installation: &Installation,
    store: &dyn Store,
    context: &Context,
) -> Result<BTreeSet<TaskId>> {
    let mut needed = BTreeSet::new();
    let Unfinished { tasks, .. } = unfinished(store, &installation.scope(), TaskQuery::MAX_LIMIT).await?;
    let explainer = Explainer::gather(installation, &context.environment, store, &tasks).await?;
    for task in &tasks {
        let explained = explainer.explain(task);
        if explained.person {
            let id = style::paint(style::ATTENTION, &task.id);
            context.output.note(format_args!("  {id} {}", text::one_line(&explained.text, 160)));
            for command in explained.commands.iter().take(2) {
                context.output.note(format_args!("    → {command}"));
            }
            needed.insert(task.id.clone());
        }
    }
    Ok(needed)
}
