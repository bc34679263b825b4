//! Streams that the real `claude` program printed, read by the runner as if it ran again.

use crate::support::{Ear, Place};
use octopoid_core::runner::{AgentReport, Runner, StopReason};
use octopoid_roles::claude::ClaudeRunner;

/// Plays a captured stream with its exit code.
async fn play(stream: &str, code: u8) -> AgentReport {
    let place = Place::new();
    let path = format!("{}/tests/it/claude/streams/{stream}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let program = place.script(&format!("cat '{path}'; exit {code}"));
    let mut request = place.request("");
    request.environment.insert("ANTHROPIC_API_KEY".to_owned(), "sk-ant-test".to_owned());
    ClaudeRunner::new().with_program(program).run(&request, &Ear::default()).await
}

#[tokio::test]
async fn a_normal_end_has_its_turns_its_cost_and_its_session() {
    let report = play("first", 0).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    assert!(
        report.usage.turns > 0 && report.usage.cost_usd > 0.0 && report.usage.output_tokens > 0,
        "{report:?}"
    );
    assert!(report.session.is_some());
    assert!(!report.text.is_empty());
}

#[tokio::test]
async fn a_structured_result_is_taken_as_it_is() {
    let report = play("schema-ok", 0).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    assert!(report.result.is_some_and(|result| result.is_object()));
}

#[tokio::test]
async fn a_recovered_fault_and_a_subagents_second_end_are_normal_ends() {
    for stream in ["rate-limit-once", "subagent"] {
        let report = play(stream, 0).await;
        assert_eq!(report.stop, StopReason::Completed, "{stream}: {report:?}");
    }
}

#[tokio::test]
async fn each_bad_end_is_what_it_was() {
    assert_eq!(play("turns1", 1).await.stop, StopReason::MaxTurns);
    assert_eq!(play("budget", 1).await.stop, StopReason::Budget);
    for stream in ["bad-request", "refusal", "max-tokens", "schema-badf"] {
        let report = play(stream, 1).await;
        assert!(matches!(report.stop, StopReason::Crashed { .. }), "{stream}: {report:?}");
    }
}

#[tokio::test]
async fn success_is_never_one_signal() {
    // The same good last event, with an exit code that denies it; and the other way round.
    assert!(matches!(play("first", 1).await.stop, StopReason::Crashed { .. }));
    assert!(matches!(play("bad-request", 0).await.stop, StopReason::Crashed { .. }));
    let denied = play("perm-default", 0).await;
    assert!(denied.stop != StopReason::Completed || denied.text.contains("ermission"), "{denied:?}");
}
