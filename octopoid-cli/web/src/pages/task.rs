//! The page of a task.

use super::card::priority;
use super::decide::decisions;
use super::layout::{Page, Section, region};
use super::prose::{line, prose};
use super::{review_list, thread, timeline};
use crate::access::{Viewer, Visit};
use crate::hub::{Card, Snapshot};
use crate::text::{Ago, Span, T, usage};
use maud::{Markup, html};
use octopoid_core::model::{
    CommentAuthor, Event, EventKind, Message, PlacedComment, ReviewComment, Run, State, Task,
};
use octopoid_core::ops::Attention;

/// Tab of a task's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Changes,
    Log,
    History,
}

const TABS: [(Tab, &str, &str); 4] = [
    (Tab::Overview, "", "Overview"),
    (Tab::Changes, "/changes", "Changes"),
    (Tab::Log, "/log", "Log"),
    (Tab::History, "/history", "History"),
];

/// A task with what its pages show.
#[derive(Debug)]
pub(crate) struct TaskView {
    pub(crate) card: Card,
    /// Its runs, the newest first.
    pub(crate) runs: Vec<Run>,
    pub(crate) thread: Vec<Message>,
    /// Its review comments, without drafts of other people.
    pub(crate) comments: Vec<ReviewComment>,
}

impl TaskView {
    pub(crate) fn task(&self) -> &Task {
        &self.card.task
    }

