//! The thread of a task, in which questions are answered in place.

use super::layout::{region, token};
use super::prose::prose;
use super::task::TaskView;
use crate::access::Visit;
use crate::text::{Ago, T};
use maud::{Markup, html};
use octopoid_core::model::{Message, MessageKind};
use octopoid_core::ops::{Hearing, RetryEffect, open_question};

/// Returns the thread with its forms.
pub(crate) fn thread(visit: &Visit, view: &TaskView) -> Markup {
    let open = open_question(&view.thread).map(|message| message.id);
    html! {
        section.panel aria-labelledby="thread-title" #thread {
            h2 #thread-title { "Thread" }
            (region("task-thread", &html! {
                @if view.thread.is_empty() { p.quiet { "Nothing has been said yet." } }
                ol.thread { @for message in &view.thread { (one(visit, view, message, open == Some(message.id))) } }
            }))
            @if visit.viewer.may_decide {
                form.comment method="post" action=(visit.url(&format!("/tasks/{}/comments", view.task().id))) {
                    (token(visit))
                    label for="comment" { "Write in the thread" }
                    textarea #comment name="text" rows="3" required data-keep placeholder="The next attempt reads what stands here." {}
                    div.choice { button.secondary { "Post" } span.effect { (Hearing::of(&view.task().state).effect()) } }
                }
            }
        }
    }
}

fn one(visit: &Visit, view: &TaskView, message: &Message, is_open: bool) -> Markup {
    html! {
        li.message id={ "message-" (message.id) } data-kind=(message.kind.as_str()) data-open[is_open] {
            p.message-head {
                strong { (T(&message.author)) }
                span.badge data-meaning=(meaning(message.kind)) { (name(message.kind)) }
                @if let Some(parent) = message.parent { a href={ "#message-" (parent) } { "answers " (parent) } }
                span.quiet { (Ago { at: message.at, now: visit.now }) }
            }
            (prose(&message.body))
            @if is_open && visit.viewer.may_decide { (answer(visit, view, message)) }
        }
    }
}

fn answer(visit: &Visit, view: &TaskView, question: &Message) -> Markup {
    let task = view.task();
    let can_go_on = RetryEffect::of(&task.state) == RetryEffect::GoesOn;
    html! {
        form.answer method="post" action=(visit.url(&format!("/tasks/{}/comments", task.id))) {
            (token(visit))
            input type="hidden" name="reply_to" value=(question.id);
            label for={ "answer-" (question.id) } { "Your answer" }
            textarea id={ "answer-" (question.id) } name="text" rows="3" required data-keep {}
            div.choice {
                @if can_go_on {
                    button.primary name="then" value="retry" { "Answer and let it go on" }
                    button.secondary { "Answer only" }
                } @else {
                    button.primary { "Answer" }
                }
            }
        }
    }
}

const fn name(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Comment => "comment",
        MessageKind::Summary => "summary",
        MessageKind::Approval => "approval",
        MessageKind::Feedback => "changes requested",
        MessageKind::TestFailure => "tests failed",
        MessageKind::Conflict => "conflict",
        MessageKind::Question => "question",
        MessageKind::Returned => "came back",
        _ => "message",
    }
}

const fn meaning(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Approval => "done",
        MessageKind::Feedback | MessageKind::Question => "attention",
        MessageKind::TestFailure | MessageKind::Conflict => "bad",
        _ => "neutral",
    }
}
