//! A role in a plain test.

use octopoid_plugin::serde_json::json;
use octopoid_plugin::testing::Harness;
use octopoid_plugin::{
    AgentCall, AgentReport, Change, Commit, Diff, Error, ErrorKind, FileDiff, Host, Message, Outcome, Role,
    RoleSpec, RunRequest,
};

/// Asks for everything that there is.
struct Curious;

impl Role for Curious {
    type Settings = ();

    fn spec() -> RoleSpec {
        RoleSpec::reviewer("curious", "Asks for everything that there is")
    }

    fn new((): ()) -> Result<Self, Error> {
        Ok(Self)
    }

    fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error> {
        host.log("begins");
        host.progress("half way")?;
        let report = host.run_agent(&AgentCall::new(&request.task.title))?;
        let kept = host.keep("notes.txt", report.text)?;
        let seen = json!({
            "task": host.task()?.title,
            "messages": host.messages()?.len(),
            "commits": host.commits()?.len(),
            "patch": host.diff()?.files[0].patch,
            "listed": host.changed_files()?.files[0].patch,
            "one": host.diff_of("b.txt")?.files.len(),
            "kept": kept,
        });
        Ok(Outcome::Approved { feedback: seen.to_string() })
    }
}

fn harness() -> Harness<Curious> {
    let change = |path: &str| FileDiff::new(path, Change::Modified, "--- a\n+++ b\n+one\n+two\n-three\n");
    Harness::new("Look", "At it all")
        .message(Message::new("comment", "ada", "well"))
        .commits(vec![Commit::new("c0ffee", "Make it")])
        .diff(Diff::new(vec![change("a.txt"), change("b.txt")]))
}

#[test]
fn a_role_sees_what_the_test_says() {
    let finished = harness().agent(|_| Ok(AgentReport::new(json!({ "fine": true })))).run();
    let Ok(Outcome::Approved { feedback }) = &finished.outcome else { panic!("{finished:?}") };
    let seen: octopoid_plugin::serde_json::Value = octopoid_plugin::serde_json::from_str(feedback).unwrap();
    assert_eq!(
        seen,
        json!({
            "task": "Look", "messages": 1, "commits": 1, "patch": "--- a\n+++ b\n+one\n+two\n-three\n", "listed": "",
            "one": 1, "kept": "/nonexistent/notes.txt"
        })
    );
    assert_eq!((finished.log, finished.progress), (vec!["begins".to_owned()], vec!["half way".to_owned()]));
    assert_eq!(finished.agent_calls[0].prompt, "Look");
    assert_eq!(finished.artifacts[0].name, "notes.txt");
}

#[test]
fn a_changes_counts_are_those_of_its_patch() {
    let change = FileDiff::new("a", Change::Added, "--- a\n+++ b\n+one\n+two\n-three\n");
    assert_eq!((change.added, change.removed), (2, 1));
}

#[test]
fn an_agents_failure_and_a_cancelled_run_are_errors() {
    let failing = harness().agent(|_| Err(Error::new(ErrorKind::Agent, "it crashed"))).run();
    assert_eq!(failing.outcome.unwrap_err().kind, ErrorKind::Agent);
    assert_eq!(harness().run().outcome.unwrap_err().message, "the test gave the role no agent");
    assert_eq!(harness().cancelled().run().outcome.unwrap_err().kind, ErrorKind::Cancelled);
}

#[test]
fn settings_that_do_not_fit_are_an_error() {
    let finished = harness().settings(json!({ "unknown": 1 })).run();
    assert_eq!(finished.outcome.unwrap_err().kind, ErrorKind::Settings);
}