    /// Returns the comments of a viewer that were not sent yet.
    pub(crate) fn drafts<'a>(&'a self, viewer: &Viewer) -> impl Iterator<Item = &'a ReviewComment> {
        let author = CommentAuthor::person(viewer.author());
        self.comments.iter().filter(move |comment| comment.is_draft() && comment.author == author)
    }

    /// Returns the page of a tab.
    pub(crate) fn page(&self, visit: &Visit, snapshot: &Snapshot, tab: Tab, content: Markup) -> Markup {
        let task = self.task();
        let body = html! {
            (region("task-head", &self.head(visit, tab)))
            @if tab == Tab::Changes {
                (content)
            } @else {
                div.task {
                    div.task-main { (content) }
                    aside.task-side aria-label="Decide and details" {
                        (region("task-decide", &html! {
                            section.panel aria-labelledby="decide-title" {
                                h2 #decide-title { "Decide" }
                                (decisions(visit, self))
                            }
                        }))
                        (region("task-facts", &self.facts(visit, snapshot)))
                    }
                }
            }
        };
        let title = format!("{} {}", task.id, task.title);
        let feed = Some(format!("/events?task={}", task.id));
        let page = Page::new(&title, Section::Other, body);
        Page { feed, wide: true, ..page }.render(visit, snapshot)
    }

    fn head(&self, visit: &Visit, tab: Tab) -> Markup {
        let task = self.task();
        let column = self.card.column();
        let address = |path: &str| visit.url(&format!("/tasks/{}{path}", task.id));
        html! {
            header.task-head {
                p.crumbs {
                    a href=(visit.url("/")) { "Board" } " / " span.id { (task.id) }
                    (priority(task.priority))
                    span.badge data-meaning=(column.as_str()) { (column) }
                }
                h1 { (T(&task.title)) }
                p.why data-column=(column.as_str()) { (line(&self.card.explanation.to_string())) " " span.quiet {
                        @if column == Attention::Done { (Ago { at: self.card.since(), now: visit.now }) }
                        @else { "· for " (Span { since: self.card.since(), now: visit.now }) }
                    } }
                @if let Some(says) = &self.card.says { p.says { (T(says)) } }
                nav.tabs aria-label="Parts of the task" {
                    @for (one, path, name) in TABS {
                        a href=(address(path)) aria-current=[(one == tab).then_some("page")] { (name) }
                    }
                }
            }
        }
    }

    /// Returns the content of the first tab.
    pub(crate) fn overview(&self, visit: &Visit, comments: &[PlacedComment]) -> Markup {
        let task = self.task();
        html! {
            (region("task-description", &html! {
                section.panel aria-labelledby="description-title" { h2 #description-title { "Description" } (prose(&task.description)) }
            }))
            (region("task-review", &review_list::list(visit, self, comments)))
            (region("task-runs", &timeline::runs(visit, self)))
            (thread::thread(visit, self))
        }
    }

    fn facts(&self, visit: &Visit, snapshot: &Snapshot) -> Markup {
        let task = self.task();
        let base = snapshot.facts.base_branch.as_deref();
        let link = |path: String, words: &str| html! { a href=(visit.url(&path)) { (T(words)) } };
        let blockers = || task.blockers.iter();
        html! {
            section.panel.facts aria-labelledby="facts-title" {
                h2 #facts-title { "Details" }
                dl {
                    dt { "Queue" } dd { (task.place()) }
                    dt { "Role" } dd { (T(task.role.as_str())) }
                    @if let Some(claim) = task.state.claim() {
                        dt { "Agent" } dd { (T(claim.holder.agent.as_str())) " on " (T(claim.holder.orchestrator.as_str())) }
                    }
                    @if let Some(complexity) = task.complexity { dt { "Size" } dd { (complexity.as_str()) } }
                    @if let Some(branch) = task.branch.as_deref().or(base) { dt { "Lands on" } dd { code { (T(branch)) } } }
                    @if let Some(project) = &task.attributes.project {
                        dt { "Project" } dd { (link(format!("/projects/{project}"), project.as_str())) }
                    }
                    @if let Some(flow) = &task.attributes.flow { dt { "Flow" } dd { (T(flow)) } }
                    @if let Some(parent) = &task.attributes.parent {
                        dt { "Part of" } dd { (link(format!("/tasks/{parent}"), parent.as_str())) }
                    }
                    @if blockers().next().is_some() {
                        dt { "After" }
                        dd {
                            @for blocker in blockers() {
                                span.blocker data-resolved[blocker.resolved] { (link(format!("/tasks/{}", blocker.id), blocker.id.as_str())) } " "
                            }
                        }
                    }
                    @if let Some(work) = &task.submission {
                        dt { "Work" }
                        dd {
                            (crate::text::count(work.commits.into(), "commit"))
                            @if let Some(branch) = &work.branch { " on " code { (T(branch)) } }
                            @if work.tested.is_some() { ", tests passed" }
                        }
                    }
                    @if let Some(url) = task.attributes.pr_url.as_deref().filter(|url| url.starts_with("https://")) {
                        dt { "Pull request" } dd { a href=(url) rel="noreferrer" { (T(url)) } }
                    }
                    @if let State::Done { landed: Some(commit), .. } = &task.state { dt { "Landed" } dd { code { (commit.short()) } } }
                    @let used = usage(&self.card.usage);
                    @if !used.is_empty() { dt { "Used" } dd { (used) } }
                    @if task.counters.rejections > 0 { dt { "Sent back" } dd { (crate::text::count(task.counters.rejections.into(), "time")) } }
                    dt { "Created" } dd { (Ago { at: task.created_at, now: visit.now }) }
                }
            }
        }
    }

    /// Returns the content of the last tab.
    pub(crate) fn history(&self, events: &[Event], now: octopoid_core::model::Timestamp) -> Markup {
        let shown = events.iter().rev().filter(|event| event.kind != EventKind::RunRecorded);
        region(
            "task-history",
            &html! {
                section.panel aria-labelledby="history-title" {
                    h2 #history-title { "History" }
                    ol.history {
                        @for event in shown {
                            li {
                                span.quiet { (Ago { at: event.at, now }) }
                                span {
                                    strong { (event.kind.as_str().replace('_', " ")) }
                                    @if let Some(to) = event.to.filter(|to| Some(*to) != event.from) { " → " (to) }
                                    " by " (T(&event.actor))
                                    @if let Some(note) = &event.note { p.note { (T(note)) } }
                                }
                            }
                        }
                    }
                }
            },
        )
    }
}
