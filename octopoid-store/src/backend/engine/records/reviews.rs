//! Review comments: those of a task are one record.

use super::record::{find, next, put};
use super::{check_length, check_line};
use crate::backend::engine::{apply, no_task, post_message};
use crate::backend::{Counter, Reader, RecordKey, RecordKind, Transaction};
use octopoid_core::model::{
    Anchor, CommentAuthor, CommentState, CommitId, EventDraft, EventKind, MessageDraft, MessageKind,
    NewReviewComment, ReviewComment, ReviewCommentPatch, ReviewVerdict, Scope, Side, Task, TaskId, Timestamp,
};
use octopoid_core::store::{ErrorKind, NewReview, Result, StoreError};
use octopoid_core::transition::{Actor, Cause, Command, Context};
use serde::{Deserialize, Serialize};

/// Longest body or replacement, in bytes.
const BODY: usize = 64 << 10;
/// Longest path of an anchor, in bytes: as long as systems allow.
const PATH: usize = 4096;
/// Longest text of an anchor, in bytes.
const ANCHOR: usize = 64 << 10;
/// Longest text of all comments of a task together, in bytes: they are read and written at once.
const REVIEW: usize = 8 << 20;

/// The review comments of a task, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskReview {
    pub(crate) scope: Scope,
    pub(crate) task: TaskId,
    comments: Vec<ReviewComment>,
}

impl TaskReview {
    /// Returns a comment by its id.
    pub(crate) fn comment(&self, id: u64) -> Option<&ReviewComment> {
        self.comments.iter().find(|comment| comment.id == id)
    }

    fn read(reader: &mut impl Reader, task: &Task) -> Result<Self> {
        let (scope, id) = (task.scope.clone(), task.id.clone());
        let found = find(reader, &scope, id.as_str())?;
        Ok(found.unwrap_or(Self { scope, task: id, comments: Vec::new() }))
    }

    fn get_mut(&mut self, id: u64) -> Result<&mut ReviewComment> {
        let Self { task, comments, .. } = self;
        let found = comments.iter_mut().find(|comment| comment.id == id);
        found.ok_or_else(|| StoreError::not_found(format_args!("review comment {id} of {task}")))
    }

    /// Checks a comment against those that are there.
    fn check(&self, new: &NewReviewComment) -> Result<()> {
        check_line("author", new.author.name())?;
        check_body(&new.body, new.replacement.as_deref())?;
        check_length("url", new.url.as_deref(), 2000)?;
        check_length("key", new.key.as_deref(), 200)?;
        if let Some(anchor) = &new.anchor {
            check_anchor(anchor)?;
        }
        let takes_replacement = |anchor: &Anchor| anchor.side == Side::New && anchor.lines.is_some();
        if new.replacement.is_some() && !new.anchor.as_ref().is_some_and(takes_replacement) {
            return Err(StoreError::invalid("replacement", "stands for lines of the work; name their place"));
        }
        let Some(parent) = new.parent else { return Ok(()) };
        if new.anchor.is_some() {
            return Err(StoreError::invalid(
                "anchor",
                "a reply stands where the comment stands that it answers",
            ));
        }
        match self.comment(parent) {
            Some(parent) if parent.parent.is_none() => Ok(()),
            Some(_) => {
                Err(StoreError::invalid("parent", "is a reply itself; answer the comment that it answers"))
            }
            None => Err(StoreError::invalid("parent", format_args!("{} has no comment {parent}", self.task))),
        }
    }

    /// Decides which comments are new. Refuses what cannot be added; writes nothing.
    fn plan(&self, new: &[NewReviewComment]) -> Result<Vec<Planned>> {
        let mut planned = Vec::with_capacity(new.len());
        for comment in new {
            self.check(comment)?;
            let same = |one: &&ReviewComment| comment.key.is_some() && one.key == comment.key;
            planned.push(match self.comments.iter().find(same) {
                Some(known) => Planned::Known(known.id),
                None => Planned::Fresh(Box::new(comment.clone())),
            });
        }
        let present: usize = self.comments.iter().map(size).sum();
        let more: usize = planned.iter().map(Planned::size).sum();
        if present + more > REVIEW {
            let rule =
                format_args!("the comments on {} would be longer than {REVIEW} bytes together", self.task);
            return Err(StoreError::invalid("body", rule));
        }
        Ok(planned)
    }

