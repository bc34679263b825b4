//! The board: every task, by the attention that it needs.

use super::card::{card, meaning};
use super::layout::{Page, Section, token};
use crate::access::Visit;
use crate::hub::{Card, Filter, Snapshot};
use crate::text::T;
use maud::{Markup, html};
use octopoid_core::model::Priority;
use octopoid_core::ops::Attention;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Number of finished tasks on the board.
const DONE: usize = 30;

/// Returns the page.
pub(crate) fn board(visit: &Visit, snapshot: &Snapshot) -> Markup {
    let filter = Filter::of(&visit.fields);
    let content = html! {
        h1.hidden { "Board" }
        (filters(visit, snapshot, &filter))
        form #bulk method="post" action=(visit.url("/bulk")) {
            (token(visit))
            input type="hidden" name="next" value={ "/" (filter.query()) };
            (bulk())
        }
        div.board {
            @for column in Attention::ALL { (one_column(visit, snapshot, &filter, column)) }
        }
        @if snapshot.cards.is_empty() { (empty(visit)) }
    };
    let feed = format!("/events{}", filter.query());
    Page { feed: Some(feed), wide: true, ..Page::new("Board", Section::Board, content) }
        .render(visit, snapshot)
}

fn one_column(visit: &Visit, snapshot: &Snapshot, filter: &Filter, column: Attention) -> Markup {
    let all = snapshot.column(column);
    let cards: Vec<&Arc<Card>> = all.into_iter().filter(|card| filter.matches(card)).collect();
    let shown = if column == Attention::Done { DONE } else { usize::MAX };
    let name = column.as_str();
    html! {
        section.column id={ "column-" (name) } data-column=(name) aria-labelledby={ "head-" (name) } {
            header {
                h2 id={ "head-" (name) } { (heading(column)) }
                span.count data-count=(name) { (cards.len()) }
            }
            div.cards data-cards=(name) {
                @for one in cards.iter().take(shown) { (card(&visit.shared.base, one, visit.now)) }
            }
            p.nothing { (nothing(column, filter)) }
            @if column == Attention::Done {
                p.more { a href=(visit.url(&format!("/done{}", filter.query()))) { "All finished tasks" } }
            }
        }
    }
}

/// Returns the heading of a column.
pub(crate) const fn heading(column: Attention) -> &'static str {
    match column {
        Attention::NeedsYou => "Needs you",
        Attention::Working => "Working",
        Attention::Landing => "Landing",
        Attention::Waiting => "Waiting",
        Attention::Done => "Done",
    }
}

fn nothing(column: Attention, filter: &Filter) -> &'static str {
    if !filter.is_empty() {
        return "Nothing that matches.";
    }
    match column {
        Attention::NeedsYou => "Nothing needs you.",
        Attention::Working => "No agent is at work.",
        Attention::Landing => "Nothing is landing.",
        Attention::Waiting => "Nothing waits.",
        Attention::Done => "Nothing has landed yet.",
    }
}

fn empty(visit: &Visit) -> Markup {
    html! {
        section.welcome {
            h2 { "The queue is empty" }
            p { "Write down what is to be done; an agent works on it in a worktree of its own, others review it, and you decide what lands." }
            @if visit.viewer.may_decide { p { a.button.primary href=(visit.url("/tasks/new")) { "Add the first task" } } }
            p { "Or in a terminal: " code { "octopoid enqueue \"Add a --version flag\"" } }
        }
    }
}

fn filters(visit: &Visit, snapshot: &Snapshot, filter: &Filter) -> Markup {
    let tasks = || snapshot.cards.values().map(|card| &card.task);
    let roles: BTreeSet<_> = tasks().map(|task| task.role.as_str()).collect();
    let projects: BTreeSet<_> =
        tasks().filter_map(|task| task.attributes.project.as_ref()).map(|id| id.as_str()).collect();
    html! {
        form.filters #filters action=(visit.url("/")) role="search" aria-label="Filter the board" {
            input type="search" name="q" value=(filter.words) placeholder="Filter by words" aria-label="Filter by words" autocomplete="off";
            (select("role", "Any role", &filter.role, roles.into_iter().map(|role| (role, role.to_owned()))))
            @if !projects.is_empty() {
                (select("project", "Any project", &filter.project, projects.into_iter().map(|id| (id, id.to_owned()))))
            }
            (select("priority", "Any priority", filter.priority.map_or("", Priority::as_str),
                Priority::ALL.into_iter().map(|one| (one.as_str(), format!("{} {}", one.as_str(), meaning(one))))))
            button { "Filter" }
            @if !filter.is_empty() { a.button href=(visit.url("/")) { "Show all" } }
        }
    }
}

/// Returns a list to choose from, whose first entry is no choice.
pub(crate) fn select<'a>(
    name: &str,
    none: &str,
    chosen: &str,
    options: impl Iterator<Item = (&'a str, String)>,
) -> Markup {
    html! {
        select name=(name) aria-label=(none) {
            option value="" { (none) }
            @for (value, words) in options { option value=(value) selected[value == chosen] { (T(&words)) } }
        }
    }
}

/// Returns what can be done with the selected tasks.
fn bulk() -> Markup {
    html! {
        div.bulk role="group" aria-label="Selected tasks" {
            span { strong #selected { "Selected" } }
            button name="do" value="approve" { "Approve" }
            button name="do" value="retry" { "Let go on" }
            button name="do" value="cancel" { "Cancel" }
            span.divider { "Priority" }
            @for priority in Priority::ALL {
                button name="do" value=(priority.as_str()) data-drop=(priority.as_str()) title=(meaning(priority)) { (priority.as_str()) }
            }
        }
    }
}

/// Returns the page with finished tasks.
pub(crate) fn done(
    visit: &Visit,
    snapshot: &Snapshot,
    filter: &Filter,
    cards: &[Card],
    number: u64,
    last: u64,
) -> Markup {
    let address = |page: u64| {
        let query = filter.query();
        visit.url(&format!("/done{query}{}page={page}", if query.is_empty() { '?' } else { '&' }))
    };
    let content = html! {
        header.title { h1 { "Finished tasks" } p.quiet { "Landed, accepted or cancelled; the newest first." } }
        form.filters action=(visit.url("/done")) role="search" {
            input type="search" name="q" value=(filter.words) placeholder="Filter by words" aria-label="Filter by words";
            button { "Filter" }
        }
        @if cards.is_empty() { p.quiet { "Nothing that matches." } }
        div.cards.list { @for one in cards { (card(&visit.shared.base, one, visit.now)) } }
        nav.pills aria-label="Pages" {
            @if number > 1 { a href=(address(number - 1)) rel="prev" { "Newer" } }
            @if number < last { a href=(address(number + 1)) rel="next" { "Older" } }
        }
    };
    Page { feed: None, ..Page::new("Finished tasks", Section::Board, content) }.render(visit, snapshot)
}
