//! What an attempt takes over from those before it: why the last one came to nothing, and its conversation (I21, I34). Pure.

use crate::model::{AgentName, Outcome, Run, SessionId, StopReason};
use crate::role::PreviousAttempt;
use crate::transition::Purpose;

/// Number of failures in a row after which a conversation is taken to be what fails, and a new one begins.
const MOST_FAILURES: usize = 2;

/// Beginning of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::orchestrator::run) struct Start {
    /// The attempt before it, where that came to nothing.
    pub(in crate::orchestrator::run) previous: Option<PreviousAttempt>,
    /// The conversation to go on in.
    pub(in crate::orchestrator::run) session: Option<SessionId>,
    /// Turns of the attempts before it that were interrupted without a commit: together they are one long attempt.
    pub(in crate::orchestrator::run) idle_turns: u32,
}

/// Decides what the attempt `own` begins with. `runs` are the task's runs, newest first; `can_resume` says whether the agent of
/// `own` can go on in a conversation of another agent.
///
/// A worker goes on in its own conversation. A reviewer begins a new one, so that it does not repeat itself, unless its review of
/// this very submission was interrupted.
pub(in crate::orchestrator::run) fn start(
    runs: &[Run],
    own: &Run,
    purpose: Purpose,
    can_resume: impl Fn(&AgentName) -> bool,
) -> Start {
    let mut earlier: Vec<&Run> = runs.iter().filter(|run| run.number < own.number).collect();
    earlier.sort_by_key(|run| std::cmp::Reverse(run.number));
    if purpose == Purpose::Review {
        let submitted = earlier.iter().position(|run| is_submission(run));
        earlier.truncate(submitted.unwrap_or(earlier.len()));
    }
    earlier.retain(|run| run.role == own.role && has_begun(run));
    let Some(last) = earlier.first() else { return Start::default() };
    let previous = came_to_nothing(last, purpose).then(|| PreviousAttempt {
        number: last.number,
        why: why(last),
        last_words: last.last_words.clone(),
    });
    let here = last.orchestrator == own.orchestrator && can_resume(&last.agent);
    let wanted = match purpose {
        Purpose::Work => true,
        Purpose::Review => previous.is_some(),
        Purpose::Land => false,
    };
    let session =
        last.session.clone().filter(|session| here && wanted && !is_failing(session, &earlier, purpose));
    let interrupted = earlier.iter().take_while(|run| run.commits == 0 && is_interrupted(run));
    let idle_turns = interrupted.fold(0, |sum: u32, run| sum.saturating_add(run.usage.turns));
    Start { previous, session, idle_turns }
}

/// Returns whether an agent was at work: a run that was stopped before that has nothing to go on from.
fn has_begun(run: &Run) -> bool {
    run.session.is_some()
        || run.usage.turns > 0
        || run.outcome.is_some()
        || run.stopped.as_ref().is_some_and(is_failure)
}

/// Returns whether a conversation came to nothing as often in a row as it may.
fn is_failing(session: &SessionId, newest_first: &[&Run], purpose: Purpose) -> bool {
    let charged = |run: &&&Run| run.session.as_ref() == Some(session) && is_charged(run, purpose);
    newest_first.iter().take_while(charged).count() >= MOST_FAILURES
}

fn is_submission(run: &Run) -> bool {
    matches!(run.outcome, Some(Outcome::Submitted { .. })) && run.commits > 0
}

/// Returns whether nothing was made of a run.
fn came_to_nothing(run: &Run, purpose: Purpose) -> bool {
    match &run.outcome {
        None | Some(Outcome::NoReport { .. } | Outcome::Failed { .. } | Outcome::Nothing { .. }) => true,
        Some(Outcome::Submitted { .. }) => purpose == Purpose::Work && run.commits == 0,
        Some(
            Outcome::Approved { .. }
            | Outcome::Rejected { .. }
            | Outcome::BrokenDown { .. }
            | Outcome::Proposed { .. }
            | Outcome::NeedsInput { .. },
        ) => false,
    }
}

