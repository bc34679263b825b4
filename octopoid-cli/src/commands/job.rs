//! `octopoid job`: lists and runs scheduled jobs.

use crate::args::{JobAction, JobCommand};
use crate::assembly::Roles;
use crate::assembly::Workers;
use crate::context::Context;
use crate::error::{CliError, Kind, Result};
use crate::installation::{Installation, wrong};
use crate::jobs::{Failed, Issues, Job, Jobs, Memory, Standing, Work, connect};
use crate::output::{style, table, text};
use comfy_table::Cell;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::orchestrator::GithubError;
use octopoid_core::store::Store;
use serde_json::json;

pub(super) async fn run(args: JobCommand, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let roles = Roles::load(&installation, &context.environment).await;
    let jobs = Jobs::load(&installation, &Workers::of(&roles), &context.environment);
    if !jobs.problems.is_empty() {
        return Err(wrong(&jobs.problems));
    }
    let store = installation.store(&context.environment).await?;
    let (scope, output, now) = (installation.scope(), context.output, SystemClock.now());
    match args.action {
        JobAction::Run { name } => {
            let job = jobs.get(&name)?;
            let order = match &job.work {
                Work::Task(order) => order,
                Work::Issues(issues) => return take(job, issues, &installation, &*store, context).await,
            };
            let task = order.run(job, &*store, &scope, now).await?;
            output.json(&json!({ "job": name, "task": task.id, "queue": task.queue() }));
            output.line(format_args!("{} added for the job {name}", style::paint(style::HEADING, &task.id)));
        }
        JobAction::List => {
            let (mut listed, mut rows) =
                (Vec::new(), table::table(&["JOB", "ROLE", "WHEN", "NEXT", "LAST TASK"]));
            let memory = Memory::load(&installation.layout);
            for job in &jobs.all {
                let newest = job.newest(&*store, &scope).await?;
                let next = match job.standing(newest.as_ref(), &memory, now) {
                    Standing::Due(at) => Some(at),
                    Standing::Later(at) => at,
                };
                let shown = match next {
                    _ if job.paused => "paused".to_owned(),
                    Some(next) if next <= now => "now".to_owned(),
                    Some(next) => text::local(next),
                    None => "never".to_owned(),
                };
                let last = newest.as_ref().map(|task| format!("{} ({})", task.id, task.queue()));
                rows.add_row(vec![
                    Cell::new(&job.name),
                    Cell::new(job.role().map_or("-", |role| role.as_str())),
                    Cell::new(&job.schedule),
                    Cell::new(shown),
                    Cell::new(last.unwrap_or_default()),
                ]);
                listed.push(json!({
                    "name": job.name,
                    "role": job.role(),
                    "builtin": matches!(job.work, Work::Issues(_)).then_some("github-issues"),
                    "schedule": job.schedule.to_string(),
                    "paused": job.paused,
                    "next": next,
                    "last_task": newest.as_ref().map(|task| &task.id),
                    "last_queue": newest.as_ref().map(octopoid_core::model::Task::queue),
                }));
            }
            output.json(&json!({ "jobs": listed }));
            if jobs.all.is_empty() {
                output.line("there are no jobs; `octopoid job --help` shows how to write one");
            } else {
                output.line(table::render(&mut rows));
            }
        }
    }
    Ok(())
}

/// Imports the labelled issues now, whatever the schedule says.
async fn take(
    job: &Job,
    issues: &Issues,
    installation: &Installation,
    store: &dyn Store,
    context: &Context,
) -> Result<()> {
    let github = connect(installation, &context.environment)?;
    let report =
        issues.take(job, &github, store, &installation.scope()).await.map_err(|error| match error {
            Failed::Store(error) => error.into(),
            Failed::Github(error) => {
                let (kind, hint) = match error {
                    GithubError::Limited { .. } | GithubError::Unavailable { .. } => {
                        (Kind::Unavailable, "nothing is lost: try again later")
                    }
                    _ => {
                        (Kind::Configuration, "see `github` and `repo.remote` in config.yaml, and the token")
                    }
                };
                CliError::new(kind, error.to_string()).hint(hint)
            }
        })?;
    let output = context.output;
    output.json(&json!({
        "job": job.name,
        "made": report.made,
        "known": report.known,
        "refused": report.refused,
    }));
    for made in &report.made {
        output.line(made);
    }
    for refused in &report.refused {
        output.warn(refused);
    }
    let (made, known) = (report.made.len(), report.known);
    output.note(format_args!(
        "{} labelled `{}` in {}: {made} taken up, {known} known before",
        text::count((made + known + report.refused.len()) as u64, "open issue"),
        issues.label,
        github.repository()
    ));
    Ok(())
}
