//! What every page has around it.

use crate::access::Visit;
use crate::assets;
use crate::hub::Snapshot;
use crate::text::{T, plain};
use maud::{DOCTYPE, Markup, Render, html};

/// Section of the dashboard, as the navigation shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Board,
    NeedsYou,
    Projects,
    Drafts,
    Machines,
    Costs,
    Flows,
    /// None of those.
    Other,
}

const SECTIONS: [(Section, &str, &str); 7] = [
    (Section::Board, "/", "Board"),
    (Section::NeedsYou, "/needs-you", "Needs you"),
    (Section::Projects, "/projects", "Projects"),
    (Section::Drafts, "/drafts", "Drafts"),
    (Section::Machines, "/machines", "Machines"),
    (Section::Costs, "/costs", "Costs"),
    (Section::Flows, "/flows", "Flows"),
];

/// A page before its surroundings.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) title: &'a str,
    pub(crate) section: Section,
    /// Address of the page's feed; none for a page that does not change by itself.
    pub(crate) feed: Option<String>,
    /// Whether the page uses the whole width of the window.
    pub(crate) wide: bool,
    pub(crate) content: Markup,
}

impl<'a> Page<'a> {
    pub(crate) fn new(title: &'a str, section: Section, content: Markup) -> Self {
        Self { title, section, feed: Some("/events".to_owned()), wide: false, content }
    }

    /// Returns the whole page.
    pub(crate) fn render(self, visit: &Visit, board: &Snapshot) -> Markup {
        let needed = board.needs_you();
        let said = visit.take_said();
        let feed = self.feed.map(|feed| {
            let separator = if feed.contains('?') { '&' } else { '?' };
            visit.url(&format!("{feed}{separator}since={}", board.revision))
        });
        let title = plain(self.title);
        html! {
            (DOCTYPE)
            html lang="en" {
                (head(&visit.shared.base, &format!("{}{title} · Octopoid", number(needed)), true))
                body data-base=(visit.shared.base) data-feed=[feed] data-needed=(needed)
                    data-csrf=(visit.csrf()) data-read-only[!visit.viewer.may_decide] {
                    a.skip href="#main" { "Skip to content" }
                    (bar(visit, self.section, needed))
                    main #main tabindex="-1" class=(if self.wide { "wide" } else { "narrow" }) {
                        div #said role="status" aria-live="polite" {
                            @if let Some(said) = said { p.said { (T(&said)) } }
                        }
                        (self.content)
                    }
                    (keys())
                }
            }
        }
    }
}

fn number(needed: usize) -> String {
    if needed == 0 { String::new() } else { format!("({needed}) ") }
}

/// Returns the head of a page.
pub(crate) fn head(base: &str, title: &str, script: bool) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (T(title)) }
            link rel="icon" type="image/svg+xml" href=(assets::url(base, "icon.svg"));
            link rel="stylesheet" href=(assets::url(base, "style.css"));
            @if script { script type="module" src=(assets::url(base, "main.js")) {} }
        }
    }
}

fn bar(visit: &Visit, section: Section, needed: usize) -> Markup {
    html! {
        p #offline role="status" hidden { "The dashboard does not answer. What you see may be old; what you write is kept. Trying again." }
        header.bar {
            a.brand href=(visit.url("/")) aria-label="Octopoid: board" {
                img src=(assets::url(&visit.shared.base, "icon.svg")) alt="" width="22" height="22";
                span { "Octopoid" }
            }
            nav aria-label="Sections" {
                @for (one, path, name) in SECTIONS {
                    a href=(visit.url(path)) aria-current=[(one == section).then_some("page")] {
                        (name)
                        @if one == Section::NeedsYou {
                            span #needed.count data-zero[needed == 0] { (needed) }
                        }
                    }
                }
            }
            // The board has a filter of its own.
            @if section != Section::Board {
                form.search role="search" action=(visit.url("/")) {
                    input #search type="search" name="q" placeholder="Search tasks" aria-label="Search tasks" autocomplete="off";
                }
            }
            @if visit.viewer.may_decide {
                a.button.primary #new-task href=(visit.url("/tasks/new")) { "New task" }
            }
            details.me {
                summary aria-label="You" { span.initial aria-hidden="true" { (initial(&visit.viewer.name)) } }
                div.menu {
                    p { strong { (T(&visit.viewer.name)) } br; (T(visit.viewer.scope.as_str())) @if !visit.viewer.may_decide { ", read only" } }
                    p #feed-state data-state="off" { "not live" }
                    button.plain type="button" #show-keys { "Keyboard " kbd { "?" } }
                    button.plain type="button" #ask-notices hidden { "Notify me in this browser" }
                    @if visit.can_sign_out() {
                        (post(visit, "/links", html! { button.plain { "Open in another browser" } }))
                        (post(visit, "/sign-out", html! { button.plain { "Sign out" } }))
                    }
                }
            }
        }
    }
}

fn initial(name: &str) -> String {
    name.chars()
        .find(|letter| letter.is_alphanumeric())
        .map_or_else(|| "?".into(), |one| one.to_uppercase().collect())
}

/// Returns a form that is sent to a path, with the token that it needs.
pub(crate) fn post(visit: &Visit, path: &str, content: Markup) -> Markup {
    html! {
        form method="post" action=(visit.url(path)) {
            (token(visit))
            (content)
        }
    }
}

/// Returns the hidden field with the token that a form needs.
pub(crate) fn token(visit: &Visit) -> Markup {
    html! { input type="hidden" name="csrf" value=(visit.csrf()); }
}

/// A part of a page that is replaced when it has changed.
pub(crate) fn region(id: &str, content: &Markup) -> Markup {
    html! { div id=(id) data-region { (content) } }
}

/// Returns a small label in the colour of its meaning.
pub(crate) fn badge(meaning: &str, words: impl Render) -> Markup {
    html! { span.badge data-meaning=(meaning) { (words) } }
}

const KEYS: [(&str, &str); 16] = [
    ("j / k", "next, previous task or file"),
    ("Enter", "open the task"),
    ("x", "select the task"),
    ("0 … 3", "set the priority of the selected tasks, or of this one"),
    ("a", "approve: go to the button, which Enter presses"),
    ("r", "request changes"),
    ("t", "let it go on"),
    ("c", "write in the thread, or comment on the line"),
    ("n", "new task"),
    ("v", "mark the file as viewed"),
    ("s", "split or unified diff"),
    ("/", "search"),
    ("g b, g n", "board, needs you"),
    ("g p, g d, g m", "projects, drafts, machines"),
    ("1 … 4 after g", "tabs of a task"),
    ("Esc", "leave a field, close this list"),
];

fn keys() -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { "Keyboard" }
            dl { @for (key, words) in KEYS { div { dt { kbd { (key) } } dd { (words) } } } }
            form method="dialog" { button { "Close" } }
        }
    }
}

/// Returns the page of a failure.
pub(crate) fn failure(base: &str, title: &str, words: &str, written: Option<&str>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(base, &format!("{title} · Octopoid"), false))
            body.alone {
                main #main {
                    h1 { (title) }
                    p #why { (T(words)) }
                    @if let Some(text) = written {
                        label for="written" { "What you had written:" }
                        textarea #written rows="8" readonly { (T(text)) }
                    }
                    p { a href=(if base.is_empty() { "/" } else { base }) { "To the board" } }
                }
            }
        }
    }
}
