//! From an agent's report to the role's outcome.

use super::builtin;
use super::markdown::in_order;
use super::scene::{Scene, commit};
use octopoid_core::model::{Outcome, StopReason};
use octopoid_core::role::RoleError;
use serde_json::{Value, json};

async fn outcome(role: &str, result: Value) -> Outcome {
    Scene::new(Some(result)).run(&*builtin(role)).await.outcome.unwrap()
}

async fn not_understood(role: &str, result: Value) -> String {
    match outcome(role, result).await {
        Outcome::NoReport { seen } => seen,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_report_of_an_implementer_is_understood() {
    for (result, expected) in [
        (
            json!({ "outcome": "submitted", "summary": "done" }),
            Outcome::Submitted { summary: "done".to_owned() },
        ),
        (
            json!({ "outcome": "needs_input", "question": "which?" }),
            Outcome::NeedsInput { question: "which?".to_owned() },
        ),
        (json!({ "outcome": "failed", "reason": "no way" }), Outcome::Failed { reason: "no way".to_owned() }),
        (json!({ "outcome": "nothing", "reason": "there" }), Outcome::Nothing { why: "there".to_owned() }),
    ] {
        assert_eq!(outcome("implement", result).await, expected);
    }
}

#[tokio::test]
async fn an_approval_needs_no_words() {
    let approved = Outcome::Approved { comments: String::new(), findings: Vec::new() };
    assert_eq!(outcome("review", json!({ "outcome": "approved" })).await, approved);
    assert_eq!(outcome("review", json!({ "outcome": "approved", "feedback": "" })).await, approved);
}

#[tokio::test]
async fn a_rejection_carries_its_feedback() {
    let rejected = Outcome::Rejected { feedback: "Add tests.".to_owned(), findings: Vec::new() };
    assert_eq!(outcome("review", json!({ "outcome": "rejected", "feedback": "Add tests." })).await, rejected);
}

#[tokio::test]
async fn i14_a_rejection_without_feedback_is_no_report() {
    for result in [json!({ "outcome": "rejected" }), json!({ "outcome": "rejected", "feedback": " \n" })] {
        in_order(&not_understood("review", result).await, &["`rejected`", "`feedback`"]);
    }
}

#[tokio::test]
async fn i14_an_unknown_outcome_is_no_report_and_says_what_was_seen() {
    in_order(
        &not_understood("review", json!({ "outcome": "lgtm" })).await,
        &["\"lgtm\"", "unknown", "approved"],
    );
    in_order(&not_understood("review", json!({ "verdict": "approved" })).await, &["no `outcome`"]);
}

#[tokio::test]
async fn i14_another_roles_outcome_is_no_report() {
    for (role, word, allowed) in [
        ("implement", "approved", "submitted, needs_input, failed, nothing"),
        ("review", "submitted", "approved, rejected, needs_input"),
    ] {
        let seen = not_understood(role, json!({ "outcome": word, "summary": "s", "feedback": "f" })).await;
        in_order(&seen, &[&format!("`{word}` is not an outcome of this role"), allowed]);
    }
}

#[tokio::test]
async fn i14_prose_is_never_read_as_a_report() {
    for role in ["implement", "review"] {
        let mut scene = Scene::new(None);
        scene.host.report.text = "{\"outcome\": \"approved\"} I am done: submitted.".to_owned();
        let outcome = scene.run(&*builtin(role)).await.outcome.unwrap();
        let Outcome::NoReport { seen } = outcome else { panic!("{outcome:?}") };
        in_order(&seen, &["no structured result", "it said: ", "I am done: submitted."]);
    }
}

#[tokio::test]
async fn what_the_agent_said_is_quoted_within_a_bound() {
    let mut scene = Scene::new(None);
    scene.host.report.text = "é".repeat(501);
    let outcome = scene.run(&*builtin("implement")).await.outcome.unwrap();
    assert!(outcome.text().ends_with(&format!("it said: {}…", "é".repeat(500))), "{outcome:?}");
}

#[tokio::test]
async fn i14_commits_without_a_report_are_submitted() {
    let mut scene = Scene::new(None);
    scene.host.after = vec![commit('a', "Greet in English"), commit('c', "Greet in French")];
    let outcome = scene.run(&*builtin("implement")).await.outcome.unwrap();
    let Outcome::Submitted { summary } = outcome else { panic!("{outcome:?}") };
    in_order(&summary, &["gave no report", "Greet in English; Greet in French"]);
}

#[tokio::test]
async fn i14_only_commits_of_this_run_count_without_a_report() {
    let mut scene = Scene::new(None).at(vec![commit('a', "Greet in English")]);
    scene.host.after.push(commit('c', "Greet in French"));
    let outcome = scene.run(&*builtin("implement")).await.outcome.unwrap();
    assert_eq!(outcome.text(), "The agent gave no report. It committed: Greet in French");
}

#[tokio::test]
async fn i14_the_commits_of_an_earlier_round_are_not_submitted_again() {
    let scene = Scene::new(None).at(vec![commit('a', "Greet in English")]);
    let outcome = scene.run(&*builtin("implement")).await.outcome.unwrap();
    assert!(matches!(outcome, Outcome::NoReport { .. }), "{outcome:?}");
}

#[tokio::test]
async fn i14_commits_do_not_stand_for_a_verdict() {
    let mut scene = Scene::new(None);
    scene.host.after = vec![commit('a', "Greet in English")];
    let outcome = scene.run(&*builtin("review")).await.outcome.unwrap();
    assert!(matches!(outcome, Outcome::NoReport { .. }), "{outcome:?}");
}

#[tokio::test]
async fn i14_a_report_that_is_not_understood_is_not_made_up_for_by_commits() {
    let mut scene = Scene::new(Some(json!({ "outcome": "failed" })));
    scene.host.after = vec![commit('a', "Half of it")];
    let outcome = scene.run(&*builtin("implement")).await.outcome.unwrap();
    assert!(matches!(outcome, Outcome::NoReport { .. }), "{outcome:?}");
}

#[tokio::test]
async fn an_agent_that_was_stopped_has_no_outcome() {
    let mut scene = Scene::work();
    scene.host.report.stop = StopReason::MaxTurns;
    let outcome = scene.run(&*builtin("implement")).await.outcome;
    assert!(matches!(outcome, Err(RoleError::Agent(StopReason::MaxTurns))), "{outcome:?}");
}
