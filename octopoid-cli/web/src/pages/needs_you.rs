//! The tasks that wait for a person.

use super::card::{priority, shortened};
use super::layout::{Page, Section, region, token};
use super::prose::line;
use super::review::head_field;
use crate::access::Visit;
use crate::hub::{Card, Snapshot};
use crate::text::{Span, T};
use maud::{Markup, html};
use octopoid_core::ops::{Attention, DecisionKind, choices};

/// Returns the page.
pub(crate) fn needs_you(visit: &Visit, snapshot: &Snapshot) -> Markup {
    let cards = snapshot.column(Attention::NeedsYou);
    let list = html! {
        @if cards.is_empty() {
            div.welcome { h2 { "Nothing needs you" } p { "This page changes by itself as soon as something does." } }
        }
        ol.needs { @for card in &cards { (entry(visit, card)) } }
    };
    let content = html! {
        header.title { h1 { "Needs you" } p.quiet { "Every task that waits for a person, the most urgent first." } }
        (region("needs-list", &list))
    };
    Page::new("Needs you", Section::NeedsYou, content).render(visit, snapshot)
}

fn entry(visit: &Visit, card: &Card) -> Markup {
    let task = &card.task;
    let choices = choices(task, visit.now);
    let can =
        |kind: DecisionKind| visit.viewer.may_decide && choices.iter().any(|choice| choice.kind == kind);
    let effect =
        choices.iter().find(|choice| choice.kind == DecisionKind::Approve).map(|choice| &choice.effect);
    html! {
        li.need id={ "need-" (task.id) } data-item tabindex="-1" data-href=(visit.url(&format!("/tasks/{}", task.id))) {
            div {
                p.need-head { span.id { (task.id) } (priority(task.priority)) span.quiet { (T(task.role.as_str())) } span.quiet { "waiting for " (Span { since: card.since(), now: visit.now }) } }
                h2 { a href=(visit.url(&format!("/tasks/{}", task.id))) { (T(&task.title)) } }
                p.why { (line(&shortened(&card.explanation.to_string(), 400))) }
            }
            div.need-actions {
                @if can(DecisionKind::Approve) {
                    a.button href=(visit.url(&format!("/tasks/{}/changes", task.id))) { "See the changes" }
                    form method="post" action=(visit.url(&format!("/tasks/{}/decide", task.id))) {
                        (token(visit))
                        input type="hidden" name="do" value="approve";
                        (head_field(task))
                        input type="hidden" name="next" value="/needs-you";
                        button.primary { "Approve" }
                        @if let Some(effect) = effect { span.effect { (T(effect)) } }
                    }
                } @else if can(DecisionKind::Retry) {
                    form method="post" action=(visit.url(&format!("/tasks/{}/decide", task.id))) {
                        (token(visit))
                        input type="hidden" name="do" value="retry";
                        input type="hidden" name="next" value="/needs-you";
                        label.hidden for={ "note-" (task.id) } { "What to tell the next attempt" }
                        textarea id={ "note-" (task.id) } name="words" rows="2" data-keep placeholder="What to tell the next attempt" {}
                        button.primary { "Let it go on" }
                    }
                } @else {
                    a.button href=(visit.url(&format!("/tasks/{}", task.id))) { "Open" }
                }
            }
        }
    }
}
