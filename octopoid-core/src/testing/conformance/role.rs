//! Conformance suite for every [`Role`].
//!
//! ```
//! use octopoid_core::model::OutcomeKind;
//! use octopoid_core::testing::PlainRole;
//! use octopoid_core::testing::conformance::role::{Subject, check};
//! use serde_json::json;
//! use std::sync::Arc;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let subject = Subject::new(Arc::new(PlainRole::implement()))
//!     .answering(json!({ "outcome": "submitted", "summary": "did it" }), OutcomeKind::Submitted);
//! check(&subject).await.unwrap();
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

use super::{Failures, Report, Verdict, ensure};
use crate::model::{Outcome, OutcomeKind, StopReason, Timestamp};
use crate::orchestrator::panics::catch_panic;
use crate::role::{Role, RoleError, WorkspaceKind};
use crate::testing::TestHost;
use crate::transition::Purpose;
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Maximum number of agent calls in one run that a role may make.
const MOST_CALLS: usize = 20;

/// Role under test.
#[derive(Debug, Clone)]
pub struct Subject {
    role: Arc<dyn Role>,
    settings: Value,
    answers: Vec<(Value, OutcomeKind)>,
}

impl Subject {
    /// Creates a subject for a role without settings. Unless [`Subject::answering`] is called, the role is assumed to call no agent.
    pub fn new(role: Arc<dyn Role>) -> Self {
        Self { role, settings: Value::Null, answers: Vec::new() }
    }

    /// Sets the settings of the role's agent.
    #[must_use]
    pub fn with_settings(mut self, settings: Value) -> Self {
        self.settings = settings;
        self
    }

    /// Adds a result that the role's agent gives to each call, with the outcome expected of the run.
    #[must_use]
    pub fn answering(mut self, result: Value, outcome: OutcomeKind) -> Self {
        self.answers.push((result, outcome));
        self
    }

    async fn run(&self, host: &Arc<TestHost>) -> Result<Outcome, RoleError> {
        let mut context = host.context("Add a greeting", "Greet in every language.");
        context.settings = self.settings.clone();
        // Panics are caught as the orchestrator catches them (I36).
        let ran = catch_panic(self.role.run(&context)).await;
        ran.unwrap_or_else(|words| panic!("the role panicked: {words}"))
    }
}

type Case = for<'a> fn(&'a Subject) -> Pin<Box<dyn Future<Output = Verdict> + 'a>>;

macro_rules! cases {
    ($($case:ident),+ $(,)?) => { &[$((stringify!($case), |subject| Box::pin($case(subject)))),+] };
}

/// Cases for every role.
const ALL: &[(&str, Case)] = cases![the_spec_is_usable];

/// Cases for roles that call an agent.
const ASKING: &[(&str, Case)] = cases![
    each_answer_becomes_its_outcome,
    outcomes_fit_what_the_role_claims_tasks_for,
    i14_no_result_is_no_success,
    i14_nonsense_is_no_success,
    i14_a_refused_report_is_handed_on,
    i15_an_agent_is_not_called_without_end,
    i17_the_end_of_an_agent_is_handed_on,
    what_the_host_cannot_do_is_handed_on,
    a_cancelled_run_ends_as_cancelled,
    the_same_run_asks_the_same_again,
];

/// Returns the names of all cases.
pub fn cases() -> impl Iterator<Item = &'static str> {
    ALL.iter().chain(ASKING).map(|(name, _)| *name)
}

/// Runs a role through all cases, or through those for roles without an agent.
///
/// # Errors
/// [`Report`] with every failed case.
pub async fn check(subject: &Subject) -> Result<(), Report> {
    let mut failures = Failures::default();
    let asking = if subject.answers.is_empty() { &[][..] } else { ASKING };
    for (name, case) in ALL.iter().chain(asking) {
        failures.run(name, case(subject)).await;
    }
    failures.report()
}

async fn the_spec_is_usable(subject: &Subject) -> Verdict {
    let spec = subject.role.spec();
    let is_line = !spec.description.trim().is_empty() && !spec.description.contains(char::is_control);
    ensure(is_line, || format!("its description is no line: {:?}", spec.description))?;
    let fits = match spec.claims {
        Purpose::Work => true,
        Purpose::Review => spec.workspace != WorkspaceKind::Own,
        Purpose::Land => false,
    };
    ensure(fits, || format!("it claims for {:?} and works in {:?}", spec.claims, spec.workspace))
}

async fn each_answer_becomes_its_outcome(subject: &Subject) -> Verdict {
    for (result, wanted) in &subject.answers {
        match subject.run(&TestHost::reporting(result.clone())).await {
            Ok(outcome) if outcome.kind() == *wanted => {}
            other => return Err(format!("{result} became {other:?}, not {wanted}")),
        }
    }
    Ok(())
}

