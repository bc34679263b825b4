//! What becomes of a task after its role came to an end. Pure.
//!
//! The class of a failure decides: the agent's own failure is charged to the task, the model's limits and the machine's
//! faults are not (I17), and a person is asked where nothing else can help.

use crate::model::{Finding, Outcome, Policy, ProposedDraft, StopReason, Subtask};
use crate::orchestrator::disk::journal::Report;
use crate::orchestrator::run::pause::{Pause, PauseLength, Paused};
use crate::transition::Purpose;

/// Reason given for a submission without commits.
const NOTHING_SUBMITTED: &str = "the agent says that it submitted work, but there is no commit and no change";

/// Facts that the verdict depends on, beside the report.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) purpose: Purpose,
    /// Commits of the work, counted from its base.
    pub(crate) commits: u32,
    /// Turns of the run.
    pub(crate) turns: u32,
    /// Attempts already charged to the task.
    pub(crate) attempts: u32,
    /// Parts of the work that were found in other places, if it has no commits.
    pub(crate) found: &'a [String],
    pub(crate) policy: &'a Policy,
}

/// Decision on the claim after the role ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Go through the steps and hand the work in.
    Submit,
    /// Hand in what there is, without steps: it burnt out, and a person looks at it.
    BurntOut {
        turn_limit_reached: bool,
    },
    /// File the ideas as drafts; then the task is done.
    Propose {
        drafts: Vec<ProposedDraft>,
    },
    /// Do it in parts.
    BreakDown {
        subtasks: Vec<Subtask>,
    },
    Approve {
        comments: String,
        findings: Vec<Finding>,
    },
    Reject {
        feedback: String,
        findings: Vec<Finding>,
    },
    Requeue {
        reason: String,
    },
    /// Give the claim back, uncharged; the agent, or all that use its account, pause.
    Release {
        reason: String,
        backoff: Option<Pause>,
    },
    Suspend {
        reason: String,
        question: bool,
    },
    Fail {
        reason: String,
    },
}

pub(crate) fn verdict(report: &Report, facts: Facts<'_>) -> Verdict {
    match report {
        Report::Outcome(outcome) => after_outcome(outcome, facts),
        Report::Stopped(stop) => after_stop(stop, facts),
        Report::Failed { message } => Verdict::Requeue { reason: message.clone() },
        Report::Fault { message } => {
            let pause = Pause::after_fault(message.clone());
            Verdict::Release { reason: message.clone(), backoff: Some(pause) }
        }
    }
}

fn after_outcome(outcome: &Outcome, facts: Facts<'_>) -> Verdict {
    match (facts.purpose, outcome) {
        (Purpose::Work, Outcome::Submitted { .. }) if facts.commits > 0 => Verdict::Submit,
        (Purpose::Work, Outcome::Submitted { .. }) if facts.turns >= facts.policy.burnout_turns => {
            Verdict::BurntOut { turn_limit_reached: false }
        }
        (Purpose::Work, Outcome::Submitted { .. }) => Verdict::Requeue {
            reason: [NOTHING_SUBMITTED]
                .into_iter()
                .chain(facts.found.iter().map(String::as_str))
                .collect::<Vec<_>>()
                .join(".\n"),
        },
        (Purpose::Work, Outcome::Proposed { drafts }) => Verdict::Propose { drafts: drafts.clone() },
        (Purpose::Work, Outcome::BrokenDown { subtasks }) => {
            Verdict::BreakDown { subtasks: subtasks.clone() }
        }
        (Purpose::Review, Outcome::Approved { comments, findings }) => {
            Verdict::Approve { comments: comments.clone(), findings: findings.clone() }
        }
        (Purpose::Review, Outcome::Rejected { feedback, findings }) => {
            Verdict::Reject { feedback: feedback.clone(), findings: findings.clone() }
        }
        (_, Outcome::NeedsInput { question }) => {
            Verdict::Suspend { reason: question.clone(), question: true }
        }
        (Purpose::Work, Outcome::Failed { reason }) if facts.attempts + 1 >= facts.policy.attempts => {
            Verdict::Fail { reason: reason.clone() }
        }
        (_, Outcome::Failed { reason }) => Verdict::Requeue { reason: reason.clone() },
        (Purpose::Work, Outcome::Nothing { why }) => Verdict::Suspend {
            reason: if why.is_empty() {
                "the agent found nothing to do".to_owned()
            } else {
                format!("the agent found nothing to do: {why}")
            },
            question: false,
        },
        (_, Outcome::NoReport { seen }) => {
            Verdict::Requeue { reason: format!("the agent ended without a usable report: {seen}") }
        }
        (purpose, outcome) => {
            let work = match purpose {
                Purpose::Work => "work on a task",
                Purpose::Review => "a review",
                Purpose::Land => "a landing",
            };
            Verdict::Requeue { reason: format!("`{}` is no answer to {work}", outcome.kind()) }
        }
    }
}

