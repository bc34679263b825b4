//! States of a flow's own, between `provisional` and `done`.

use super::gates::{compiled, roles_of, run, setting, wants_capitals, with_style};
use super::setting::{Setting, content};
use octopoid_core::model::{AgentName, EventKind, Queue, RoleName, StateName, TaskId};
use octopoid_core::orchestrator::{AgentSettings, Builder};
use octopoid_core::role::RoleSpec;
use octopoid_core::store::StoreExt;
use octopoid_core::testing::PlainRole;
use octopoid_core::transition::Actor;
use std::sync::Arc;

fn flow(ways: &str) -> String {
    format!(
        r#"{{"transitions": [
            {{"from": "claimed", "to": "provisional", "steps": ["rebase", "run_tests"]}}, {ways}
        ]}}"#
    )
}

const STYLED: &str = r#"
    {"from": "provisional", "to": "styled", "conditions": [{"role": "review"}],
     "steps": [{"name": "between", "run": "echo \"$OCTOPOID_TASK_ID\" >> ../../between"}]},
    {"from": "styled", "to": "done", "conditions": [{"role": "style"}, {"name": "text", "script": "ls *.txt"}],
     "steps": ["rebase", "run_tests", "merge"]}"#;

const DOCUMENTED: &str = r#"
    {"from": "provisional", "to": "documented", "conditions": [{"role": "review"}]},
    {"from": "documented", "to": "done", "role": "document", "conditions": [{"role": "style"}],
     "steps": ["rebase", "run_tests", "merge"]}"#;

/// With a second kind of reviewer, and a second kind of worker.
fn with_all(setting: &Setting) -> Builder {
    let role = RoleName::new("document").unwrap();
    let agent = AgentSettings::new(AgentName::new("writer").unwrap(), role.clone()).with_runner("scripted");
    with_style(setting)
        .role(Arc::new(PlainRole::new(RoleSpec::worker(role, "writes the documentation"))))
        .agent(agent)
}

