//! The decisions about a task, with what each of them does.

use super::layout::token;
use super::prose::line;
use super::review::head_field;
use super::task::TaskView;
use crate::access::Visit;
use crate::hub::Card;
use crate::text::count;
use maud::{Markup, html};
use octopoid_core::model::{Place, Priority, Queue, State, Task};
use octopoid_core::ops::{Decision, DecisionKind, Remedy, choices, effect, revert_effect};

/// Returns the forms of the decisions that are possible on a task now.
pub(crate) fn decisions(visit: &Visit, view: &TaskView) -> Markup {
    let card = &view.card;
    if !visit.viewer.may_decide {
        return html! { p.quiet { "Your key lets you see everything and change nothing." } };
    }
    let task = &card.task;
    let choices = choices(task, visit.now);
    let first = choices.first().map(|choice| choice.kind);
    html! {
        div.decisions {
            @let drafts = view.drafts(&visit.viewer).count() as u64;
            @if drafts > 0 {
                p.hint { a href=(visit.url(&format!("/tasks/{}/changes#decide", task.id))) { (count(drafts, "comment")) " of yours" } " not sent yet: they go with your verdict." }
            }
            @for choice in &choices {
                form method="post" action=(visit.url(&format!("/tasks/{}/decide", task.id))) data-decision=(choice.kind) {
                    (token(visit))
                    input type="hidden" name="do" value=(choice.kind);
                    @if matches!(choice.kind, DecisionKind::Approve | DecisionKind::Reject) { (head_field(task)) }
                    @if let Some((label, rows, required)) = words(choice.kind) {
                        label for={ "words-" (choice.kind) } { (label) }
                        textarea id={ "words-" (choice.kind) } name="words" rows=(rows) required[required] data-keep {}
                    }
                    div.choice {
                        button.(style(choice.kind, first)) id={ "do-" (choice.kind) } { (name(choice.kind)) }
                        span.effect { (line(&choice.effect)) }
                    }
                }
            }
            @if choices.is_empty() && !matches!(task.state, State::Done { landed: Some(_), .. }) { p.quiet { "There is nothing to decide about it now." } }
            (others(visit, card))
        }
    }
}

const fn name(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Approve => "Approve",
        DecisionKind::Reject => "Request changes",
        DecisionKind::Retry => "Let it go on",
        DecisionKind::Requeue => "Requeue",
        DecisionKind::Cancel => "Cancel",
    }
}

fn style(kind: DecisionKind, first: Option<DecisionKind>) -> &'static str {
    match kind {
        DecisionKind::Cancel => "danger",
        _ if first == Some(kind) => "primary",
        _ => "secondary",
    }
}

/// Returns the words that go with a decision: label, lines, and whether they are needed.
const fn words(kind: DecisionKind) -> Option<(&'static str, u8, bool)> {
    match kind {
        DecisionKind::Approve | DecisionKind::Cancel | DecisionKind::Requeue => None,
        DecisionKind::Reject => Some(("What has to change", 3, true)),
        DecisionKind::Retry => Some(("What to tell the next attempt (optional)", 2, false)),
    }
}

/// Returns what else the explanation offers, and the rest of what can be done with a task.
fn others(visit: &Visit, card: &Card) -> Markup {
    let task = &card.task;
    html! {
        @for remedy in &card.explanation.remedies {
            @match remedy {
                Remedy::Unblock { blocker, .. } => {
                    form method="post" action=(visit.url(&format!("/tasks/{}/decide", task.id))) {
                        (token(visit))
                        input type="hidden" name="do" value="unblock";
                        input type="hidden" name="blocker" value=(blocker);
                        div.choice {
                            button.secondary { "Stop waiting for " (blocker) }
                            span.effect { (line(&effect(&Decision::Unblock { blocker: blocker.clone() }, task, None))) }
                        }
                    }
                }
                Remedy::ApproveProject { project } => {
                    p { a href=(visit.url(&format!("/projects/{project}"))) { "The project " (project) } " lands as a whole." }
                }
                Remedy::Retry { task: other, .. } if *other != task.id => {
                    p { "It waits for " a href=(visit.url(&format!("/tasks/{other}"))) { (other) } ", which needs you." }
                }
                Remedy::AddAgent { role } => {
                    p.hint { "Give an agent the role " code { (role) } " in " code { ".octopoid/agents.yaml" } "." }
                }
                Remedy::StartOrchestrator => { p.hint { "Start the agents with " code { "octopoid start" } "." } }
                Remedy::ResumeOrchestrator => { p.hint { "Let the agents go on with " code { "octopoid resume" } "." } }
                Remedy::Approve { .. } | Remedy::Reject { .. } | Remedy::Retry { .. } | Remedy::Cancel { .. } | Remedy::Force { .. } => {}
            }
        }
        @if matches!(task.state, State::Done { landed: Some(_), .. }) {
            form method="post" action=(visit.url(&format!("/tasks/{}/revert", task.id))) {
                (token(visit))
                label for="words-revert" { "Why it has to be taken back (optional)" }
                textarea #words-revert name="words" rows="2" data-keep {}
                div.choice {
                    button.danger { "Take it back" }
                    span.effect { (revert_effect()) }
                }
            }
        }
        details.rest {
            summary { "More" }
            (priorities(visit, task))
            p { a href=(visit.url(&format!("/tasks/{}/edit", task.id))) { "Edit the task" } }
            (force(visit, task))
        }
    }
}

fn priorities(visit: &Visit, task: &Task) -> Markup {
    html! {
        form.inline method="post" action=(visit.url("/bulk")) {
            (token(visit))
            input type="hidden" name="task" value=(task.id);
            input type="hidden" name="next" value={ "/tasks/" (task.id) };
            span { "Priority" }
            @for one in Priority::ALL {
                button name="do" value=(one.as_str()) aria-pressed=[(one == task.priority).then_some("true")] { (one.as_str()) }
            }
        }
    }
}

/// Returns the form that moves a task anywhere.
fn force(visit: &Visit, task: &Task) -> Markup {
    let to = Queue::NAMED
        .into_iter()
        .filter(|queue| *queue != Queue::Claimed && Place::from(*queue) != task.place());
    html! {
        form.force method="post" action=(visit.url(&format!("/tasks/{}/decide", task.id))) {
            (token(visit))
            input type="hidden" name="do" value="force";
            label for="force-to" { "Move it by force to" }
            select #force-to name="to" { @for queue in to { option { (queue) } } }
            input name="words" required placeholder="Why" aria-label="Why" data-keep #force-why;
            div.choice { button.danger { "Move" } span.effect { (line(&effect(&Decision::Force { to: task.place(), reason: String::new() }, task, None))) } }
        }
    }
}
