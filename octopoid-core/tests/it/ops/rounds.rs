//! The rounds of a task.

use super::{agent, machine};
use octopoid_core::model::{
    CommitId, Message, MessageDraft, MessageKind, Outcome, RoleName, Run, Scope, State, StepRecord,
    StepStatus, Submission, Task, TaskId, Timestamp,
};
use octopoid_core::ops::{last_reviewed, rounds};

fn commit(digit: &str) -> CommitId {
    CommitId::new(digit.repeat(40)).unwrap()
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(minute * 60_000)
}

/// A run that submitted a commit.
fn run(number: u32, head: &str, minute: i64) -> Run {
    let role = Some(RoleName::implement());
    let mut run =
        Run::new(Scope::single(), TaskId::numbered(1), number, agent(), role, machine(), at(minute - 1));
    run.outcome = Some(Outcome::Submitted { summary: format!("run {number}") });
    run.finished_at = Some(at(minute));
    (run.head, run.base, run.commits) = (Some(commit(head)), Some(commit("0")), 1);
    run
}

fn task(head: &str, minute: i64) -> Task {
    let mut task =
        Task::restored(TaskId::numbered(1), Scope::single(), 1, RoleName::implement(), State::Incoming);
    let mut submission = Submission::new(1, 1);
    (submission.head, submission.base, submission.at) =
        (Some(commit(head)), Some(commit("9")), Some(at(minute)));
    task.submission = Some(Box::new(submission));
    task
}

fn said(kind: MessageKind, minute: i64) -> Message {
    MessageDraft::new(kind, "rev", "no").at(1, Scope::single(), TaskId::numbered(1), at(minute))
}

#[test]
fn each_submission_is_a_round_and_the_tasks_own_word_counts_for_the_newest() {
    let mut refused = run(3, "c", 30);
    let step = StepRecord::new("test", StepStatus::Refused, "no", at(30));
    refused.steps.push(step);
    let mut review = run(2, "b", 20);
    (review.role, review.outcome) =
        (Some(RoleName::review()), Some(Outcome::Rejected { feedback: "no".into(), findings: Vec::new() }));
    let mut landing = run(5, "e", 50);
    landing.role = None;
    let runs = [landing, run(4, "d", 40), refused, review, run(1, "a", 10)];
    let thread = [said(MessageKind::Feedback, 20), said(MessageKind::TestFailure, 30)];
    let found = rounds(&task("d", 40), &runs, &thread);
    let shown: Vec<_> =
        found.iter().map(|round| (round.number, round.head.clone(), round.reviewed)).collect();
    assert_eq!(shown, [(1, commit("a"), true), (2, commit("d"), false)]);
    assert_eq!((found[1].run.as_ref(), found[1].base.clone()), (Some(&runs[1].id), Some(commit("9"))));
    assert_eq!(found[0].summary.as_deref(), Some("run 1"));
    assert_eq!(last_reviewed(&found).map(|round| round.number), Some(1));
}

#[test]
fn a_round_is_known_without_the_record_of_its_run_and_there_are_none_before_the_first() {
    let found = rounds(&task("d", 40), &[], &[said(MessageKind::Approval, 41)]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].run.as_ref(), found[0].reviewed), (None, true));
    let mut fresh = task("d", 40);
    fresh.submission = None;
    assert!(rounds(&fresh, &[], &[]).is_empty());
    assert_eq!(last_reviewed(&[]), None);
}
