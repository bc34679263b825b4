//! The card of a task on the board.

use super::prose::line;
use crate::hub::Card;
use crate::text::{Span, T, count, money};
use maud::{Markup, html};
use octopoid_core::model::{Priority, Timestamp};
use octopoid_core::ops::Attention;

/// Longest reason on a card, in characters.
const REASON: usize = 180;

/// Returns what a priority means.
pub(crate) const fn meaning(priority: Priority) -> &'static str {
    match priority {
        Priority::P0 => "immediate",
        Priority::P1 => "next",
        Priority::P2 => "normal",
        Priority::P3 => "low",
    }
}

/// Returns a priority as a mark.
pub(crate) fn priority(priority: Priority) -> Markup {
    html! { span.priority data-priority=(priority.as_str()) title={ "Priority: " (meaning(priority)) } { (priority.as_str()) } }
}

/// Returns a text of at most so many characters.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Returns a card. It is the same for everybody, so it has no form of its own: its controls belong to the board's.
pub(crate) fn card(base: &str, card: &Card, now: Timestamp) -> Markup {
    let task = &card.task;
    let column = card.column();
    let address = format!("{base}/tasks/{}", task.id);
    let agent = task.state.claim().map(|claim| claim.holder.agent.as_str());
    html! {
        article.card id={ "card-" (task.id) } data-id=(task.id) data-column=(column.as_str()) data-order=(card.order())
            data-priority=(task.priority.as_str()) data-queue=(task.queue().as_str()) tabindex="-1"
            aria-labelledby={ "title-" (task.id) } {
            div.card-head {
                @let head = task.submission.as_ref().and_then(|work| work.head.as_ref()).map_or("", |head| head.as_str());
                input type="checkbox" name="task" value={ (task.id) ":" (head) } form="bulk" aria-label={ "Select " (task.id) };
                a.id href=(address) tabindex="-1" aria-hidden="true" { (task.id) }
                (priority(task.priority))
                @if card.explanation.flagged { span.badge data-meaning="attention" { "flagged" } }
                span.age { (Span { since: card.since(), now }) }
            }
            h3 id={ "title-" (task.id) } { a href=(address) { (T(&task.title)) } }
            @if column != Attention::Done {
                p.why { (line(&shortened(&card.explanation.to_string(), REASON))) }
            } @else {
                p.why { (line(&shortened(&card.explanation.to_string(), 90))) }
            }
            @if let Some(says) = &card.says { p.says { (T(&shortened(says, 120))) } }
            div.card-foot {
                span { (T(task.role.as_str())) }
                @if let Some(agent) = agent { span.agent { (T(agent)) } }
                @if let Some(project) = &task.attributes.project { span { (T(project.as_str())) } }
                @if card.usage.turns > 0 { span { (count(card.usage.turns.into(), "turn")) } }
                @if card.usage.cost_usd > 0.0 { span { (money(card.usage.cost_usd)) } }
            }
        }
    }
}
