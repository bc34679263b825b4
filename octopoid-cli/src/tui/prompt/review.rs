//! Questions of a review.

use super::{Prompt, Subject};
use crate::output::text::count;
use crate::tui::comments;
use crate::tui::pane::CodePlace;
use crate::tui::snapshot::Snapshot;
use octopoid_core::model::{CommitId, ReviewVerdict, Task, TaskId, Timestamp};
use octopoid_core::ops::{Decision, check_decision, review_effect};
use octopoid_core::transition::Actor;

impl Prompt {
    /// Returns the prompt for a comment on lines of the work, whose newest commit is `head`.
    pub(in crate::tui) fn line(task: &TaskId, place: CodePlace, first: u32, head: CommitId) -> Self {
        let named = comments::named(&place, first);
        Self::new(
            Subject::Line { task: task.clone(), place, first, head },
            format!("Comment on {named}"),
            format!("octopoid review {task} --draft --comment {named} TEXT"),
            "a draft, until the review is sent",
        )
    }

    /// Returns the prompt for a reply to a review comment.
    pub(in crate::tui) fn reply(task: &TaskId, comment: u64) -> Self {
        Self::new(
            Subject::Reply(task.clone(), comment),
            format!("Reply to comment {comment} on {task}"),
            format!("octopoid comments {task} --reply {comment} TEXT"),
            "it counts at once",
        )
    }

    /// Returns the prompt for a review with so many drafts.
    ///
    /// # Errors
    /// Why no review is possible, in words.
    pub(in crate::tui) fn review(
        task: &Task,
        drafts: usize,
        verdict: Option<ReviewVerdict>,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Self, String> {
        let person = Actor::Person("you".to_owned());
        // Whoever has comments has found something.
        let usual = if drafts > 0 { ReviewVerdict::RequestChanges } else { ReviewVerdict::Approve };
        check_decision(task, Decision::Approve { comments: String::new() }, person, now)
            .map_err(|error| error.to_string())?;
        let landing = snapshot.here.as_ref().map(|here| &here.landing);
        let mut verdicts =
            vec![ReviewVerdict::RequestChanges, ReviewVerdict::Approve, ReviewVerdict::Comment];
        let chosen = verdict.unwrap_or(usual);
        let at = verdicts.iter().position(|verdict| *verdict == chosen);
        verdicts.rotate_left(at.unwrap_or_default());
        let heading = format!("Review of {} with {}", task.id, count(drafts as u64, "draft"));
        let mut prompt = Self::new(Subject::Review(task.id.clone()), heading, String::new(), "");
        let effect = |verdict| (verdict, review_effect(verdict, task, landing));
        prompt.verdicts = verdicts.into_iter().map(effect).collect();
        prompt.name_verdict();
        Ok(prompt)
    }

    /// Chooses the next verdict of a review.
    pub(in crate::tui) fn next_verdict(&mut self) {
        if !self.verdicts.is_empty() {
            self.verdicts.rotate_left(1);
            self.name_verdict();
        }
    }

    fn name_verdict(&mut self) {
        let (Subject::Review(task), Some((verdict, effect))) = (&self.subject, self.verdicts.first()) else {
            return;
        };
        let (name, option) = match verdict {
            ReviewVerdict::Approve => ("APPROVE", "--approve"),
            ReviewVerdict::RequestChanges => ("REQUEST CHANGES", "--request-changes"),
            ReviewVerdict::Comment => ("COMMENT", "--message TEXT"),
        };
        self.consequence = format!("{name}: {effect}");
        self.command = format!("octopoid review {task} {option}");
    }
}