/// Returns whether the agent is to blame for that nothing was made of its run, and not the model's limits, the machine or a
/// person.
fn is_charged(run: &Run, purpose: Purpose) -> bool {
    let by_agent = run.stopped.as_ref().map_or(run.outcome.is_some(), is_failure);
    by_agent && came_to_nothing(run, purpose)
}

/// Returns whether an attempt was cut off by something that says nothing about the agent or its work.
fn is_interrupted(run: &Run) -> bool {
    run.outcome.is_none()
        && match &run.stopped {
            None => true,
            Some(stop) => match stop {
                StopReason::Cancelled
                | StopReason::RateLimited { .. }
                | StopReason::Overloaded { .. }
                | StopReason::Unavailable { .. } => true,
                StopReason::Completed
                | StopReason::MaxTurns
                | StopReason::BurntOut
                | StopReason::Budget
                | StopReason::TimedOut
                | StopReason::Silent
                | StopReason::Crashed { .. } => false,
            },
        }
}

/// Returns whether an agent that was stopped so has failed.
fn is_failure(stop: &StopReason) -> bool {
    match stop {
        StopReason::Crashed { .. } | StopReason::TimedOut | StopReason::Silent => true,
        StopReason::Completed
        | StopReason::MaxTurns
        | StopReason::BurntOut
        | StopReason::Budget
        | StopReason::Cancelled
        | StopReason::RateLimited { .. }
        | StopReason::Overloaded { .. }
        | StopReason::Unavailable { .. } => false,
    }
}

