//! Lines that an agent rewords.

use crate::repository::{Repository, summary};
use octopoid_plugin::serde_json::json;
use octopoid_plugin::{AgentReport, Error, ErrorKind};

fn tea() -> Repository {
    let repository = Repository::new();
    repository.commit("feat(kitchen): add tea");
    repository.commit("fix: spills");
    repository
}

#[test]
fn an_agent_rewords_what_is_new() {
    let repository = tea();
    let polished = || {
        repository.harness().settings(json!({ "polish": true })).agent(|call| {
            assert!(call.prompt.contains("kitchen: add tea") && call.output_schema.is_some(), "{call:?}");
            assert!(!call.prompt.contains("begin"), "what is skipped is not asked for: {}", call.prompt);
            Ok(AgentReport::new(json!({ "lines": [
                { "number": 1, "text": "The kitchen makes tea." }, { "number": 2, "text": "Nothing spills" },
            ] })))
        })
    };
    let finished = polished().run();
    assert_eq!(finished.agent_calls.len(), 1);
    assert_eq!(finished.progress, ["rewording 2 lines"]);
    summary(finished);
    let text = repository.read("CHANGELOG.md");
    assert!(
        text.ends_with("### Added\n\n- The kitchen makes tea\n\n### Fixed\n\n- Nothing spills\n"),
        "{text}"
    );
    // Begun anew after a restart, it gets the same answer and finds it in the file.
    assert_eq!(summary(polished().run()), "CHANGELOG.md has the entries already");
    assert_eq!(repository.read("CHANGELOG.md"), text);
}

#[test]
fn an_answer_that_cannot_be_used_leaves_the_plain_lines() {
    let repository = tea();
    let finished = repository
        .harness()
        .settings(json!({ "polish": true }))
        .agent(|_| Ok(AgentReport::new(json!({ "lines": [{ "number": 1, "text": "All better" }] }))))
        .run();
    assert!(
        finished.log.iter().any(|line| line.contains("cannot be used (1 lines for 2)")),
        "{:?}",
        finished.log
    );
    summary(finished);
    assert!(repository.read("CHANGELOG.md").contains("- kitchen: add tea\n"));
}

#[test]
fn an_agent_that_did_not_come_to_its_end_is_handed_on() {
    let repository = tea();
    let stopped = || Error::new(ErrorKind::Agent, "the agent hit its limit").retryable();
    let finished =
        repository.harness().settings(json!({ "polish": true })).agent(move |_| Err(stopped())).run();
    assert_eq!(finished.outcome.unwrap_err(), stopped());
    assert!(!repository.path().join("CHANGELOG.md").exists());
}

#[test]
fn no_agent_is_asked_when_there_is_nothing_to_reword() {
    let repository = Repository::new();
    let finished = repository.harness().settings(json!({ "polish": true })).run();
    assert!(finished.agent_calls.is_empty() && finished.outcome.is_ok(), "{:?}", finished.outcome);
}
