//! Why a task does not move, and what would end that. Pure.

use super::remedy::Remedy;
use super::retry::RetryEffect;
use super::situation::{OrchestratorState, Situation};
use super::wait_reason::{BlockedBy, WaitReason};
use crate::model::{Approval, Hold, Provisional, Queue, Review, State, StateName, Task};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest note of an attempt before that is repeated, in characters.
const NOTE: usize = 80;

/// Where a task stands, why it does not move, and what a person can do about it.
///
/// [`Display`](fmt::Display) gives it in one line, without the moment that belongs to the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The state that its flow adds and in which it is all that; none in the built-in states.
    pub flow_state: Option<StateName>,
    /// Why it does not move.
    pub reason: WaitReason,
    /// Whether a client asked for a person, whatever the reason.
    pub flagged: bool,
    /// Whether nothing goes on without a person.
    pub needs_person: bool,
    /// What a person can do, the most likely first.
    pub remedies: Vec<Remedy>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(state) = &self.flow_state {
            write!(f, "in `{state}`: ")?;
        }
        if self.flagged {
            f.write_str("a client asked for a person; ")?;
        }
        self.reason.fmt(f)
    }
}

/// Explains where a task stands.
pub fn explain(task: &Task, situation: &Situation) -> Explanation {
    let reason = reason(task, situation);
    let flagged =
        task.attributes.needs_intervention && task.state.needs_person().is_none() && !task.is_done();
    Explanation {
        flow_state: task.flow_state().filter(|_| task.queue() != Queue::Custom).cloned(),
        needs_person: flagged || reason.needs_person(),
        remedies: remedies(task, &reason),
        flagged,
        reason,
    }
}

fn reason(task: &Task, situation: &Situation) -> WaitReason {
    match &task.state {
        State::Backlog => WaitReason::PutAside,
        State::Custom { state } => WaitReason::FlowState { state: state.clone() },
        State::Blocked => {
            let queue = |id| situation.blockers.get(id).copied();
            let by = task.unresolved_blockers().map(|id| BlockedBy { task: id.clone(), queue: queue(id) });
            WaitReason::Blocked { by: by.collect(), parts: is_in_parts(task) }
        }
        State::Incoming if !situation.has_worker(&task.role) => {
            WaitReason::NoAgent { role: task.role.clone() }
        }
        State::Incoming => WaitReason::Ready {
            role: task.role.clone(),
            orchestrator: situation.orchestrator,
            before: task.note.as_deref().filter(|_| task.counters.runs > 0).map(first_line),
        },
        State::Claimed { claim } => {
            WaitReason::Working { agent: claim.holder.agent.clone(), since: claim.claimed_at }
        }
        State::Provisional(provisional) => of_work(task, provisional, situation),
        State::NeedsContinuation { reason } => WaitReason::Stopped { reason: reason.clone() },
        State::Failed { reason } if task.state.is_cancelled() => {
            WaitReason::Cancelled { reason: reason.clone() }
        }
        State::Failed { reason } => WaitReason::Failed { reason: reason.clone() },
        State::Done { landed: Some(commit), at } => WaitReason::Landed { commit: commit.clone(), at: *at },
        State::Done { landed: None, at } => {
            if task.settled.as_ref().is_some_and(|settled| settled.command == "accept") {
                WaitReason::NothingToMerge { at: *at }
            } else if is_in_parts(task) {
                WaitReason::PartsDone { at: *at }
            } else {
                WaitReason::Accepted { at: *at }
            }
        }
    }
}

