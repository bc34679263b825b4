//! The `command` runner with real programs.

use crate::support::{Ear, Place};
use octopoid_core::model::StopReason;
use octopoid_core::runner::{AgentEvent, Runner};
use octopoid_roles::command::CommandRunner;

async fn run(place: &Place, description: &str) -> (octopoid_core::runner::AgentReport, Ear) {
    let ear = Ear::default();
    let report = CommandRunner::new(place.path()).run(&place.request(description), &ear).await;
    (report, ear)
}

#[tokio::test]
async fn an_agent_works_commits_and_reports() {
    let place = Place::new();
    let (report, ear) = run(&place, "sim: turns 5\nsim: cost 0.25").await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?} {:?}", ear.events());
    let result = report.result.unwrap();
    assert_eq!(result["outcome"], "submitted");
    assert_eq!(place.subjects(), ["first", "Add a greeting"]);
    assert_eq!(place.read("task-7.txt"), "Add a greeting\n");
    assert!(report.usage.turns >= 5 && report.usage.cost_usd > 0.24, "{:?}", report.usage);
    assert_eq!(report.session.unwrap().as_str(), "sim-task-7");
    let counted = |event: &AgentEvent| matches!(event, AgentEvent::Usage(usage) if usage.turns == 3);
    assert!(ear.events().iter().any(counted), "{:?}", ear.events());
}