async fn outcomes_fit_what_the_role_claims_tasks_for(subject: &Subject) -> Verdict {
    for (result, _) in &subject.answers {
        let Ok(outcome) = subject.run(&TestHost::reporting(result.clone())).await else { continue };
        let never: &[OutcomeKind] = match subject.role.spec().claims {
            Purpose::Work => &[OutcomeKind::Approved, OutcomeKind::Rejected],
            Purpose::Review | Purpose::Land => &[
                OutcomeKind::Submitted,
                OutcomeKind::Proposed,
                OutcomeKind::BrokenDown,
                OutcomeKind::Nothing,
            ],
        };
        let fits = !never.contains(&outcome.kind());
        ensure(fits, || {
            format!("{result} became {outcome:?} of a role that claims for {:?}", subject.role.spec().claims)
        })?;
    }
    Ok(())
}

/// Returns whether a run ended without success.
fn is_no_success(ended: &Result<Outcome, RoleError>) -> bool {
    match ended {
        Ok(outcome) => matches!(outcome.kind(), OutcomeKind::NoReport | OutcomeKind::Failed),
        Err(error) => matches!(error, RoleError::Failed(_) | RoleError::Report { .. }),
    }
}

async fn i14_no_result_is_no_success(subject: &Subject) -> Verdict {
    let ended = subject.run(&TestHost::stopping(StopReason::Completed)).await;
    ensure(is_no_success(&ended), || format!("an agent without a result became {ended:?}"))
}

/// Returns results that no role asks for.
fn nonsense() -> [Value; 4] {
    [json!({ "outcome": "famous" }), json!("done, approved, submitted"), json!([]), json!({ "outcome": 7 })]
}

async fn i14_nonsense_is_no_success(subject: &Subject) -> Verdict {
    for result in nonsense() {
        let ended = subject.run(&TestHost::reporting(result.clone())).await;
        ensure(is_no_success(&ended), || format!("{result} became {ended:?}"))?;
    }
    Ok(())
}

async fn i14_a_refused_report_is_handed_on(subject: &Subject) -> Verdict {
    let refused = || RoleError::Report { problem: "at `/x`: no".to_owned(), seen: "{}".to_owned() };
    match subject.run(&TestHost::failing(refused)).await {
        Err(RoleError::Report { problem, .. }) if problem == "at `/x`: no" => Ok(()),
        other => Err(format!("a report that was refused became {other:?}")),
    }
}

async fn i15_an_agent_is_not_called_without_end(subject: &Subject) -> Verdict {
    for result in nonsense() {
        let host = TestHost::reporting(result.clone());
        // The outcome is checked by another case.
        let _ = subject.run(&host).await;
        let calls = host.calls().len();
        ensure(calls <= MOST_CALLS, || format!("{result} made it call its agent {calls} times"))?;
    }
    Ok(())
}

async fn i17_the_end_of_an_agent_is_handed_on(subject: &Subject) -> Verdict {
    let message = || "in words".to_owned();
    let retry_at = Some(Timestamp::from_millis(1_900_000_000_000));
    for stop in [
        StopReason::RateLimited { retry_at, message: message() },
        StopReason::Overloaded { retry_at: None, message: message() },
        StopReason::Unavailable { problem: message(), remedy: message() },
        StopReason::MaxTurns,
        StopReason::Budget,
        StopReason::TimedOut,
        StopReason::Crashed { reason: message() },
    ] {
        match subject.run(&TestHost::stopping(stop.clone())).await {
            Err(RoleError::Agent(seen)) if seen == stop => {}
            other => return Err(format!("{stop:?} became {other:?}")),
        }
    }
    Ok(())
}

async fn what_the_host_cannot_do_is_handed_on(subject: &Subject) -> Verdict {
    let failed = || RoleError::Host { message: "the disk is full".to_owned(), source: None };
    match subject.run(&TestHost::failing(failed)).await {
        Err(RoleError::Host { message, .. }) if message.contains("the disk is full") => Ok(()),
        other => Err(format!("an error of the host became {other:?}")),
    }
}

async fn a_cancelled_run_ends_as_cancelled(subject: &Subject) -> Verdict {
    let host = TestHost::working();
    let cancel = async {
        host.logged("the agent works").await;
        host.cancel();
    };
    match tokio::join!(subject.run(&host), cancel).0 {
        Err(RoleError::Agent(StopReason::Cancelled)) => Ok(()),
        other => Err(format!("a run that was cancelled became {other:?}")),
    }
}

/// After a restart a role is run again for the same run, and its calls are matched by number.
async fn the_same_run_asks_the_same_again(subject: &Subject) -> Verdict {
    for (result, _) in &subject.answers {
        let (first, second) = (TestHost::reporting(result.clone()), TestHost::reporting(result.clone()));
        let (one, other) = (subject.run(&first).await, subject.run(&second).await);
        let asked = |host: &TestHost| -> Vec<_> {
            let folder = host.folder().display().to_string();
            host.calls()
                .into_iter()
                .map(|call| (call.prompt.replace(&folder, "FOLDER"), call.output_schema))
                .collect()
        };
        let (before, after) = (asked(&first), asked(&second));
        ensure(before == after, || format!("it asked {before:?}, and then {after:?}"))?;
        let same = match (&one, &other) {
            (Ok(one), Ok(other)) => one == other,
            (one, other) => one.is_err() == other.is_err(),
        };
        ensure(same, || format!("the same run came to {one:?}, and then to {other:?}"))?;
    }
    Ok(())
}