/// The reason of submitted work.
fn of_work(task: &Task, provisional: &Provisional, situation: &Situation) -> WaitReason {
    match (&provisional.hold, &provisional.approval) {
        (Hold::Person { reason }, _) => WaitReason::Decision { reason: reason.clone() },
        (Hold::Claimed { claim }, None) => {
            WaitReason::Reviewing { agent: claim.holder.agent.clone(), since: claim.claimed_at }
        }
        (Hold::Claimed { claim }, Some(_)) => {
            WaitReason::LandingNow { agent: claim.holder.agent.clone(), since: claim.claimed_at }
        }
        (Hold::Free, Some(Approval { by, person: false, .. })) if situation.person_approves => {
            WaitReason::PersonApproval { approved_by: by.clone() }
        }
        (Hold::Free, Some(Approval { by, .. })) => WaitReason::Landing {
            approved_by: by.clone(),
            orchestrator: situation.orchestrator,
            delay: situation.landings.get(&task.id).cloned(),
        },
        (Hold::Free, None) if !situation.has_reviewer(task) => WaitReason::NoReviewer {
            roles: task.review().into_iter().flat_map(Review::open).cloned().collect(),
        },
        (Hold::Free, None) => WaitReason::Review { orchestrator: situation.orchestrator },
    }
}

/// Returns what can be done, without what the state machine refuses.
fn remedies(task: &Task, reason: &WaitReason) -> Vec<Remedy> {
    let is_possible = |remedy: &Remedy| match remedy {
        Remedy::Retry { task: other, .. } if *other == task.id => {
            RetryEffect::of(&task.state) != RetryEffect::Refused
        }
        _ => true,
    };
    helpful(task, reason).into_iter().filter(is_possible).collect()
}

fn helpful(task: &Task, reason: &WaitReason) -> Vec<Remedy> {
    let id = || task.id.clone();
    let retry = |note| Remedy::Retry { task: id(), note };
    match reason {
        WaitReason::PutAside => vec![retry(false)],
        WaitReason::FlowState { .. } => vec![retry(false), Remedy::Force { task: id() }],
        WaitReason::Blocked { by, .. } => by
            .iter()
            .filter(|blocker| blocker.is_stuck())
            .flat_map(|BlockedBy { task: blocker, queue }| {
                let again = queue.map(|_| Remedy::Retry { task: blocker.clone(), note: false });
                again.into_iter().chain([Remedy::Unblock { task: id(), blocker: blocker.clone() }])
            })
            .collect(),
        WaitReason::NoAgent { role } => vec![Remedy::AddAgent { role: role.clone() }],
        WaitReason::Decision { .. } | WaitReason::PersonApproval { .. } | WaitReason::NoReviewer { .. } => {
            let approve = match &task.attributes.project {
                Some(project) if task.attributes.lands_project => {
                    Remedy::ApproveProject { project: project.clone() }
                }
                _ => Remedy::Approve { task: id() },
            };
            vec![approve, Remedy::Reject { task: id() }, retry(true)]
        }
        WaitReason::Stopped { .. } => vec![retry(true), Remedy::Cancel { task: id() }],
        WaitReason::Failed { .. } | WaitReason::Cancelled { .. } => vec![retry(true)],
        WaitReason::Landing { delay: Some(_), .. } => Vec::new(),
        WaitReason::Ready { orchestrator, .. }
        | WaitReason::Review { orchestrator }
        | WaitReason::Landing { orchestrator, delay: None, .. } => match orchestrator {
            OrchestratorState::Stopped => vec![Remedy::StartOrchestrator],
            OrchestratorState::Paused => vec![Remedy::ResumeOrchestrator],
            OrchestratorState::Unknown | OrchestratorState::Running => Vec::new(),
        },
        WaitReason::Working { .. }
        | WaitReason::Reviewing { .. }
        | WaitReason::LandingNow { .. }
        | WaitReason::Landed { .. }
        | WaitReason::NothingToMerge { .. }
        | WaitReason::PartsDone { .. }
        | WaitReason::Accepted { .. } => Vec::new(),
    }
}

/// Returns whether a task was broken down.
fn is_in_parts(task: &Task) -> bool {
    task.breakdown.as_ref().is_some_and(|breakdown| breakdown.done)
}

/// Returns the first line of a note, shortened and without control characters.
fn first_line(note: &str) -> String {
    let line = note.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line: String = line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if line.chars().count() <= NOTE {
        return line;
    }
    line.chars().take(NOTE - 1).chain(['…']).collect()
}
