//! What a person does in a review.

use super::{Action, NAME};
use crate::error::{CliError, Result};
use crate::output::text;
use crate::rounds::Rounds;
use crate::tui::desk::Desk;
use crate::tui::pane::CodePlace;
use octopoid_core::model::{CommentAuthor, LineRange, NewReviewComment, Severity, TaskId};
use octopoid_core::store::NewReview;
use octopoid_core::transition::Actor;

pub(super) async fn carry_out(action: Action, desk: &Desk) -> Result<String> {
    let (store, scope, context) = (&*desk.store, &desk.scope, &desk.context);
    let author = CommentAuthor::person(context.author());
    match action {
        Action::ReviewComment { task, place, first, text } => draft(desk, &task, &place, first, &text).await,
        Action::Reply { task, parent, text } => {
            let reply = NewReviewComment::new(author, text).in_reply_to(parent);
            store.add_review_comments(scope, &task, vec![reply]).await?;
            Ok(format!("replied to comment {parent}"))
        }
        Action::Review { task, verdict, summary } => {
            context.require_person(NAME)?;
            // By the plain name: the drafts of the same person are sent, from whatever screen.
            let person = Actor::Person(context.author());
            let review = NewReview::new(person, verdict).with_summary(summary);
            let task = store.send_review(scope, &task, review).await?;
            Ok(format!("{} {}; it is in {}", task.id, text::reviewed(verdict), task.place()))
        }
        Action::Resolve { task, comment, resolved } => {
            store.resolve_review_comments(scope, &task, vec![comment], resolved, &context.author()).await?;
            Ok(format!("comment {comment} is {}", if resolved { "resolved" } else { "open again" }))
        }
        Action::Discard { task, comment } => {
            store.delete_review_comment(scope, &task, comment).await?;
            Ok(format!("the draft {comment} is deleted"))
        }
        _ => Err(CliError::failure("this is no part of a review")),
    }
}

/// Keeps a draft of a comment.
async fn draft(desk: &Desk, task: &TaskId, place: &CodePlace, first: u32, text: &str) -> Result<String> {
    let Some(installation) = &desk.installation else {
        return Err(CliError::refused(
            "a comment on a line needs its commits, and there is no repository here",
        ));
    };
    let rounds = Rounds::read(installation, &*desk.store, task, &desk.context).await?;
    let lines = LineRange::new(first.min(place.line), first.max(place.line));
    let lines = lines.unwrap_or_else(|| LineRange::line(place.line));
    let anchor = rounds.anchor(&place.path, place.side, lines)?;
    let (severity, text) = weighed(text);
    let comment = NewReviewComment::new(CommentAuthor::person(desk.context.author()), text)
        .at(anchor)
        .with_severity(severity)
        .as_draft();
    desk.store.add_review_comments(&desk.scope, task, vec![comment]).await?;
    Ok(format!("a draft on {}:{lines}; R sends the review", place.path))
}

/// Splits a weight off the beginning of a text, such as `must:`.
fn weighed(text: &str) -> (Severity, &str) {
    let named = |severity: &Severity| {
        let rest = text.strip_prefix(severity.as_str())?.strip_prefix(':')?;
        Some((*severity, rest.trim_start()))
    };
    Severity::ALL.iter().find_map(named).unwrap_or((Severity::default(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_before_a_comment_is_its_weight() {
        assert_eq!(weighed("must: return early"), (Severity::Must, "return early"));
        assert_eq!(weighed("nit:spaces"), (Severity::Nit, "spaces"));
        assert_eq!(weighed("must return early"), (Severity::Should, "must return early"));
    }
}
