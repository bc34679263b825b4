//! The status as text.

use crate::installation::TAKEN_UP;
use crate::output::style::{self, paint};
use crate::output::{table, text};
use crate::overview::{Agent, Overview};
use anstyle::AnsiColor;
use comfy_table::Cell;
use octopoid_core::model::{Project, Queue};
use octopoid_core::orchestrator::Work;
use std::fmt::Display;

/// Text that grows line by line.
#[derive(Debug, Default)]
struct Page(Vec<String>);

impl Page {
    fn line(&mut self, text: impl Display) {
        self.0.push(text.to_string());
    }
}

/// Renders the overview.
pub(super) fn render(view: &Overview) -> String {
    let mut page = Page::default();
    write(view, &mut page);
    page.0.join("\n")
}

fn write(view: &Overview, page: &mut Page) {
    page.line(head(view));
    orphans(view, page);
    heading(page, "Agents");
    let mut rows = table::table(&["NAME", "ROLE", "RUNNER", "DOES"]);
    for agent in &view.agents {
        rows.add_row(row(agent, view));
    }
    page.line(text_table(&mut rows));
    let landings = view.status.as_ref().map_or(&[][..], |status| &status.landings);
    if !landings.is_empty() {
        heading(page, "Landing");
        for work in landings {
            page.line(format_args!("  {}", doing(work, view)));
        }
    }
    if let Some(away) = &view.away {
        heading(page, "Tasks");
        page.line(format_args!("  {}", paint(style::BAD, format_args!("cannot be read: {away}"))));
        return;
    }
    heading(page, "Tasks");
    page.line(format_args!("  {}", queues(view)));
    tasks(view, page);
    projects(view, page);
    page.line(format_args!(
        "\n{} {} of {} used",
        paint(style::HEADING, "Today"),
        text::money(view.today),
        text::money(view.limit_today)
    ));
    if let Some(status) = view.status.as_ref().filter(|status| !status.warnings.is_empty()) {
        heading(page, "Warnings");
        for warning in &status.warnings {
            page.line(text::indented(warning, 2));
        }
    }
}

/// Prints the runs left by a killed orchestrator.
fn orphans(view: &Overview, page: &mut Page) {
    if view.orphans.is_empty() {
        return;
    }
    for orphan in &view.orphans {
        page.line(format_args!("  {}", paint(style::ATTENTION, orphan.words(view.now))));
    }
    page.line(format_args!("  {TAKEN_UP}"));
}

/// Prints the projects that a person can complete, unless the task that lands them is shown with the same next step.
fn projects(view: &Overview, page: &mut Page) {
    let shown = |project: &Project| {
        view.waiting.iter().any(|(task, explained)| {
            let attributes = &task.attributes;
            explained.person && attributes.lands_project && attributes.project.as_ref() == Some(&project.id)
        })
    };
    let ready: Vec<_> = view.ready.iter().filter(|project| !shown(project)).collect();
    if ready.is_empty() {
        return;
    }
    heading(page, "Projects");
    for project in ready {
        let branch = project.branch.as_ref().map_or_else(String::new, |branch| {
            format!(", and `{branch}` is ready to go to `{}`", project.base_branch)
        });
        page.line(format_args!("  {}: every task is done{branch}", project.id));
        page.line(format_args!("    → octopoid project approve {}", project.id));
    }
}

fn heading(page: &mut Page, name: &str) {
    page.line(format_args!("\n{}", paint(style::HEADING, name)));
}

fn head(view: &Overview) -> String {
    let Some(status) = &view.status else {
        let paused = if view.paused { "; paused, so nothing begins until `octopoid resume`" } else { "" };
        return format!(
            "{}: `octopoid start` runs the agents{paused}",
            paint(style::ATTENTION, "not running")
        );
    };
    let since = text::span(view.now.since(status.started_at));
    let state = if status.stopping {
        paint(style::ATTENTION, "ending")
    } else if status.paused || view.paused || status.maintenance {
        paint(style::ATTENTION, "paused")
    } else {
        paint(style::GOOD, "running")
    };
    let mut head = format!("{state} for {since}, process {} ({})", status.pid, status.orchestrator);
    if status.paused && !status.stopping {
        let words = "nothing new begins until `octopoid resume`";
        head.push_str(&format!("\n{}", paint(style::ATTENTION, words)));
    }
    if status.maintenance {
        let words = "out of service: nothing new begins until `octopoid machines resume`";
        head.push_str(&format!("\n{}", paint(style::ATTENTION, words)));
    }
    if let Some(since) = status.store_away_since {
        let span = text::span(view.now.since(since));
        let words =
            format!("the queue has been away for {span}, since {since}: what runs goes on, results wait");
        head.push_str(&format!("\n{}", paint(style::BAD, words)));
        if let Some(why) = &status.store_away_why {
            head.push_str(&format!("\n  {}", text::one_line(why, 200)));
        }
    }
    for account in &status.accounts {
        let agents: Vec<_> = account.agents.iter().map(ToString::to_string).collect();
        let words = format!(
            "the account {} is limited until {} ({}): {} {}",
            account.account,
            account.until,
            text::relative(account.until, view.now),
            agents.join(", "),
            if agents.len() == 1 { "waits" } else { "wait" }
        );
        head.push_str(&format!(
            "\n{}\n  {}",
            paint(style::ATTENTION, words),
            text::one_line(&account.reason, 200)
        ));
    }
    head
}