fn after_stop(stop: &StopReason, facts: Facts<'_>) -> Verdict {
    let words = format!("the agent {}", stop.describe());
    match stop {
        StopReason::MaxTurns if facts.purpose == Purpose::Work => {
            Verdict::BurntOut { turn_limit_reached: true }
        }
        // Without any commit, the number of its turns says it, unless earlier attempts had a part in it.
        StopReason::BurntOut if facts.purpose == Purpose::Work => {
            let says_it = facts.commits == 0 && facts.turns >= facts.policy.burnout_turns;
            Verdict::BurntOut { turn_limit_reached: !says_it }
        }
        StopReason::Budget => Verdict::Suspend { reason: words, question: false },
        StopReason::Cancelled => Verdict::Release { reason: words, backoff: None },
        StopReason::RateLimited { retry_at, .. } | StopReason::Overloaded { retry_at, .. } => {
            let length = retry_at.map_or(PauseLength::Growing, PauseLength::Until);
            let pause = Pause { whose: Paused::Account, length, reason: words.clone() };
            Verdict::Release { reason: words, backoff: Some(pause) }
        }
        StopReason::Unavailable { problem, remedy } => Verdict::Release {
            reason: words,
            backoff: Some(Pause::after_fault(format!("{problem}; {remedy}"))),
        },
        StopReason::Completed
        | StopReason::MaxTurns
        | StopReason::BurntOut
        | StopReason::TimedOut
        | StopReason::Silent
        | StopReason::Crashed { .. } => Verdict::Requeue { reason: words },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn decide(purpose: Purpose, report: Report, commits: u32, attempts: u32) -> Verdict {
        let policy = Policy::default();
        verdict(&report, Facts { purpose, commits, turns: 1, attempts, found: &[], policy: &policy })
    }

    fn submitted() -> Report {
        Report::Outcome(Outcome::Submitted { summary: "done".into() })
    }

    #[test]
    fn i22_a_submission_without_commits_is_charged_and_says_so() {
        assert_eq!(decide(Purpose::Work, submitted(), 1, 0), Verdict::Submit);
        let Verdict::Requeue { reason } = decide(Purpose::Work, submitted(), 0, 0) else { panic!() };
        assert!(reason.contains("no commit and no change"));
    }

    #[test]
    fn i17_limits_and_faults_are_not_charged() {
        let at = Timestamp::from_millis(5);
        let limited = StopReason::RateLimited { retry_at: Some(at), message: "5-hour limit".into() };
        let Verdict::Release { backoff: Some(pause), .. } =
            decide(Purpose::Work, Report::Stopped(limited), 0, 0)
        else {
            panic!()
        };
        assert_eq!((pause.length, pause.whose), (PauseLength::Until(at), Paused::Account));
        for report in [
            Report::Stopped(StopReason::Overloaded { retry_at: None, message: "529".into() }),
            Report::Stopped(StopReason::Unavailable { problem: "no key".into(), remedy: "set it".into() }),
            Report::Fault { message: "disk full".into() },
        ] {
            let verdict = decide(Purpose::Review, report, 0, 0);
            assert!(matches!(verdict, Verdict::Release { backoff: Some(_), .. }), "{verdict:?}");
        }
    }

    #[test]
    fn i15_a_role_that_fails_is_charged_in_its_own_name() {
        for purpose in [Purpose::Work, Purpose::Review] {
            let report = Report::Failed { message: "the role failed: plugin audit 1: no network".into() };
            let Verdict::Requeue { reason } = decide(purpose, report, 0, 0) else { panic!() };
            assert_eq!(reason, "the role failed: plugin audit 1: no network");
        }
    }

    #[test]
    fn i14_an_answer_of_the_wrong_kind_is_no_answer() {
        let approved =
            || Report::Outcome(Outcome::Approved { comments: String::new(), findings: Vec::new() });
        assert!(matches!(decide(Purpose::Work, approved(), 3, 0), Verdict::Requeue { .. }));
        assert!(matches!(decide(Purpose::Review, approved(), 3, 0), Verdict::Approve { .. }));
        assert!(matches!(decide(Purpose::Review, submitted(), 3, 0), Verdict::Requeue { .. }));
    }

    #[test]
    fn i08_only_the_last_attempt_of_a_failing_agent_fails_the_task() {
        let failed = || Report::Outcome(Outcome::Failed { reason: "cannot".into() });
        assert!(matches!(decide(Purpose::Work, failed(), 0, 0), Verdict::Requeue { .. }));
        assert_eq!(decide(Purpose::Work, failed(), 0, 2), Verdict::Fail { reason: "cannot".into() });
        assert!(matches!(decide(Purpose::Review, failed(), 0, 2), Verdict::Requeue { .. }));
    }

    #[test]
    fn an_agent_at_its_limit_of_turns_hands_in_what_there_is() {
        let stopped = || Report::Stopped(StopReason::MaxTurns);
        assert_eq!(decide(Purpose::Work, stopped(), 2, 0), Verdict::BurntOut { turn_limit_reached: true });
        assert!(matches!(decide(Purpose::Review, stopped(), 2, 0), Verdict::Requeue { .. }));
    }
}
