//! Projects: how far they are, and what they wait for.

use super::graph::{Node, graph, meter};
use super::layout::{Page, Section, badge, post, region};
use super::prose::prose;
use crate::access::Visit;
use crate::hub::Snapshot;
use crate::text::{Ago, T, count, money};
use maud::{Markup, html};
use octopoid_core::model::{Project, ProjectStatus, Task, Usage};
use octopoid_core::ops::project::Progress;
use octopoid_core::ops::{Attention, Situation, explain};

/// A project with how far it is.
#[derive(Debug)]
pub(crate) struct ProjectView {
    pub(crate) project: Project,
    pub(crate) progress: Progress,
    pub(crate) used: Usage,
}

/// Returns the page with all projects.
pub(crate) fn projects(visit: &Visit, snapshot: &Snapshot, projects: &[ProjectView]) -> Markup {
    let list = html! {
        @if projects.is_empty() {
            div.welcome {
                h2 { "There are no projects" }
                p { "A project is several tasks that land together, on a branch of their own." }
                p { "In a terminal: " code { "octopoid project create \"A title\"" } ", or make one of a draft." }
            }
        }
        ul.rows {
            @for one in projects {
                li.panel data-item tabindex="-1" data-href=(visit.url(&format!("/projects/{}", one.project.id))) {
                    div.row-main {
                        h2 { a href=(visit.url(&format!("/projects/{}", one.project.id))) { (T(&one.project.title)) } }
                        p.quiet { span.id { (one.project.id) } " · " (T(one.project.branch.as_deref().unwrap_or("no branch"))) " → " (T(&one.project.base_branch)) }
                    }
                    div.row-side {
                        (status(one))
                        (meter(one.progress.done as f64, one.progress.total as f64, "Done"))
                        span { (one.progress.done) " of " (one.progress.total) " done" }
                        span.quiet { (money(one.used.cost_usd)) }
                    }
                }
            }
        }
    };
    let content = html! { header.title { h1 { "Projects" } } (region("projects-list", &list)) };
    Page::new("Projects", Section::Projects, content).render(visit, snapshot)
}

fn status(view: &ProjectView) -> Markup {
    if view.progress.needs_person(&view.project) {
        return badge("attention", "needs you");
    }
    let meaning = match view.project.status {
        ProjectStatus::Active => "working",
        ProjectStatus::Completed => "done",
        ProjectStatus::Draft | ProjectStatus::Archived => "neutral",
    };
    badge(meaning, view.project.status.as_str())
}

/// Returns the page of a project.
pub(crate) fn project(visit: &Visit, snapshot: &Snapshot, view: &ProjectView, tasks: &[Task]) -> Markup {
    let Project { id, title, description, branch, base_branch, .. } = &view.project;
    let head = html! {
        header.title {
            p.crumbs { a href=(visit.url("/projects")) { "Projects" } " / " span.id { (id) } (status(view)) }
            h1 { (T(title)) }
            p.quiet {
                (T(branch.as_deref().unwrap_or("no branch yet"))) " → " (T(base_branch)) " · "
                (view.progress.done) " of " (count(view.progress.total as u64, "task")) " done · " (money(view.used.cost_usd))
                " · created " (Ago { at: view.project.created_at, now: visit.now })
            }
            @if view.progress.total > 0 { (meter(view.progress.done as f64, view.progress.total as f64, "Done")) }
        }
        @if view.progress.needs_person(&view.project) {
            section.panel.call {
                h2 { "Every task is done" }
                @if visit.viewer.may_decide {
                    (post(visit, &format!("/projects/{id}/approve"), html! {
                        div.choice { button.primary { "Approve the project" } span.effect { (T(&lands(view))) } }
                    }))
                } @else { p { (T(&lands(view))) } }
            }
        }
    };
    let content = html! {
        (region("project-head", &head))
        @if let Some(description) = description { section.panel { (prose(description)) } }
        (region("project-graph", &html! {
            section.panel aria-labelledby="tasks-title" {
                h2 #tasks-title { "Tasks" }
                @if tasks.is_empty() { p.quiet { "It has no tasks yet." } } @else { (tasks_graph(visit, snapshot, tasks)) }
            }
        }))
        @if visit.viewer.may_decide { p { a.button href=(visit.url(&format!("/tasks/new?project={id}"))) { "Add a task" } } }
    };
    Page { wide: true, ..Page::new(title, Section::Projects, content) }.render(visit, snapshot)
}

fn lands(view: &ProjectView) -> String {
    match (&view.progress.landing, &view.project.branch) {
        (Some(landing), _) => format!("{} takes its branch to {}", landing.id, view.project.base_branch),
        (None, _) => "there is nothing left to land: the project is completed".to_owned(),
    }
}

fn tasks_graph(visit: &Visit, snapshot: &Snapshot, tasks: &[Task]) -> Markup {
    let mut situation = Situation::clone(&snapshot.facts.situation);
    situation.blockers = tasks.iter().map(|task| (task.id.clone(), task.queue())).collect();
    let node = |task: &Task| {
        let column = snapshot
            .cards
            .get(&task.id)
            .map_or_else(|| Attention::of(&explain(task, &situation)), |card| card.column());
        Node {
            id: task.id.to_string(),
            name: task.title.clone(),
            words: format!("{} · {}", task.id, column),
            meaning: column.as_str(),
            href: Some(visit.url(&format!("/tasks/{}", task.id))),
        }
    };
    let nodes: Vec<_> = tasks.iter().map(node).collect();
    let edges: Vec<_> = tasks
        .iter()
        .flat_map(|task| task.blockers.iter().map(|blocker| (blocker.id.to_string(), task.id.to_string())))
        .collect();
    graph("The tasks of the project, each right of those that it waits for", &nodes, &edges)
}
