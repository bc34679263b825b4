//! A question at the bottom of the screen: what a decision needs, what it will do, and the command that does the same.

mod subject;

pub(super) use subject::Subject;

use super::actions::Action;
use super::binding::Verb;
use super::comments;
use super::entry::Entry;
use super::field::Field;
use super::pane::CodePlace;
use super::snapshot::Snapshot;
use crate::commands::tell::words as hearing;
use crate::output::text::count;
use octopoid_core::model::{Message, Place, ProjectId, ReviewVerdict, State, Task, TaskId, Timestamp};
use octopoid_core::ops::{Decision, Hearing, RetryEffect, check_decision, open_question};
use octopoid_core::transition::Actor;

/// Question with what is typed so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prompt {
    pub(super) subject: Subject,
    /// What it is about, such as `Approve task-3`.
    pub(super) heading: String,
    /// The command that does the same, as far as it is known.
    pub(super) command: String,
    /// What will happen.
    pub(super) consequence: String,
    pub(super) field: Field,
    /// What is missing, after a try to send it.
    pub(super) missing: Option<String>,
}

impl Prompt {
    fn new(subject: Subject, heading: String, command: String, consequence: impl Into<String>) -> Self {
        let consequence = consequence.into();
        Self { subject, heading, command, consequence, field: Field::default(), missing: None }
    }

    fn starting_with(mut self, text: impl Into<String>) -> Self {
        self.field = Field::new(text);
        self
    }

    /// Returns the prompt for a new task.
    pub(super) fn enqueue() -> Self {
        let command = "octopoid enqueue TITLE --description TEXT".to_owned();
        Self::new(Subject::Enqueue, "New task".to_owned(), command, "it is queued with priority P2")
    }

