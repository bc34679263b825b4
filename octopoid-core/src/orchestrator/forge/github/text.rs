//! Text of a pull request, including the marker that identifies the round of work.

use crate::model::{CommitId, ReviewComment};
use crate::orchestrator::forge::PullRequestBody;

/// Largest length of an excerpt of a task's description, in characters.
const EXCERPT: usize = 2000;

/// Returns the text for people, with the marker for [`shows`].
pub(super) fn body(proposal: &PullRequestBody) -> String {
    let task = &proposal.task;
    let mut text = String::new();
    let submission = task.submission.as_ref();
    if let Some(summary) = submission.and_then(|submission| submission.summary.as_deref()) {
        text.push_str(&format!("{}\n\n", excerpt(summary)));
    }
    if !task.description.trim().is_empty() {
        let quoted: Vec<_> = excerpt(&task.description).lines().map(|line| format!("> {line}")).collect();
        text.push_str(&format!("What was asked for:\n\n{}\n\n", quoted.join("\n")));
    }
    text.push_str(&format!("Task `{}`", task.id));
    if let Some(submission) = submission {
        text.push_str(&format!(", {} turns in the last run", submission.turns));
    }
    text.push_str(&format!(
        ", ${:.2} so far. Reviews with comments or requested changes go back to the agent; closing this without merging asks a person.\n\n{}\n",
        proposal.cost_usd,
        mark(&proposal.submitted)
    ));
    text
}

/// Returns whether a pull request's text has the marker of this round of work.
pub(super) fn shows(body: Option<&str>, submitted: &CommitId) -> bool {
    body.is_some_and(|body| body.contains(&mark(submitted)))
}

/// Returns whether two comments have the same text: GitHub may return other line ends.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let lines = |text: &str| -> Vec<String> { text.lines().map(|line| line.trim_end().to_owned()).collect() };
    lines(one.trim()) == lines(other.trim())
}

/// Returns a review comment as it is shown on GitHub, with the marker for [`is_of`].
pub(super) fn comment(comment: &ReviewComment, replies: &[ReviewComment]) -> String {
    let mut text = format!("**{}** ({})", comment.author.name(), comment.severity.as_str());
    if !comment.words().trim().is_empty() {
        text.push_str(&format!(": {}", comment.words().trim()));
    }
    if let Some(replacement) = &comment.replacement {
        let fence = "`".repeat(replacement.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2) + 1);
        // No line at all removes the lines.
        let end = if replacement.is_empty() { "" } else { "\n" };
        text.push_str(&format!("\n\n{fence}suggestion\n{replacement}{end}{fence}"));
    }
    for reply in replies {
        text.push_str(&format!("\n\n**{}** replied: {}", reply.author.name(), reply.body.trim()));
    }
    format!("{text}\n\n{}", comment_mark(comment.id))
}

/// Returns whether a comment on GitHub is one that Octopoid put there.
pub(super) fn is_ours(body: &str) -> bool {
    body.contains("<!-- octopoid comment: ")
}

/// Returns whether a comment on GitHub shows the review comment with this id.
pub(super) fn is_of(body: &str, id: u64) -> bool {
    body.contains(&comment_mark(id))
}

fn comment_mark(id: u64) -> String {
    format!("<!-- octopoid comment: {id} -->")
}

fn mark(submitted: &CommitId) -> String {
    format!("<!-- octopoid: {submitted} -->")
}

fn excerpt(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}