async fn state(setting: &Setting, id: &TaskId) -> Option<StateName> {
    setting.task(id).await.submission.unwrap().review.state
}

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_through_each_state_and_its_reviewers_in_order() {
    let setting = setting(&flow(STYLED), |scene| match scene.role() {
        "style" => scene.approve("in good style"),
        _ => content(scene),
    });
    let id = setting.enqueue("Two states").await;
    run(with_style(&setting)).await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert_eq!(roles_of(&setting, &id).await, ["implement", "review", "style"]);
    let history = setting.history(&id).await;
    assert_eq!(history.iter().filter(|kind| **kind == EventKind::Advanced).count(), 1, "{history:?}");
    assert_eq!(setting.log("main").len(), 2, "it has landed");
    let between = setting.repository.path().join(".octopoid/between");
    assert_eq!(std::fs::read_to_string(between).unwrap(), format!("{id}\n"));
    // The script of the later state costs nothing, so it is run before the first reviewer is asked.
    let runs = setting.runs(&id).await;
    assert!(runs[0].steps.iter().any(|step| step.name == "text"), "{:?}", runs[0].steps);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_in_a_later_state_goes_back_to_its_agent_and_through_all_of_them_again() {
    let setting = setting(&flow(STYLED), wants_capitals);
    let id = setting.enqueue("Mended").await;
    run(with_style(&setting)).await;
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.rejections), (Queue::Done, 1));
    let roles = roles_of(&setting, &id).await;
    assert_eq!(roles, ["implement", "review", "style", "implement", "review", "style"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_role_works_in_a_state_of_its_own_in_its_own_conversation() {
    let setting = setting(&flow(DOCUMENTED), |scene| match (scene.role(), scene.read("docs.md").as_str()) {
        ("style", "short\n") => scene.reject("say more"),
        ("style", _) => scene.approve("well said"),
        ("document", before) => {
            scene.write("docs.md", if before.is_empty() { "short\n" } else { "long enough\n" });
            scene.commit("Document it");
            scene.submit("documented it")
        }
        _ => content(scene),
    });
    let id = setting.enqueue("With documentation").await;
    run(with_all(&setting)).await;
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::Done, "{:?}", task.state);
    let roles = roles_of(&setting, &id).await;
    // What the second worker did goes back to the second worker.
    assert_eq!(roles, ["implement", "review", "document", "style", "document", "style"]);
    assert_eq!(
        setting.log("main").len(),
        4,
        "the work, and two commits of documentation: {:?}",
        setting.log("main")
    );
    let calls = setting.runner.calls();
    let resumed: Vec<_> = calls
        .iter()
        .filter(|call| call.role.as_str() == "document")
        .map(|call| call.resume.is_some())
        .collect();
    assert_eq!(resumed, [false, true], "the first time it knows nothing of another role's conversation");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_lets_work_into_the_next_state_and_no_further() {
    let ways = r#"
        {"from": "provisional", "to": "shown", "conditions": [{"manual": true}]},
        {"from": "shown", "to": "done", "conditions": [{"manual": true}], "steps": ["rebase", "run_tests", "merge"]}"#;
    let setting = setting(&flow(ways), content);
    let id = setting.enqueue("Twice").await;
    setting.run_until_idle().await;
    assert_eq!(state(&setting, &id).await, None);
    for (word, stands) in [("fine so far", Some("shown")), ("go", None)] {
        let scope = setting.task(&id).await.scope;
        setting.store.approve(&scope, &id, Actor::Person("ada".to_owned()), word).await.unwrap();
        setting.run_until_idle().await;
        if let Some(name) = stands {
            assert_eq!(state(&setting, &id).await, Some(StateName::new(name).unwrap()));
            assert!(setting.task(&id).await.state.needs_person().is_some());
        }
    }
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_the_flow_has_no_more_strands_nobody() {
    let ways = r#"
        {"from": "provisional", "to": "shown", "conditions": [{"role": "review"}]},
        {"from": "shown", "to": "done", "conditions": [{"manual": true}], "steps": ["rebase", "run_tests", "merge"]}"#;
    let mut setting = setting(&flow(ways), content);
    let id = setting.enqueue("Under way").await;
    setting.run_until_idle().await;
    assert_eq!(state(&setting, &id).await, Some(StateName::new("shown").unwrap()));
    setting.settings.flows.clear();
    let scope = setting.task(&id).await.scope;
    setting.store.approve(&scope, &id, Actor::Person("ada".to_owned()), "go").await.unwrap();
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert_eq!(setting.log("main").len(), 2);
}

#[test]
fn i24_a_flow_that_would_strand_a_task_is_refused() {
    let merge = r#""steps": ["rebase", "run_tests", "merge"]"#;
    for (ways, said) in [
        (r#"{"from": "provisional", "to": "a"}"#.to_owned(), "work never leaves `a`: nothing leads from it"),
        (
            r#"{"from": "provisional", "to": "a"}, {"from": "a", "to": "b"}, {"from": "b", "to": "a"}"#.to_owned(),
            "work goes round for ever: `b` leads back to a state before it",
        ),
        (
            format!(r#"{{"from": "provisional", "to": "done", {merge}}}, {{"from": "a", "to": "done"}}"#),
            "`a` is never reached: nothing leads to it from `provisional`",
        ),
        (
            format!(r#"{{"from": "provisional", "to": "done", {merge}}}, {{"from": "provisional", "to": "a"}}"#),
            "two transitions lead from `provisional`",
        ),
        (
            format!(r#"{{"from": "provisional", "to": "done", "role": "implement", {merge}}}"#),
            "work in `provisional` waits for review, and no role works on it there",
        ),
        (
            format!(r#"{{"from": "provisional", "to": "a"}}, {{"from": "a", "to": "done", "role": "style", {merge}}}"#),
            "the role `style` reviews, and takes no tasks",
        ),
        (
            format!(r#"{{"from": "provisional", "to": "a", "steps": ["rebase"]}}, {{"from": "a", "to": "done", {merge}}}"#),
            "`rebase` would change what was reviewed",
        ),
        (
            r#"{"from": "provisional", "to": "a", "steps": ["merge"]}, {"from": "a", "to": "done"}"#.to_owned(),
            "what is merged is done, and goes to no other state",
        ),
        (
            r#"{"from": "provisional", "to": "done", "steps": ["rebase", "run_tests", "update_changelog", "merge"]}"#.to_owned(),
            "`run_tests` comes before `update_changelog`, so it is about something else than what goes on",
        ),
        (
            r#"{"from": "provisional", "to": "done", "steps": ["rebase", "run_tests", "cleanup", "merge", "create_pr"]}"#.to_owned(),
            "the work is still needed",
        ),
        (
            r#"{"from": "provisional", "to": "done", "steps": ["rebase", "run_tests", "announce", "merge", "announce"]}"#.to_owned(),
            "`announce` stands before `merge` too",
        ),
        (
            format!(r#"{{"from": "provisional", "to": "a b", {merge}}}"#),
            "\"a b\" is not a valid state name",
        ),
        (
            format!(r#"{{"from": "provisional", "to": "failed", {merge}}}"#),
            "a flow has no say in `failed`",
        ),
    ] {
        let problems = compiled(&flow(&ways)).unwrap_err();
        assert!(problems.iter().any(|one| one.problem.starts_with(said)), "{ways}: {problems:?}");
    }
}

#[test]
fn i24_one_cause_is_one_problem() {
    let all = r#""steps": ["rebase", "run_tests", "merge", "cleanup"]"#;
    let to_done = format!(r#"{{"from": "provisional", "to": "done", {all}}}"#);
    let steps = |steps: &str| format!(r#"{{"from": "provisional", "to": "done", "steps": [{steps}]}}"#);
    for (ways, said) in [
        // A state by a wrong name.
        (format!(r#"{{"from": "provisional", "to": "doen", {all}}}"#), "work never leaves `doen`"),
        (format!(r#"{{"from": "provisional", "to": "a b", {all}}}"#), "\"a b\" is not a valid state name"),
        (format!(r#"{{"from": "provisional", "to": "failed", {all}}}"#), "a flow has no say in `failed`"),
        (
            format!(r#"{to_done}, {{"from": "provisional", "to": "a"}}, {{"from": "a", "to": "done"}}"#),
            "two transitions lead from `provisional`",
        ),
        // A step by a wrong name.
        (steps(r#""rebas", "run_tests", "merge", "cleanup""#), "there is no step `rebas`"),
        (steps(r#""rebase", "run_tests", "mrge", "cleanup""#), "there is no step `mrge`"),
        // A step in a wrong place.
        (steps(r#""rebase", "run_tests", "merge", "run_tests""#), "`run_tests` comes too late"),
        (
            r#"{"from": "provisional", "to": "a", "steps": ["merge", "cleanup"]}, {"from": "a", "to": "done"}"#.to_owned(),
            "what is merged is done, and goes to no other state",
        ),
    ] {
        let problems = compiled(&flow(&ways)).unwrap_err();
        assert!(
            matches!(&problems[..], [one] if one.problem.starts_with(said)),
            "{said}, of {ways}: {problems:#?}"
        );
    }
    for (hand_in, said) in [
        (r#""from": "claimd", "to": "provisional""#, "a flow has no say in the way from `claimd`"),
        (
            r#""from": "claimed", "to": "provisional", "steps": ["wait_for_checks", "rebase"]"#,
            "nothing waits while an agent still holds the task",
        ),
    ] {
        let problems = compiled(&format!(r#"{{"transitions": [{{{hand_in}}}, {to_done}]}}"#)).unwrap_err();
        assert!(matches!(&problems[..], [one] if one.problem.starts_with(said)), "{said}: {problems:#?}");
    }
    // Two causes are two problems, and a known step that is missing is not excused by an unknown one.
    let problems = compiled(&flow(&steps(r#""deploy", "merge", "push_branch""#))).unwrap_err();
    let said: Vec<_> = problems.iter().map(|one| one.problem.as_str()).collect();
    assert_eq!(
        said,
        [
            "there is no step `deploy`",
            "`push_branch` comes too late: the work is merged by then",
            "the base branch would move to something that was never tested",
        ]
    );
}