fn row(agent: &Agent, view: &Overview) -> Vec<Cell> {
    let does = match (&agent.work, &agent.idle) {
        (Some(work), _) => table::coloured(doing(work, view), AnsiColor::Cyan),
        (None, Some(idle)) if view.orphans.iter().any(|orphan| orphan.agent.as_str() == agent.name) => {
            table::coloured(text::one_line(&idle.reason, 160), AnsiColor::Yellow)
        }
        (None, Some(idle)) => {
            let until =
                idle.until.map_or_else(String::new, |at| format!(" ({})", text::relative(at, view.now)));
            table::coloured(
                format!("idle: {}{until}", text::one_line(&idle.reason, 160)),
                AnsiColor::BrightBlack,
            )
        }
        (None, None) => table::coloured("idle: nothing to do", AnsiColor::BrightBlack),
    };
    vec![
        Cell::new(&agent.name),
        Cell::new(&agent.role),
        Cell::new(agent.runner.as_deref().unwrap_or("–")),
        does,
    ]
}

fn doing(work: &Work, view: &Overview) -> String {
    let mut parts = vec![format!("{} {}", work.task, text::one_line(&work.title, 40))];
    parts.push(text::span(view.now.since(work.since)));
    parts.extend(Some(text::usage(&work.usage)).filter(|used| !used.is_empty()));
    parts.extend(work.last.as_deref().map(|last| text::one_line(last, 60)));
    parts.join(" · ")
}

fn queues(view: &Overview) -> String {
    let parts: Vec<_> = Queue::ALL
        .into_iter()
        .filter_map(|queue| {
            let count = view.counts.in_queue(queue);
            let shown = count > 0
                || matches!(queue, Queue::Incoming | Queue::Claimed | Queue::Provisional | Queue::Done);
            let inside = match queue {
                Queue::Provisional if count > 0 => format!(
                    " ({} to review, {} to land, {} to decide)",
                    view.counts.to_review, view.counts.to_land, view.counts.to_decide
                ),
                _ => String::new(),
            };
            shown.then(|| format!("{count} {}{inside}", style::queue(queue)))
        })
        .collect();
    parts.join(", ")
}

fn tasks(view: &Overview, page: &mut Page) {
    let mut needs = view.waiting.iter().filter(|(_, explained)| explained.person).peekable();
    if needs.peek().is_some() {
        heading(page, "Needs you");
        for (task, explained) in needs {
            let id = paint(style::ATTENTION, format_args!("{:<9}", task.id));
            page.line(format_args!("  {id} {}", text::one_line(&task.title, 70)));
            page.line(text::indented(&text::one_line(&explained.text, 300), 12));
            for command in &explained.commands {
                page.line(format_args!("            → {command}"));
            }
        }
    }
    let mut others = view.waiting.iter().filter(|(_, explained)| !explained.person).peekable();
    if others.peek().is_some() {
        heading(page, "Waiting");
        let mut rows = table::table(&["ID", "PRI", "TITLE", "WHY"]);
        for (task, explained) in others {
            rows.add_row(vec![
                Cell::new(&task.id),
                Cell::new(task.priority),
                Cell::new(text::one_line(&task.title, 50)),
                Cell::new(text::one_line(&explained.text, 160)),
            ]);
        }
        page.line(text_table(&mut rows));
    }
    if view.more > 0 {
        let more = text::count(view.more, "more task");
        page.line(paint(style::DIM, format_args!("  and {more}: `octopoid list` shows them")));
    }
}

fn text_table(rows: &mut comfy_table::Table) -> String {
    table::render(rows).lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
