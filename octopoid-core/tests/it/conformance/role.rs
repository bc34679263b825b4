//! A role, right or wrong in one way.

use super::fails;
use async_trait::async_trait;
use octopoid_core::model::{Outcome, OutcomeKind, StopReason};
use octopoid_core::role::{AgentCall, Role, RoleContext, RoleError, RoleSpec};
use octopoid_core::testing::PlainRole;
use octopoid_core::testing::conformance::role::{Subject, cases, check};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Wrong in what the case of this name looks at.
#[derive(Debug)]
struct Faulty {
    spec: RoleSpec,
    fault: &'static str,
    runs: AtomicU32,
}

#[async_trait]
impl Role for Faulty {
    fn spec(&self) -> &RoleSpec {
        &self.spec
    }

    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError> {
        let submitted = || Outcome::Submitted { summary: "surely".to_owned() };
        if self.fault == "the_same_run_asks_the_same_again" {
            let number = self.runs.fetch_add(1, Ordering::Relaxed);
            context.host.run_agent(AgentCall::new(format!("Call {number}."))).await?;
        }
        let ended = PlainRole::implement().run(context).await;
        match (self.fault, ended) {
            ("each_answer_becomes_its_outcome", Ok(Outcome::Submitted { .. })) => {
                Ok(Outcome::Nothing { why: String::new() })
            }
            ("outcomes_fit_what_the_role_claims_tasks_for", Ok(Outcome::Submitted { .. })) => {
                Ok(Outcome::Approved { comments: String::new(), findings: Vec::new() })
            }
            ("i14_no_result_is_no_success", Ok(Outcome::NoReport { seen })) if seen == "no result" => {
                Ok(submitted())
            }
            ("i14_nonsense_is_no_success", Ok(Outcome::NoReport { seen })) if seen != "no result" => {
                Ok(submitted())
            }
            ("i14_a_refused_report_is_handed_on", Err(RoleError::Report { problem, .. })) => {
                Ok(Outcome::Failed { reason: problem })
            }
            ("i15_an_agent_is_not_called_without_end", Ok(Outcome::NoReport { seen })) => {
                for _ in 0..30 {
                    context.host.run_agent(AgentCall::new("Please.")).await?;
                }
                Ok(Outcome::NoReport { seen })
            }
            ("i17_the_end_of_an_agent_is_handed_on", Err(RoleError::Agent(stop))) => {
                Err(RoleError::Failed(stop.describe()))
            }
            ("what_the_host_cannot_do_is_handed_on", Err(RoleError::Host { message, .. })) => {
                Ok(Outcome::Failed { reason: message })
            }
            ("a_cancelled_run_ends_as_cancelled", Err(RoleError::Agent(StopReason::Cancelled))) => {
                Ok(Outcome::Failed { reason: "cancelled".to_owned() })
            }
            (_, ended) => ended,
        }
    }
}

fn subject(role: Arc<dyn Role>) -> Subject {
    Subject::new(role)
        .answering(json!({ "outcome": "submitted", "summary": "did it" }), OutcomeKind::Submitted)
        .answering(json!({ "outcome": "needs_input", "question": "which?" }), OutcomeKind::NeedsInput)
}

#[tokio::test]
async fn a_right_role_passes() {
    check(&subject(Arc::new(PlainRole::implement()))).await.unwrap();
    let review = Subject::new(Arc::new(PlainRole::review()))
        .answering(json!({ "outcome": "approved" }), OutcomeKind::Approved)
        .answering(json!({ "outcome": "rejected", "feedback": "No." }), OutcomeKind::Rejected);
    check(&review).await.unwrap();
}

#[tokio::test]
async fn each_fault_of_a_role_fails_its_case() {
    for case in cases() {
        let mut spec = PlainRole::implement().spec().clone();
        if case == "the_spec_is_usable" {
            spec.description.clear();
        }
        let role = Faulty { spec, fault: case, runs: AtomicU32::new(0) };
        fails(check(&subject(Arc::new(role))).await, case);
    }
}

/// Panics in the middle of its work.
#[derive(Debug)]
struct Panics(PlainRole);

#[async_trait]
impl Role for Panics {
    fn spec(&self) -> &RoleSpec {
        self.0.spec()
    }

    async fn run(&self, _context: &RoleContext) -> Result<Outcome, RoleError> {
        panic!("the widget is missing")
    }
}

#[tokio::test]
async fn i36_a_role_that_panics_fails_and_does_not_end_the_suite() {
    let report = check(&subject(Arc::new(Panics(PlainRole::implement())))).await.unwrap_err();
    assert!(report.failures.len() + 1 >= cases().count(), "{report}");
    assert!(report.to_string().contains("the widget is missing"), "{report}");
}
