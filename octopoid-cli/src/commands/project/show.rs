//! `octopoid project show`: how far a project is.

use crate::assembly::Explainer;
use crate::context::Context;
use crate::error::Result;
use crate::installation::Installation;
use crate::output::{json, style, table, text};
use comfy_table::Cell;
use octopoid_core::model::{AgentName, Project, Run, Task, Usage};
use octopoid_core::ops::project::{self, Progress};
use octopoid_core::ops::tree;
use octopoid_core::store::{RunQuery, Store};
use serde_json::json;

/// A task with the sums over its runs.
struct Line<'a> {
    depth: usize,
    task: &'a Task,
    /// The agent that works on it, or last did.
    agent: Option<AgentName>,
    usage: Usage,
}

pub(super) async fn run(
    project: &Project,
    installation: &Installation,
    store: &dyn Store,
    context: &Context,
) -> Result<()> {
    let tasks = project::tasks(store, &project.scope, &project.id).await?;
    let mut lines = Vec::with_capacity(tasks.len());
    for (depth, task) in tree(&tasks) {
        let runs = store.list_runs(&RunQuery::new(project.scope.clone()).of_task(task.id.clone())).await?;
        let holder = task.state.claim().map(|claim| claim.holder.agent.clone());
        // Who did it, and not who looked at it since.
        let did = |run: &&Run| run.role.as_ref() == Some(&task.role);
        let last = || runs.iter().find(did).map(|run| run.agent.clone());
        let agent = holder.or_else(last);
        lines.push(Line { depth, task, agent, usage: runs.iter().map(|run| run.usage).sum() });
    }
    let explainer = Explainer::gather(installation, &context.environment, store, &tasks).await?;
    let progress = Progress::of(&tasks);
    let (done, total) = (progress.done, progress.total);
    let usage: Usage = lines.iter().map(|line| line.usage).sum();
    let ready = progress.needs_person(project);

    let output = context.output;
    if output.json {
        let items: Vec<_> = lines
            .iter()
            .map(|line| {
                let more = json!({ "depth": line.depth, "agent": line.agent, "usage": line.usage });
                json::with(json::task(line.task, &explainer.explain(line.task)), &more)
            })
            .collect();
        let landing = progress.landing.map(|task| task.id);
        let more = json!({
            "tasks": items, "done": done, "total": total, "usage": usage, "ready": ready, "landing": landing,
        });
        output.json(&json::with(more, project));
        return Ok(());
    }
    let title = text::one_line(&project.title, 200);
    output.line(format_args!("{}  {}", style::paint(style::HEADING, title), project.status.as_str()));
    let branch = project.branch.as_deref().map_or_else(
        || format!("its tasks land on `{}`", installation.config.value.repo.base_branch),
        |branch| format!("its tasks land on `{branch}`, which goes to `{}`", project.base_branch),
    );
    let review = if project.auto_accept { "; no review" } else { "" };
    output.line(format_args!("project {}; {branch}{review}", project.id));
    let used = Some(text::usage(&usage)).filter(|used| !used.is_empty());
    let used = used.map_or_else(String::new, |used| format!("; {used}"));
    output.line(format_args!("{done} of {} done{used}", text::count(total as u64, "task")));
    if let Some(description) = &project.description {
        output.line(format_args!("\n{}", text::indented(description, 2)));
    }
    if lines.is_empty() {
        output.note(format_args!("\n  → octopoid enqueue \"…\" --project {}", project.id));
        return Ok(());
    }
    let mut rows = table::table(&["TASK", "QUEUE", "AGENT", "TURNS", "COST", "TITLE"]);
    for line in &lines {
        let queue = line.task.queue();
        rows.add_row(vec![
            Cell::new(format!("{}{}", "  ".repeat(line.depth), line.task.id)),
            table::coloured(queue, style::of_queue(queue)),
            Cell::new(line.agent.as_ref().map(ToString::to_string).unwrap_or_default()),
            Cell::new(line.usage.turns),
            Cell::new(text::money(line.usage.cost_usd)),
            Cell::new(text::one_line(&line.task.title, 60)),
        ]);
    }
    output.line(format_args!("\n{}", table::render(&mut rows)));
    if let Some(landing) = progress.landing.as_ref().filter(|landing| !landing.is_done()) {
        let explained = explainer.explain(landing);
        let branch = project.branch.as_deref().unwrap_or_default();
        output.note(format_args!(
            "\n{} takes `{branch}` to `{}`: {}",
            landing.id, project.base_branch, explained.text
        ));
    }
    if ready {
        let what = match &project.branch {
            Some(branch) => {
                format!("all is done, and `{branch}` is ready to go to `{}`", project.base_branch)
            }
            None => "all is done".to_owned(),
        };
        output.note(format_args!("\n{what}\n  → octopoid project approve {}", project.id));
    }
    Ok(())
}
