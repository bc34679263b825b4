//! `octopoid demo`: runs agents on a throw-away repository.

mod report;
mod repository;
mod tasks;

use crate::args::{Demo, DemoRunner};
use crate::assembly::Roles;
use crate::assembly::{Assembly, assemble};
use crate::checks;
use crate::context::Context;
use crate::error::{CliError, IoContext, Result, with_causes};
use crate::installation::{Installation, wrong};
use crate::live::Live;
use crate::logging;
use crate::output::{Output, style, text};
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{NewTask, TaskId};
use octopoid_core::orchestrator::Handle;
use octopoid_core::store::Store;
use report::Report;
use std::path::Path;

pub(crate) async fn run(args: &Demo, context: &Context) -> Result<()> {
    let output = context.output;
    if args.runner == DemoRunner::Claude && context.environment.find_program("claude").is_none() {
        return Err(CliError::unavailable("there is no program `claude` on PATH")
            .hint("install Claude Code (npm install -g @anthropic-ai/claude-code), or run the demo without --runner"));
    }
    let folder =
        tempfile::Builder::new().prefix("octopoid-demo-").tempdir().doing("make a temporary folder")?;
    let root = folder.path().join("calculator");
    output.note(format_args!("{} in {}", style::paint(style::HEADING, "A small repository"), root.display()));
    repository::make(&root, args.runner, &context.environment)?;
    let inside = Context { directory: root.clone(), ..context.clone() };
    let result = play(args, &root, &inside).await;
    let interrupted = matches!(result, Ok(None));
    let all_landed = matches!(&result, Ok(Some(report)) if report.all_landed());
    // What went wrong can be looked at.
    if args.keep || !(all_landed || interrupted) {
        let kept = folder.keep();
        output.note(format_args!("\nkept: {}", kept.join("calculator").display()));
    }
    let Some(report) = result? else {
        return Err(
            CliError::failure("the demo was interrupted").hint("it takes a few seconds; run it again")
        );
    };
    output.json(&report.json(args.keep.then_some(root.as_path())));
    if all_landed {
        return Ok(());
    }
    Err(CliError::failure("not everything has landed").hint("`octopoid status` in the kept folder says why"))
}

/// Adds the tasks, runs the agents, and reports the results; none if interrupted.
async fn play(args: &Demo, root: &Path, context: &Context) -> Result<Option<Report>> {
    let installation = Installation::read(root).map_err(|problems| wrong(&problems))?;
    let roles = Roles::without_plugins(installation.layout.root());
    let problems = checks::problems(&installation, &roles, &context.environment);
    if !problems.is_empty() {
        return Err(wrong(&problems));
    }
    logging::to_folder(installation.layout.logs(), context.output.verbose);
    let Assembly { orchestrator, store } = assemble(&installation, roles, context, Some(args.agents)).await?;
    let ids = enqueue(args.runner, &*store).await?;
    announce(args, ids.len(), context.output);

    let begun = SystemClock.now();
    // With --json there is one result, at the end.
    let live = Output { quiet: context.output.quiet || context.output.json, json: false, ..context.output };
    let live = Live::begin(orchestrator.events(), live);
    let interrupt = tokio::spawn(stop_on_interrupt(orchestrator.handle()));
    let ended = orchestrator.run_until_idle().await;
    let interrupted = interrupt.is_finished();
    interrupt.abort();
    live.end().await;
    ended.map_err(|error| {
        CliError::failure(format!("the orchestrator ended: {}", with_causes(&error)))
            .hint("look at the kept folder")
    })?;
    if interrupted {
        return Ok(None);
    }
    let span = SystemClock.now().since(begun);
    let report = Report::gather(&installation, &*store, &context.environment, &ids, span).await?;
    report.print(context.output);
    Ok(Some(report))
}

async fn stop_on_interrupt(handle: Handle) {
    if tokio::signal::ctrl_c().await.is_ok() {
        handle.stop();
    }
}

async fn enqueue(runner: DemoRunner, store: &dyn Store) -> Result<Vec<TaskId>> {
    let mut ids: Vec<TaskId> = Vec::new();
    for task in tasks::ALL {
        let mut new = NewTask::new(task.title, task.description(runner)).with_author("demo");
        if let Some(number) = task.after {
            new = new.with_blocked_by([ids[number].clone()]);
        }
        ids.push(store.create_task(new).await?.id);
    }
    Ok(ids)
}

fn announce(args: &Demo, tasks: usize, output: Output) {
    let who = match args.runner {
        DemoRunner::Sim => "a small program that behaves like an agent (a real process, but no model)",
        DemoRunner::Claude => "Claude Code",
    };
    output.note(format_args!(
        "{} tasks; {} implementers and {} reviewers, at most {} at once; driven by {who}",
        tasks,
        repository::IMPLEMENTERS,
        repository::REVIEWERS,
        text::count(args.agents.into(), "agent"),
    ));
    output.note("");
}