    /// Adds what was planned, and returns the ids in the same order.
    fn add(
        &mut self,
        transaction: &mut impl Transaction,
        planned: Vec<Planned>,
        at: Timestamp,
    ) -> Result<Vec<u64>> {
        let mut ids = Vec::with_capacity(planned.len());
        for comment in planned {
            ids.push(match comment {
                Planned::Known(id) => id,
                Planned::Fresh(new) => {
                    let id = next(transaction, Counter::ReviewComment)?;
                    self.comments.push(new.with_id(id, self.scope.clone(), self.task.clone(), at));
                    id
                }
            });
        }
        Ok(ids)
    }

    fn pick(&self, ids: &[u64]) -> Vec<ReviewComment> {
        ids.iter().filter_map(|id| self.comment(*id).cloned()).collect()
    }

    /// Writes the comments, and an event that says what happened.
    fn write(self, transaction: &mut impl Transaction, by: &str, note: String, at: Timestamp) -> Result<()> {
        put(transaction, &self)?;
        let event = EventDraft::new(EventKind::ReviewCommented, by, None, None).with_note(note);
        transaction.append_event(&self.scope, &self.task, event, at)
    }
}

/// A comment that is to be added.
enum Planned {
    /// It is there, with this id.
    Known(u64),
    /// It is new.
    Fresh(Box<NewReviewComment>),
}

impl Planned {
    fn size(&self) -> usize {
        match self {
            Planned::Known(_) => 0,
            Planned::Fresh(new) => text_size(&new.body, new.replacement.as_deref(), new.anchor.as_ref()),
        }
    }
}

fn size(comment: &ReviewComment) -> usize {
    text_size(&comment.body, comment.replacement.as_deref(), comment.anchor.as_ref())
}

fn text_size(body: &str, replacement: Option<&str>, anchor: Option<&Anchor>) -> usize {
    body.len() + replacement.map_or(0, str::len) + anchor.map_or(0, anchor_size)
}

fn anchor_size(anchor: &Anchor) -> usize {
    anchor.path.len() + anchor.text.len() + anchor.before.len() + anchor.after.len()
}

fn check_body(body: &str, replacement: Option<&str>) -> Result<()> {
    check_length("body", Some(body), BODY)?;
    check_length("replacement", replacement, BODY)?;
    if body.trim().is_empty() && replacement.is_none() {
        return Err(StoreError::invalid("body", "must not be empty"));
    }
    Ok(())
}

fn check_anchor(anchor: &Anchor) -> Result<()> {
    // Names of files may have any characters.
    if anchor.path.trim().is_empty() {
        return Err(StoreError::invalid("anchor.path", "must not be empty"));
    }
    check_length("anchor.path", Some(&anchor.path), PATH)?;
    let texts =
        [("anchor.text", &anchor.text), ("anchor.before", &anchor.before), ("anchor.after", &anchor.after)];
    for (field, text) in texts {
        check_length(field, Some(text), ANCHOR)?;
    }
    let Some(lines) = anchor.lines else {
        return match anchor.text.is_empty() && anchor.before.is_empty() && anchor.after.is_empty() {
            true => Ok(()),
            false => Err(StoreError::invalid("anchor.text", "has to be empty where no lines are named")),
        };
    };
    if lines.first < 1 || lines.first > lines.last {
        return Err(StoreError::invalid("anchor.lines", "count from 1, and the first is not after the last"));
    }
    if anchor.text.split('\n').count() as u64 != u64::from(lines.count()) {
        let rule = format_args!("has to be the text of {} lines", lines.count());
        return Err(StoreError::invalid("anchor.text", rule));
    }
    Ok(())
}