    /// Returns the prompt of a verb for a task.
    ///
    /// # Errors
    /// Why it is not possible, in words.
    pub(super) fn for_task(
        verb: Verb,
        entry: &Entry,
        thread: &[Message],
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Option<Self>, String> {
        let (task, id) = (&entry.task, entry.task.id.clone());
        let check = |decision: Decision| {
            check_decision(task, decision, Actor::Person("you".to_owned()), now)
                .map_err(|error| error.to_string())
        };
        let reason = || "…".to_owned();
        Ok(Some(match verb {
            Verb::Approve => {
                check(Decision::Approve { comments: String::new() })?;
                match task.attributes.project.as_ref().filter(|_| task.attributes.lands_project) {
                    Some(project) => Self::for_project(project),
                    None => Self::new(
                        Subject::Approve(id.clone()),
                        format!("Approve {id}"),
                        format!("octopoid approve {id}"),
                        lands(task, snapshot),
                    ),
                }
            }
            Verb::Reject => {
                check(Decision::Reject { reason: reason() })?;
                Self::new(
                    Subject::Reject(id.clone()),
                    format!("Request changes of {id}"),
                    format!("octopoid reject {id} REASON"),
                    "the next attempt goes on from the same commits and reads this",
                )
            }
            Verb::Retry => {
                check(Decision::Retry { note: String::new() })?;
                let consequence = match RetryEffect::of(&task.state) {
                    RetryEffect::Enters => "it enters the queue",
                    RetryEffect::GoesOn | RetryEffect::Refused => {
                        "it goes on with its work so far, this note and fresh limits"
                    }
                };
                Self::new(
                    Subject::Retry(id.clone()),
                    format!("Let {id} go on"),
                    format!("octopoid retry {id}"),
                    consequence,
                )
            }
            Verb::Requeue => {
                check(Decision::Requeue { reason: None })?;
                let consequence = match task.state.claim() {
                    Some(claim) => {
                        format!("{} is interrupted, and the attempt counts", claim.holder.agent)
                    }
                    None => "it goes back into the queue".to_owned(),
                };
                Self::new(
                    Subject::Requeue(id.clone()),
                    format!("Put {id} back into the queue"),
                    format!("octopoid requeue {id}"),
                    consequence,
                )
            }
            Verb::Cancel => {
                check(Decision::Cancel { reason: String::new() })?;
                Self::new(
                    Subject::Cancel(id.clone()),
                    format!("Cancel {id}"),
                    format!("octopoid cancel {id}"),
                    "an agent at work on it is stopped; its worktree stays, and a retry takes it up again",
                )
            }
            Verb::Unblock => {
                let Some(blocker) = task.unresolved_blockers().next().cloned() else {
                    return Err(format!("{id} waits for no other task"));
                };
                check(Decision::Unblock { blocker: blocker.clone() })?;
                Self::new(
                    Subject::Unblock(id.clone()),
                    format!("End a wait of {id}"),
                    format!("octopoid unblock {id} --blocker ID"),
                    "it no longer waits for that task, whatever becomes of it",
                )
                .starting_with(blocker.as_str())
            }
            Verb::Force => Self::new(
                Subject::Force(id.clone()),
                format!("Move {id} anywhere"),
                format!("octopoid force {id} QUEUE --reason REASON"),
                "the last resort: no rule applies, and `done` is believed without a merge",
            ),
            Verb::Comment => Self::new(
                Subject::Comment(id.clone()),
                format!("Comment on {id}"),
                format!("octopoid comment {id} TEXT"),
                "the next attempt reads it; the task does not move",
            ),
            Verb::Answer => {
                let Some(question) = open_question(thread) else {
                    return Err(format!("{id} has asked nothing that is not answered"));
                };
                let number = question.id;
                let asked = super::text::fit(&question.body, 200);
                Self::new(
                    Subject::Answer(id.clone(), number),
                    format!("Answer {id}: {asked}"),
                    format!("octopoid comment {id} TEXT --reply-to {number}"),
                    "the next attempt reads it; a retry lets the task go on",
                )
            }
            Verb::Tell => Self::new(
                Subject::Tell(id.clone()),
                format!("Tell the agent of {id}"),
                format!("octopoid tell {id} TEXT"),
                hearing(Hearing::of(&task.state)),
            ),
            Verb::Revert => {
                if !matches!(&task.state, State::Done { landed: Some(_), .. }) {
                    return Err(format!("{id} has landed nothing that could be undone"));
                }
                Self::new(
                    Subject::Revert(id.clone()),
                    format!("Undo what {id} landed"),
                    format!("octopoid revert {id} --reason REASON"),
                    "a new task undoes it, and goes through the same tests and reviews",
                )
            }
            _ => return Ok(None),
        }))
    }

    /// Returns the prompt for a comment on lines of the work.
    pub(super) fn line(task: &TaskId, place: CodePlace, first: u32) -> Self {
        let named = comments::named(&place, first);
        Self::new(
            Subject::Line { task: task.clone(), place, first },
            format!("Comment on {named}"),
            format!("octopoid review {task} --draft --comment {named} TEXT"),
            "a draft, until the review is sent",
        )
    }

    /// Returns the prompt for a reply to a review comment.
    pub(super) fn reply(task: &TaskId, comment: u64) -> Self {
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
    pub(super) fn review(
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
        let subject = Subject::Review { task: task.id.clone(), verdict: verdict.unwrap_or(usual) };
        let heading = format!("Review of {} with {}", task.id, count(drafts as u64, "draft"));
        let mut prompt = Self::new(subject, heading, String::new(), lands(task, snapshot));
        prompt.name_verdict();
        Ok(prompt)
    }

    /// Chooses the next verdict of a review.
    pub(super) fn next_verdict(&mut self) {
        if let Subject::Review { verdict, .. } = &mut self.subject {
            *verdict = match verdict {
                ReviewVerdict::RequestChanges => ReviewVerdict::Approve,
                ReviewVerdict::Approve => ReviewVerdict::Comment,
                ReviewVerdict::Comment => ReviewVerdict::RequestChanges,
            };
        }
        self.name_verdict();
    }

    fn name_verdict(&mut self) {
        let Subject::Review { task, verdict } = &self.subject else { return };
        let (words, option) = match verdict {
            ReviewVerdict::Approve => ("APPROVE: it lands", "--approve"),
            ReviewVerdict::RequestChanges => {
                ("REQUEST CHANGES: the next attempt gets these comments", "--request-changes")
            }
            ReviewVerdict::Comment => ("COMMENT: the task does not move", "--message TEXT"),
        };
        self.consequence = words.to_owned();
        self.command = format!("octopoid review {task} {option}");
    }

    /// Returns the prompt for the approval of a project.
    pub(super) fn for_project(project: &ProjectId) -> Self {
        Self::new(
            Subject::ApproveProject(project.clone()),
            format!("Approve the project {project}"),
            format!("octopoid project approve {project}"),
            "what its tasks made lands on its base branch",
        )
    }

    /// Returns the action for what was typed.
    ///
    /// # Errors
    /// What is missing, in words.
    pub(super) fn action(&self) -> Result<Action, String> {
        let text = self.field.text().trim().to_owned();
        let decide = |task: &TaskId, decision| Action::Decide { task: task.clone(), decision };
        let needed = |what: &str| match text.is_empty() {
            true => Err(format!("say {what}")),
            false => Ok(text.clone()),
        };
        Ok(match &self.subject {
            Subject::Approve(task) => decide(task, Decision::Approve { comments: text }),
            Subject::ApproveProject(project) => Action::ApproveProject { project: project.clone() },
            Subject::Reject(task) => decide(task, Decision::Reject { reason: needed("what to improve")? }),
            Subject::Retry(task) => decide(task, Decision::Retry { note: text }),
            Subject::Requeue(task) => {
                decide(task, Decision::Requeue { reason: Some(text).filter(|text| !text.is_empty()) })
            }
            Subject::Cancel(task) => decide(task, Decision::Cancel { reason: text }),
            Subject::Unblock(task) => {
                let blocker = TaskId::new(needed("which task")?).map_err(|error| error.to_string())?;
                decide(task, Decision::Unblock { blocker })
            }
            Subject::Force(task) => {
                let text = needed("where to, and why")?;
                let (place, reason) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
                let to: Place = place.parse().map_err(|error| format!("`{place}` is no queue: {error}"))?;
                if reason.trim().is_empty() {
                    return Err("say why, after the queue".to_owned());
                }
                decide(task, Decision::Force { to, reason: reason.trim().to_owned() })
            }
            Subject::Comment(task) => {
                Action::Comment { task: task.clone(), text: needed("something")?, reply_to: None }
            }
            Subject::Answer(task, question) => {
                Action::Comment { task: task.clone(), text: needed("something")?, reply_to: Some(*question) }
            }
            Subject::Line { task, place, first } => Action::ReviewComment {
                task: task.clone(),
                place: place.clone(),
                first: *first,
                text: needed("something")?,
            },
            Subject::Reply(task, parent) => {
                Action::Reply { task: task.clone(), parent: *parent, text: needed("something")? }
            }
            Subject::Review { task, verdict } => {
                Action::Review { task: task.clone(), verdict: *verdict, summary: text }
            }
            Subject::Tell(task) => Action::Tell { task: task.clone(), text: needed("something")? },
            Subject::Revert(task) => Action::Revert { task: task.clone(), reason: text },
            Subject::Enqueue => {
                let text = needed("what is to be done")?;
                let (title, description) = text.split_once('\n').unwrap_or((&text, ""));
                let description = description.trim();
                Action::Enqueue {
                    title: title.trim().to_owned(),
                    description: if description.is_empty() { title.trim() } else { description }.to_owned(),
                }
            }
        })
    }
}

/// Returns what an approval does.
fn lands(task: &Task, snapshot: &Snapshot) -> String {
    let Some(here) = &snapshot.here else { return "its work lands".to_owned() };
    let landing = &here.landing;
    let branch = match (&task.branch, &task.attributes.project) {
        (Some(branch), _) => format!("`{branch}`"),
        (None, Some(project)) => format!("the branch of {project}"),
        (None, None) => format!("`{}`", landing.base_branch),
    };
    match (landing.pull_request, landing.tests) {
        (true, _) => format!("its pull request to {branch} is merged"),
        (false, true) => format!("its work lands on {branch} once the tests pass there"),
        (false, false) => format!("its work lands on {branch}; no tests are configured"),
    }
}
