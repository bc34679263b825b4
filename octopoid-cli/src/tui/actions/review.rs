//! What a person does in a review.

use super::{Action, NAME};
use crate::args;
use crate::artifacts::Artifacts;
use crate::error::{CliError, Result};
use crate::output::text;
use crate::rounds::{Rounds, kept_anchor, kept_diff};
use crate::tui::desk::Desk;
use crate::tui::pane::CodePlace;
use octopoid_core::model::{Anchor, CommentAuthor, CommitId, LineRange, NewReviewComment, Severity, TaskId};
use octopoid_core::ops::rounds_of;
use octopoid_core::store::NewReview;
use octopoid_core::transition::Actor;

pub(super) async fn carry_out(action: Action, desk: &Desk) -> Result<String> {
    let (store, scope, context) = (&*desk.store, &desk.scope, &desk.context);
    let author = CommentAuthor::person(context.author());
    match action {
        Action::ReviewComment { task, place, first, head, text } => {
            let lines = LineRange::new(first.min(place.line), first.max(place.line));
            let lines = lines.unwrap_or_else(|| LineRange::line(place.line));
            draft(desk, &task, (&place, lines), &head, &text).await
        }
        Action::Reply { task, parent, text } => {
            let reply = NewReviewComment::new(author, text).in_reply_to(parent);
            store.add_review_comments(scope, &task, vec![reply]).await?;
            Ok(format!("replied to comment {parent}"))
        }
        Action::Review { task, verdict, summary, head } => {
            context.require_person(NAME)?;
            // By the plain name: the drafts of the same person are sent, from whatever screen.
            let person = Actor::Person(context.author());
            let review = NewReview::new(person, verdict).with_summary(summary).with_head(head);
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

/// Keeps a draft of a comment on lines of the round whose newest commit is `head`.
async fn draft(
    desk: &Desk,
    task: &TaskId,
    (place, lines): (&CodePlace, LineRange),
    head: &CommitId,
    text: &str,
) -> Result<String> {
    let anchor = anchor(desk, task, (place, lines), head).await?;
    let (severity, text) = weighed(text);
    let comment = NewReviewComment::new(CommentAuthor::person(desk.context.author()), text)
        .at(anchor)
        .with_severity(severity)
        .as_draft();
    desk.store.add_review_comments(&desk.scope, task, vec![comment]).await?;
    Ok(format!("a draft on {}:{lines}; R sends the review", place.path))
}

/// Returns the anchor of some lines: from the commits, or else from the diff that was kept of them.
async fn anchor(
    desk: &Desk,
    task: &TaskId,
    (place, lines): (&CodePlace, LineRange),
    head: &CommitId,
) -> Result<Anchor> {
    let at = args::CodePlace { path: place.path.clone(), lines: Some(lines), side: place.side };
    // The numbers are those of the lines that were shown, and mean other code in another round (I40).
    let check = |newest: &CommitId| match newest == head {
        true => Ok(()),
        false => Err(CliError::refused("the work has changed since the diff was read")
            .hint("look at the lines again; the text is kept")),
    };
    if let Some(installation) = &desk.installation {
        let rounds = Rounds::read(installation, &*desk.store, task, &desk.context).await?;
        check(&rounds.round(None)?.head)?;
        return rounds.find_anchor(installation, &at).await;
    }
    let (task, rounds) = rounds_of(&*desk.store, &desk.scope, task).await?;
    let newest = rounds.last().ok_or_else(|| CliError::refused("nothing has been submitted"))?;
    check(&newest.head)?;
    let artifacts = Artifacts::new(None, desk.artifacts.clone());
    let diff = kept_diff(&artifacts, &task, newest).await?.ok_or_else(|| {
        CliError::refused("the diff of the newest round is not on the server")
            .hint("comment in a repository that has the commits")
    })?;
    kept_anchor(&diff, newest, &at)
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
