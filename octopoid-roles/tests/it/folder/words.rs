//! Outcomes in words of the role's own.

use super::folders::Folder;
use super::markdown::in_order;
use super::scene::{Scene, commit};
use octopoid_core::model::{Outcome, OutcomeKind};
use octopoid_core::role::Role;
use serde_json::{Value, json};

const DEFINITION: &str = "\
description: Looks at the texts.
claims_from: provisional
outcomes:
  looks_good: approved
  nit-picks: { means: approved, description: It can land; say what would be nicer. }
  needs_work:
    means: rejected
    description: \"It must be: better.\"
";

fn role() -> octopoid_roles::folder::FolderRole {
    Folder::new(DEFINITION, "Say one of {{ outcomes | join(', ') }}.").load()
}

async fn reported(result: Value) -> Outcome {
    Scene::new(Some(result)).run(&role()).await.outcome.unwrap()
}

#[tokio::test]
async fn a_word_means_a_standard_outcome_with_its_field() {
    let approved = |text: &str| Outcome::Approved { comments: text.to_owned(), findings: Vec::new() };
    assert_eq!(reported(json!({ "outcome": "looks_good" })).await, approved(""));
    assert_eq!(reported(json!({ "outcome": "nit-picks", "feedback": "a comma" })).await, approved("a comma"));
    let rejected = Outcome::Rejected { feedback: "Shorter.".to_owned(), findings: Vec::new() };
    assert_eq!(reported(json!({ "outcome": "needs_work", "feedback": "Shorter." })).await, rejected);
}

#[tokio::test]
async fn i14_only_the_roles_own_words_count() {
    for (result, words) in [
        (
            json!({ "outcome": "approved" }),
            &["`approved` is not an outcome of this role", "looks_good, nit-picks"][..],
        ),
        (
            json!({ "outcome": "Looks_good" }),
            &["\"Looks_good\" is unknown", "looks_good, nit-picks, needs_work"],
        ),
        (
            json!({ "outcome": "needs_work" }),
            &["`rejected` without a text in `feedback`", "it said `needs_work`"],
        ),
        (json!({ "outcome": ["looks_good"] }), &["no `outcome`"]),
        (json!("looks_good"), &["no `outcome`"]),
    ] {
        let Outcome::NoReport { seen } = reported(result.clone()).await else { panic!("{result}") };
        in_order(&seen, words);
    }
}

#[tokio::test]
async fn the_agent_is_told_the_words_and_when_to_use_them() {
    let ran = Scene::new(Some(json!({ "outcome": "looks_good" }))).run(&role()).await;
    assert_eq!(ran.prompt(), "Say one of looks_good, nit-picks, needs_work.");
    let schema = ran.call().output_schema.clone().unwrap();
    let outcome = &schema["properties"]["outcome"];
    assert_eq!(outcome["enum"], json!(["looks_good", "nit-picks", "needs_work"]));
    in_order(
        outcome["description"].as_str().unwrap(),
        &["nit-picks: It can land; say what would be nicer.; ", "needs_work: It must be: better."],
    );
    in_order(
        schema["properties"]["feedback"]["description"].as_str().unwrap(),
        &["looks_good: remarks", "nit-picks: remarks", "needs_work: what exactly is to be improved"],
    );
    let fields: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["comments", "feedback", "outcome"]);
}

#[test]
fn a_role_tells_its_words_with_what_they_mean() {
    let role = role();
    let words: Vec<_> = role.outcomes().iter().map(|known| (known.word.as_str(), known.means)).collect();
    assert_eq!(
        words,
        [
            ("looks_good", OutcomeKind::Approved),
            ("nit-picks", OutcomeKind::Approved),
            ("needs_work", OutcomeKind::Rejected)
        ]
    );
    assert_eq!(role.outcomes()[2].description.as_deref(), Some("It must be: better."));
    assert_eq!(role.spec().name.as_str(), "docs");
}

#[tokio::test]
async fn i14_commits_without_a_report_count_where_a_word_means_submitted() {
    let folder = Folder::new("description: D\noutcomes: { finished: submitted }\n", "Work.");
    let mut scene = Scene::new(None);
    scene.host.after = vec![commit('a', "Work")];
    let outcome = scene.run(&folder.load()).await.outcome.unwrap();
    assert_eq!(outcome.kind(), OutcomeKind::Submitted);
}
