//! `octopoid job`: standing orders for tasks.

use crate::args::{JobAction, JobCommand};
use crate::error::Result;
use crate::jobs::{Jobs, Standing};
use crate::output::{style, table, text};
use crate::project::{Context, wrong};
use crate::roles::Roles;
use comfy_table::Cell;
use octopoid_core::clock::{Clock, SystemClock};
use serde_json::json;

pub(super) async fn run(args: JobCommand, context: &Context) -> Result<()> {
    let project = context.project()?;
    let roles = Roles::load(&project, &context.environment).await;
    let jobs = Jobs::load(&project, &roles);
    if !jobs.problems.is_empty() {
        return Err(wrong(&jobs.problems));
    }
    let store = project.store(context).await?;
    let (scope, output, now) = (project.scope(), context.output, SystemClock.now());
    match args.action {
        JobAction::Run { name } => {
            let task = jobs.get(&name)?.run(&*store, &scope, now).await?;
            output.json(&json!({ "job": name, "task": task.id, "queue": task.queue() }));
            output.line(format_args!("{} added for the job {name}", style::paint(style::HEADING, &task.id)));
        }
        JobAction::List => {
            let (mut listed, mut rows) =
                (Vec::new(), table::table(&["JOB", "ROLE", "WHEN", "NEXT", "LAST TASK"]));
            for job in &jobs.all {
                let newest = job.newest(&*store, &scope).await?;
                let next = match job.schedule.standing(newest.as_ref().map(|task| task.created_at), now, now)
                {
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
                    Cell::new(&job.role),
                    Cell::new(&job.schedule),
                    Cell::new(shown),
                    Cell::new(last.unwrap_or_default()),
                ]);
                listed.push(json!({
                    "name": job.name,
                    "role": job.role,
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
