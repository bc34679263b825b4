//! What decisions do, in words: the one source for every screen. Pure.

use super::decide::Decision;
use super::retry::RetryEffect;
use super::tell::Hearing;
use crate::model::{ReviewVerdict, Task};

/// How approved work lands, as far as a screen knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Landing {
    /// Branch that tasks land on which name no other.
    pub base_branch: String,
    /// Whether tests are configured, which have to pass on the merged result.
    pub tests: bool,
    /// Whether a pull request is merged.
    pub pull_request: bool,
}

impl Landing {
    /// Returns a landing on a branch by Octopoid itself, without tests.
    pub fn new(base_branch: impl Into<String>) -> Self {
        Self { base_branch: base_branch.into(), ..Self::default() }
    }

    /// Sets whether tests are configured.
    #[must_use]
    pub fn with_tests(mut self, tests: bool) -> Self {
        self.tests = tests;
        self
    }

    /// Sets whether a pull request is merged.
    #[must_use]
    pub fn with_pull_request(mut self, pull_request: bool) -> Self {
        self.pull_request = pull_request;
        self
    }
}

/// Returns what a decision does to a task, in words that complete "this …". `landing` is `None` where it is not known how
/// work lands.
pub fn effect(decision: &Decision, task: &Task, landing: Option<&Landing>) -> String {
    match decision {
        Decision::Approve { .. } => approval(task, landing),
        Decision::Reject { .. } => {
            format!("goes back to an agent of role `{}`, with your words and its work so far", task.role)
        }
        Decision::Retry { .. } => match RetryEffect::of(&task.state) {
            RetryEffect::Enters => "enters the queue".to_owned(),
            RetryEffect::GoesOn | RetryEffect::Refused => {
                "goes on with its work so far, your words and a fresh bound on attempts".to_owned()
            }
        },
        Decision::Requeue { .. } if task.state.claim().is_some() => {
            "takes it from its agent and puts it back into the queue; the attempt counts".to_owned()
        }
        Decision::Requeue { .. } => "puts it back into the queue".to_owned(),
        Decision::Cancel { .. } if task.state.claim().is_some() => {
            "stops its agent and ends the task; it can be retried later".to_owned()
        }
        Decision::Cancel { .. } => "ends the task without landing it; it can be retried later".to_owned(),
        Decision::Unblock { blocker } => {
            format!("no longer waits for {blocker}, whatever becomes of that")
        }
        Decision::Force { .. } => {
            "moves it without regard to any rule; nothing is run, tested or merged by that".to_owned()
        }
    }
}

/// Returns what a review does to a task, as [`effect`].
pub fn review_effect(verdict: ReviewVerdict, task: &Task, landing: Option<&Landing>) -> String {
    match verdict {
        ReviewVerdict::Approve => effect(&Decision::Approve { comments: String::new() }, task, landing),
        ReviewVerdict::RequestChanges => effect(&Decision::Reject { reason: String::new() }, task, landing),
        ReviewVerdict::Comment => {
            "sends the comments and decides nothing; the next attempt reads them, if there is one".to_owned()
        }
    }
}

/// Returns what the revert of a landed task does, as [`effect`].
pub const fn revert_effect() -> &'static str {
    "adds a task that undoes its commits and lands like any other: tested and reviewed"
}

impl Hearing {
    /// Returns when a message is heard, in words.
    pub const fn effect(self) -> &'static str {
        match self {
            Hearing::WhileItWorks => {
                "its agent hears it with its next step if its program can be told (Claude Code), or when it looks into the thread's file; the next attempt has it in its prompt"
            }
            Hearing::WhileItReviews => {
                "its reviewer hears it with its next step if its program can be told (Claude Code), or when it looks into the thread's file; the next attempt has it in its prompt"
            }
            Hearing::NextAttempt => "its next attempt has it in its prompt",
            Hearing::IfWorkGoesOn => {
                "its work is submitted; the next review and the next attempt, if there is one, have it in their prompts"
            }
            Hearing::OnceContinued => "its next attempt has it in its prompt, once you let it go on",
            Hearing::Never => "it is done, so no agent reads it",
        }
    }
}

fn approval(task: &Task, landing: Option<&Landing>) -> String {
    let project = task.attributes.project.as_ref();
    let branch = match (&task.branch, project, landing) {
        (Some(branch), ..) => format!("`{branch}`"),
        (None, Some(project), Some(_)) if !task.attributes.lands_project => {
            format!("the branch of the project {project}")
        }
        (None, _, Some(landing)) => format!("`{}`", landing.base_branch),
        (None, _, None) => "the base branch".to_owned(),
    };
    let tested = task.submission.as_ref().is_some_and(|work| work.tested.is_some());
    let condition = match landing {
        Some(landing) if landing.pull_request => "",
        Some(landing) if landing.tests => " once the tests pass there",
        Some(_) => "; no tests are configured",
        None if tested => ", tested again if that branch has moved",
        None => "",
    };
    let is_request = landing.is_some_and(|landing| landing.pull_request);
    match project.filter(|_| task.attributes.lands_project) {
        Some(project) => format!("takes the branch of the project {project} to {branch}{condition}"),
        None if is_request => format!("merges its pull request into {branch}"),
        None => format!("lands on {branch}{condition}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RoleName, Scope, State, TaskId};

    fn task() -> Task {
        Task::restored(TaskId::numbered(1), Scope::single(), 1, RoleName::implement(), State::Incoming)
    }

    fn approved(task: &Task, landing: Option<&Landing>) -> String {
        effect(&Decision::Approve { comments: String::new() }, task, landing)
    }

    #[test]
    fn an_approval_says_where_the_work_lands_and_after_what() {
        let (mut work, main) = (task(), Landing::new("main"));
        assert_eq!(approved(&work, None), "lands on the base branch");
        assert_eq!(approved(&work, Some(&main)), "lands on `main`; no tests are configured");
        let tested = main.clone().with_tests(true);
        assert_eq!(approved(&work, Some(&tested)), "lands on `main` once the tests pass there");
        let request = tested.clone().with_pull_request(true);
        assert_eq!(approved(&work, Some(&request)), "merges its pull request into `main`");
        work.attributes.project = Some("index".parse().unwrap());
        assert_eq!(
            approved(&work, Some(&tested)),
            "lands on the branch of the project index once the tests pass there"
        );
        work.attributes.lands_project = true;
        assert_eq!(
            approved(&work, Some(&tested)),
            "takes the branch of the project index to `main` once the tests pass there"
        );
        work.branch = Some("dev".to_owned());
        assert_eq!(approved(&work, None), "takes the branch of the project index to `dev`");
    }

    #[test]
    fn a_review_does_what_its_verdict_does() {
        let reject = Decision::Reject { reason: "why".to_owned() };
        let (work, main) = (task(), Landing::new("main"));
        let words = |verdict| review_effect(verdict, &work, Some(&main));
        assert_eq!(words(ReviewVerdict::Approve), approved(&work, Some(&main)));
        assert_eq!(words(ReviewVerdict::RequestChanges), effect(&reject, &work, None));
        assert!(words(ReviewVerdict::Comment).contains("decides nothing"));
    }
}
