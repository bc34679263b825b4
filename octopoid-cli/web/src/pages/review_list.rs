//! The review comments of a task in a list.

use super::card::shortened;
use super::review::severity;
use super::task::TaskView;
use crate::access::Visit;
use crate::text::T;
use maud::{Markup, html};
use octopoid_core::model::{PlacedComment, Position, place_name};

/// Returns the comments of a task as a list that leads to their places, with where each is by now.
pub(crate) fn list(visit: &Visit, view: &TaskView, comments: &[PlacedComment]) -> Markup {
    let open = comments.iter().filter(|one| one.comment.is_open()).count();
    html! {
        @if !comments.is_empty() {
            section.panel aria-labelledby="review-title" {
                header.panel-head { h2 #review-title { "Review comments" } span.quiet { (open) " open of " (comments.len()) } }
                ul.review-list {
                    @for one in comments { (item(visit, view, one)) }
                }
            }
        }
    }
}

fn item(visit: &Visit, view: &TaskView, placed: &PlacedComment) -> Markup {
    let comment = &placed.comment;
    let (meaning, words) = severity(comment.severity);
    html! {
        li data-state=(comment.state.as_str()) {
            a href=(visit.url(&format!("/tasks/{}/changes#comment-{}", view.task().id, comment.id))) {
                @match placed.place_name() {
                    Some(name) => code { (T(&name)) },
                    None => "whole work",
                }
            }
            " " span.badge data-meaning=(meaning) { (words) }
            @match (&placed.position, &comment.anchor) {
                (Some(Position::Moved { .. }), Some(anchor)) => {
                    " " span.badge data-meaning="neutral" title={ "It was made at " (T(&place_name(&anchor.path, anchor.lines))) } { "moved" }
                },
                (Some(Position::Outdated), _) => { " " span.badge data-meaning="neutral" { "outdated" } },
                _ => {}
            }
            " " span { (T(&shortened(comment.words(), 140))) }
            " " span.quiet { (T(comment.author.name())) ", " (comment.state.as_str()) }
        }
    }
}