fn task_of(reader: &mut impl Reader, scope: &Scope, id: &TaskId) -> Result<Task> {
    reader.task(scope, id)?.ok_or_else(|| no_task(id))
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

pub(crate) fn review_comments(
    reader: &mut impl Reader,
    scope: &Scope,
    id: &TaskId,
) -> Result<Vec<ReviewComment>> {
    let task = task_of(reader, scope, id)?;
    Ok(TaskReview::read(reader, &task)?.comments)
}

pub(crate) fn add_review_comments(
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: &TaskId,
    new: &[NewReviewComment],
    context: Context<'_>,
) -> Result<Vec<ReviewComment>> {
    let task = task_of(transaction, scope, id)?;
    let mut review = TaskReview::read(transaction, &task)?;
    let before = review.comments.len();
    let planned = review.plan(new)?;
    let ids = review.add(transaction, planned, context.now)?;
    let found = review.pick(&ids);
    let added = review.comments.len() - before;
    if added > 0 {
        let by = new.first().map_or("", |comment| comment.author.name()).to_owned();
        review.write(transaction, &by, format!("{} added", count(added, "comment")), context.now)?;
    }
    Ok(found)
}

/// Error for a change of a comment that was sent.
fn was_sent(id: u64, verb: &str) -> StoreError {
    let message = format!("review comment {id} was sent and cannot be {verb}; reply to it, or resolve it");
    StoreError::new(ErrorKind::Conflict, message)
}

pub(crate) fn edit_review_comment(
    transaction: &mut impl Transaction,
    scope: &Scope,
    task: &TaskId,
    id: u64,
    patch: &ReviewCommentPatch,
    context: Context<'_>,
) -> Result<ReviewComment> {
    let task = task_of(transaction, scope, task)?;
    let mut review = TaskReview::read(transaction, &task)?;
    let mut changed = review.get_mut(id)?.clone();
    if !changed.is_draft() {
        return Err(was_sent(id, "changed"));
    }
    let patch = patch.clone();
    if patch == ReviewCommentPatch::default() {
        return Err(StoreError::invalid("patch", "No fields to update"));
    }
    changed.body = patch.body.unwrap_or(changed.body);
    changed.severity = patch.severity.unwrap_or(changed.severity);
    changed.replacement = match patch.no_replacement {
        true => None,
        false => patch.replacement.or(changed.replacement),
    };
    changed.updated_at = context.now;
    let mut as_new = NewReviewComment::new(changed.author.clone(), changed.body.clone());
    (as_new.anchor, as_new.replacement) = (changed.anchor.clone(), changed.replacement.clone());
    review.check(&as_new)?;
    *review.get_mut(id)? = changed.clone();
    review.write(transaction, changed.author.name(), format!("draft {id} changed"), context.now)?;
    Ok(changed)
}

pub(crate) fn delete_review_comment(
    transaction: &mut impl Transaction,
    scope: &Scope,
    task: &TaskId,
    id: u64,
    context: Context<'_>,
) -> Result<()> {
    let task = task_of(transaction, scope, task)?;
    let mut review = TaskReview::read(transaction, &task)?;
    let gone = review.get_mut(id)?.clone();
    if !gone.is_draft() {
        return Err(was_sent(id, "deleted"));
    }
    if review.comments.iter().any(|comment| comment.parent == Some(id)) {
        let message = format!("review comment {id} has replies; delete those first");
        return Err(StoreError::new(ErrorKind::Conflict, message));
    }
    review.comments.retain(|comment| comment.id != id);
    review.write(transaction, gone.author.name(), format!("draft {id} deleted"), context.now)
}

pub(crate) fn resolve_review_comments(
    transaction: &mut impl Transaction,
    scope: &Scope,
    task: &TaskId,
    (ids, resolved): (&[u64], bool),
    by: &str,
    context: Context<'_>,
) -> Result<Vec<ReviewComment>> {
    check_line("by", by)?;
    let task = task_of(transaction, scope, task)?;
    let mut review = TaskReview::read(transaction, &task)?;
    let mut changed = 0;
    for id in ids {
        let comment = review.get_mut(*id)?;
        if comment.parent.is_some() {
            return Err(StoreError::invalid("ids", format_args!("{id} is a reply; resolve what it answers")));
        }
        let state = match (&comment.state, resolved) {
            (CommentState::Draft, _) => {
                let message = format!("review comment {id} is a draft; send it or delete it");
                return Err(StoreError::new(ErrorKind::Conflict, message));
            }
            (CommentState::Sent { sent_at }, true) => CommentState::Resolved {
                sent_at: *sent_at,
                resolved_at: context.now,
                resolved_by: by.to_owned(),
            },
            (CommentState::Resolved { sent_at, .. }, false) => CommentState::Sent { sent_at: *sent_at },
            _ => continue,
        };
        (comment.state, comment.updated_at) = (state, context.now);
        changed += 1;
    }
    let found = review.pick(ids);
    if changed > 0 {
        let verb = if resolved { "resolved" } else { "opened again" };
        review.write(transaction, by, format!("{} {verb}", count(changed, "comment")), context.now)?;
    }
    Ok(found)
}

pub(crate) fn send_review(
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: &TaskId,
    new: &NewReview,
    context: Context<'_>,
) -> Result<Task> {
    let (Actor::Person(person) | Actor::Bystander(person)) = &new.person else {
        return Err(StoreError::invalid("person", "only a person sends a review"));
    };
    check_line("person", person)?;
    let task = task_of(transaction, scope, id)?;
    let mut review = TaskReview::read(transaction, &task)?;
    let author = CommentAuthor::person(person.as_str());
    let sent = new.comments.iter().map(|comment| comment.clone().as_sent());
    let planned = review.plan(&sent.collect::<Vec<_>>())?;
    let is_theirs = |one: &ReviewComment| one.is_draft() && one.author == author;
    let comments = planned.len() + review.comments.iter().filter(|one| is_theirs(one)).count();
    let summary = new.summary.trim();
    if summary.is_empty() && comments == 0 && new.verdict != ReviewVerdict::Approve {
        return Err(StoreError::invalid("summary", "must say what to change, where no comment does"));
    }
    if new.verdict != ReviewVerdict::Comment {
        check_read(&task, new.head.as_ref())?;
    }
    let actor = new.person.clone();
    let task = match new.verdict {
        ReviewVerdict::Approve => {
            let comments = summary.to_owned();
            apply(transaction, scope, id, &Command::Approve { actor, comments }, context)?
        }
        ReviewVerdict::RequestChanges => {
            let reason = match summary.is_empty() {
                true => ReviewVerdict::reason_in_comments(comments),
                false => summary.to_owned(),
            };
            let command = Command::Reject { actor, reason, cause: Cause::Review };
            apply(transaction, scope, id, &command, context)?
        }
        ReviewVerdict::Comment => {
            if !summary.is_empty() {
                let message = MessageDraft::new(MessageKind::Comment, person, summary);
                post_message(transaction, scope, id, &message, context)?;
            }
            task
        }
    };
    if comments > 0 {
        for draft in review.comments.iter_mut().filter(|one| is_theirs(one)) {
            (draft.state, draft.updated_at) = (CommentState::Sent { sent_at: context.now }, context.now);
        }
        review.add(transaction, planned, context.now)?;
        review.write(transaction, person, format!("{} sent", count(comments, "comment")), context.now)?;
    }
    Ok(task)
}

/// Checks that a verdict is on the work as it is now.
fn check_read(task: &Task, read: Option<&CommitId>) -> Result<()> {
    let Some(read) = read else { return Ok(()) };
    let newest = task.submission.as_ref().and_then(|work| work.head.as_ref());
    if newest == Some(read) {
        return Ok(());
    }
    let now = newest
        .map_or_else(|| "there is no work now".to_owned(), |head| format!("it is {} now", head.short()));
    let message =
        format!("the work of {} has changed since you read it: you read {}, {now}", task.id, read.short());
    Err(StoreError::new(ErrorKind::Conflict, message))
}

/// Removes the comments on a task that is deleted.
pub(crate) fn forget_review(transaction: &mut impl Transaction, scope: &Scope, task: &TaskId) -> Result<()> {
    transaction.remove_record(RecordKey::scoped(RecordKind::Review, scope, task.as_str()))
}
