//! Drafts: ideas that may become tasks or projects.

use super::layout::{Page, Section, badge, post, region, token};
use super::prose::prose;
use crate::access::Visit;
use crate::hub::Snapshot;
use crate::text::{Ago, T};
use maud::{Markup, html};
use octopoid_core::model::{Draft, DraftStatus, Priority};

/// Returns the page with all drafts.
pub(crate) fn drafts(visit: &Visit, snapshot: &Snapshot, drafts: &[Draft], all: bool) -> Markup {
    let list = html! {
        @if drafts.is_empty() { div.welcome { h2 { "There are no drafts" } p { "An idea, or what an agent proposes, stands here until a person makes a task or a project of it." } } }
        ul.rows {
            @for draft in drafts {
                li.panel data-item tabindex="-1" data-href=(visit.url(&format!("/drafts/{}", draft.id))) {
                    div.row-main {
                        h2 { a href=(visit.url(&format!("/drafts/{}", draft.id))) { (T(&draft.title)) } }
                        p.quiet { "by " (T(&draft.author)) " · " (Ago { at: draft.updated_at, now: visit.now }) @if let Some(domain) = &draft.domain { " · " (T(domain)) } }
                    }
                    div.row-side { (badge(meaning(draft.status), draft.status.as_str())) }
                }
            }
        }
    };
    let content = html! {
        header.title {
            h1 { "Drafts" }
            p { @if all { a href=(visit.url("/drafts")) { "Only open ones" } } @else { a href=(visit.url("/drafts?all=1")) { "Also approved and archived ones" } } }
        }
        (region("drafts-list", &list))
        @if visit.viewer.may_decide {
            form.panel.sheet method="post" action=(visit.url("/drafts")) {
                (token(visit))
                h2 { "New draft" }
                label for="title" { "Title" }
                input #title name="title" required maxlength="300" data-keep;
                label for="body" { "Text" }
                textarea #body name="body" rows="5" data-keep {}
                div.choice { button.secondary { "Add" } }
            }
        }
    };
    Page::new("Drafts", Section::Drafts, content).render(visit, snapshot)
}

const fn meaning(status: DraftStatus) -> &'static str {
    match status {
        DraftStatus::Idea | DraftStatus::Draft | DraftStatus::Archived => "neutral",
        DraftStatus::Review => "attention",
        DraftStatus::Approved => "working",
        DraftStatus::Implemented => "done",
    }
}

/// Returns the page of a draft.
pub(crate) fn draft(visit: &Visit, snapshot: &Snapshot, draft: &Draft) -> Markup {
    let is_open = draft.linked_task.is_none()
        && draft.linked_project.is_none()
        && draft.status != DraftStatus::Archived;
    let body = draft.body.as_deref().unwrap_or_default();
    let content = html! {
        header.title {
            p.crumbs { a href=(visit.url("/drafts")) { "Drafts" } " / " span.id { (draft.id) } (badge(meaning(draft.status), draft.status.as_str())) }
            h1 { (T(&draft.title)) }
            p.quiet { "by " (T(&draft.author)) " · " (Ago { at: draft.updated_at, now: visit.now }) }
            @if let Some(task) = &draft.linked_task { p { "It has become " a href=(visit.url(&format!("/tasks/{task}"))) { (task) } "." } }
            @if let Some(project) = &draft.linked_project { p { "It has become the project " a href=(visit.url(&format!("/projects/{project}"))) { (project) } "." } }
        }
        @if !body.trim().is_empty() { section.panel { (prose(body)) } }
        @else if let Some(path) = &draft.file_path { section.panel { p.quiet { "Its text is in the file " code { (T(path)) } "." } } }
        @if visit.viewer.may_decide && is_open {
            section.panel aria-labelledby="approve-title" {
                h2 #approve-title { "Approve" }
                form.inline method="post" action=(visit.url(&format!("/drafts/{}/approve", draft.id))) {
                    (token(visit))
                    label { "Role " input name="role" value="implement" required; }
                    label { "Priority " select name="priority" { @for one in Priority::ALL { option selected[one == Priority::P2] { (one.as_str()) } } } }
                    button.primary name="as" value="task" { "Make a task of it" }
                    span.effect { "it enters the queue at once" }
                }
                form.inline method="post" action=(visit.url(&format!("/drafts/{}/approve", draft.id))) {
                    (token(visit))
                    label { "Branch " input name="branch" placeholder="none yet"; }
                    label { "Lands on " input name="base_branch" required value=(snapshot.facts.base_branch.as_deref().unwrap_or("main")); }
                    button.secondary name="as" value="project" { "Make a project of it" }
                }
            }
        }
        @if visit.viewer.may_decide {
            form.panel.sheet method="post" action=(visit.url(&format!("/drafts/{}", draft.id))) {
                (token(visit))
                h2 { "Edit" }
                label for="title" { "Title" }
                input #title name="title" required maxlength="300" value=(draft.title) data-keep;
                label for="body" { "Text" }
                textarea #body name="body" rows="12" data-keep { (body) }
                label { "Status " select name="status" { @for one in DraftStatus::ALL { option selected[one == draft.status] { (one.as_str()) } } } }
                div.choice { button.secondary { "Save" } }
            }
            @if draft.linked_task.is_none() && draft.linked_project.is_none() {
                details.rest { summary { "More" } (post(visit, &format!("/drafts/{}/delete", draft.id), html! { div.choice { button.danger { "Delete" } span.effect { "for good" } } })) }
            }
        }
    };
    Page { feed: None, ..Page::new(&draft.title, Section::Drafts, content) }.render(visit, snapshot)
}