fn why(run: &Run) -> String {
    let stopped = || run.stopped.as_ref().map(|stop| format!("the agent {}", stop.describe()));
    let words = run.note.clone().filter(|note| !note.is_empty()).or_else(stopped);
    words.unwrap_or_else(|| "it was cut off".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{OrchestratorId, RoleName, Scope, TaskId, Timestamp};

    fn run(number: u32, session: &str) -> Run {
        let mut run = Run::new(
            Scope::single(),
            TaskId::new("task-1").unwrap(),
            number,
            AgentName::new("a").unwrap(),
            Some(RoleName::implement()),
            OrchestratorId::new("here").unwrap(),
            Timestamp::from_millis(0),
        );
        run.session = SessionId::new(session).ok();
        run
    }

    fn stopped(number: u32, session: &str, stop: StopReason) -> Run {
        Run { stopped: Some(stop), ..run(number, session) }
    }

    fn crashed(number: u32, session: &str) -> Run {
        stopped(number, session, StopReason::Crashed { reason: "exit status 1".into() })
    }

    fn limited(number: u32, session: &str) -> Run {
        stopped(number, session, StopReason::RateLimited { retry_at: None, message: "429".into() })
    }

    fn decide(runs: &[Run], number: u32) -> Start {
        start(runs, &run(number, ""), Purpose::Work, |_| true)
    }

    fn session(start: &Start) -> Option<&str> {
        start.session.as_ref().map(SessionId::as_str)
    }

    #[test]
    fn i34_whatever_interrupted_an_attempt_the_next_one_goes_on_in_its_conversation_and_is_told_why() {
        let ends = [
            StopReason::Cancelled,
            StopReason::RateLimited { retry_at: None, message: "429".into() },
            StopReason::Overloaded { retry_at: None, message: "529".into() },
            StopReason::Crashed { reason: "exit status 1".into() },
            StopReason::TimedOut,
            StopReason::Silent,
            StopReason::MaxTurns,
            StopReason::BurntOut,
        ];
        for stop in ends {
            let next = decide(&[stopped(1, "s", stop.clone())], 2);
            assert_eq!(session(&next), Some("s"), "{stop:?}");
            assert!(next.previous.unwrap().why.contains(&stop.describe()), "{stop:?}");
        }
        // One that was stopped before its agent began changes nothing.
        let mut never_begun = stopped(2, "", StopReason::Cancelled);
        never_begun.session = None;
        assert_eq!(session(&decide(&[never_begun, limited(1, "s")], 3)), Some("s"));
        // The orchestrator was killed, and nothing is known of how it ended.
        assert_eq!(session(&decide(&[run(1, "s")], 2)), Some("s"));
    }

    #[test]
    fn i15_interruptions_do_not_begin_the_count_of_turns_without_a_commit_anew() {
        let used = |mut run: Run, turns| {
            run.usage.turns = turns;
            run
        };
        let (second, first) = (used(limited(2, "s"), 30), used(limited(1, "s"), 20));
        assert_eq!(decide(&[second.clone(), first.clone()], 3).idle_turns, 50);
        assert_eq!(decide(&[second, Run { commits: 1, ..first }], 3).idle_turns, 30);
        // Once a person has let it go on, it is counted from there.
        assert_eq!(decide(&[used(stopped(1, "s", StopReason::BurntOut), 80)], 2).idle_turns, 0);
    }

    #[test]
    fn i15_a_conversation_that_fails_twice_in_a_row_is_given_up() {
        assert_eq!(session(&decide(&[crashed(1, "s")], 2)), Some("s"));
        let next = decide(&[crashed(2, "s"), crashed(1, "s")], 3);
        assert_eq!(session(&next), None);
        assert!(next.previous.is_some());
        assert_eq!(session(&decide(&[crashed(3, "t"), crashed(2, "s"), crashed(1, "s")], 4)), Some("t"));
        // A limit of the model's is no failure of the conversation, however often it is met.
        let limits: Vec<_> = (1..20).rev().map(|number| limited(number, "s")).collect();
        assert_eq!(session(&decide(&limits, 20)), Some("s"));
    }

    #[test]
    fn a_conversation_of_another_machine_role_or_program_is_not_gone_on_in() {
        let mut elsewhere = limited(1, "s");
        elsewhere.orchestrator = OrchestratorId::new("there").unwrap();
        let next = decide(&[elsewhere], 2);
        assert_eq!((session(&next), next.previous.is_some()), (None, true));
        let of_reviewer = Run { role: Some(RoleName::review()), ..limited(1, "s") };
        assert_eq!(decide(&[of_reviewer], 2), Start::default());
        assert_eq!(start(&[limited(1, "s")], &run(2, ""), Purpose::Work, |_| false).session, None);
    }

    #[test]
    fn i22_a_submission_without_commits_goes_on_in_its_conversation_with_the_reason() {
        let submitted = Some(Outcome::Submitted { summary: "done".into() });
        let empty = Run { outcome: submitted.clone(), note: Some("no commit".into()), ..run(1, "s") };
        let next = decide(std::slice::from_ref(&empty), 2);
        assert_eq!(session(&next), Some("s"));
        assert_eq!(next.previous.unwrap().why, "no commit");
        let again = Run { number: 2, ..empty.clone() };
        assert_eq!(session(&decide(&[again, empty], 3)), None);
        let real = Run { outcome: submitted, commits: 1, ..run(1, "s") };
        assert_eq!(
            (session(&decide(std::slice::from_ref(&real), 2)), decide(&[real], 2).previous),
            (Some("s"), None)
        );
    }

    #[test]
    fn a_reviewer_goes_on_only_in_a_review_of_this_submission_that_was_interrupted() {
        let review = |number| Run { role: Some(RoleName::review()), ..run(number, "r") };
        let interrupted = |number| Run { role: Some(RoleName::review()), ..limited(number, "r") };
        let work = |number| {
            let outcome = Some(Outcome::Submitted { summary: "done".into() });
            Run { outcome, commits: 1, ..run(number, "s") }
        };
        let decide = |runs: &[Run]| start(runs, &review(9), Purpose::Review, |_| true);
        assert_eq!(session(&decide(&[interrupted(2), work(1)])), Some("r"));
        assert_eq!(decide(&[work(3), interrupted(2), work(1)]), Start::default());
        let rejected = Run {
            outcome: Some(Outcome::Rejected { feedback: "no".into(), findings: Vec::new() }),
            ..review(2)
        };
        assert_eq!(decide(&[rejected, work(1)]), Start::default());
    }
}
