//! What a task's flow asks for on its way: steps, scripts, reviewers.

use super::setting::{Setting, content};
use octopoid_core::flow::{Flow, FlowFile, FlowProblem, Known};
use octopoid_core::model::{AgentName, NewTask, Queue, RoleName, StepStatus, TaskId};
use octopoid_core::orchestrator::{AgentSettings, Builder};
use octopoid_core::role::RoleSpec;
use octopoid_core::runner::AgentReport;
use octopoid_core::store::StoreExt;
use octopoid_core::testing::{PlainRole, Scene};
use octopoid_core::transition::{Actor, Purpose};
use std::sync::Arc;

fn style() -> RoleName {
    RoleName::new("style").unwrap()
}

/// A flow with the roles and the step that tests have.
pub(crate) fn compiled(flow: &str) -> Result<Flow, Vec<FlowProblem>> {
    let roles = [
        (RoleName::implement(), Purpose::Work),
        (RoleName::new("document").unwrap(), Purpose::Work),
        (RoleName::review(), Purpose::Review),
        (style(), Purpose::Review),
    ];
    let known = Known::default().with_roles(roles).with_steps(["announce"]);
    serde_json::from_str::<FlowFile>(flow).unwrap().compile(&known)
}

/// A setting whose tasks follow this flow.
pub(super) fn setting(
    flow: &str,
    script: impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static,
) -> Setting {
    let mut setting = Setting::new(script);
    setting.settings = setting.settings.with_flow("default", compiled(flow).unwrap());
    setting
}

/// The same with a second kind of reviewer.
pub(super) fn with_style(setting: &Setting) -> Builder {
    let agent = AgentSettings::new(AgentName::new("stylist").unwrap(), style()).with_runner("scripted");
    setting
        .builder()
        .role(Arc::new(PlainRole::new(RoleSpec::reviewer(style(), "judges the style"))))
        .agent(agent)
}

pub(super) async fn run(builder: Builder) {
    builder.build().await.unwrap().run_until_idle().await.unwrap();
}

/// An agent whose first work the reviewer of the style sends back.
pub(super) fn wants_capitals(scene: &Scene<'_>) -> AgentReport {
    match (scene.role(), scene.read("a.txt").as_str()) {
        ("style", "first\n") => scene.reject("capital letters, please"),
        ("review" | "style", _) => scene.approve("fine"),
        (_, before) => {
            let text = if before.is_empty() { "first\n" } else { "FIRST\n" };
            scene.write("a.txt", text);
            scene.commit(text.trim());
            scene.submit("wrote it")
        }
    }
}

pub(super) fn landing(conditions: &str, steps: &str) -> String {
    format!(
        r#"{{"transitions": [
            {{"from": "claimed", "to": "provisional", "steps": ["rebase", "run_tests"]}},
            {{"from": "provisional", "to": "done", {conditions}, "steps": {steps}}}
        ]}}"#
    )
}

pub(super) const MERGE: &str = r#"["rebase", "run_tests", "merge"]"#;

pub(super) async fn roles_of(setting: &Setting, id: &TaskId) -> Vec<String> {
    let runs = setting.runs(id).await;
    runs.iter().filter_map(|run| Some(run.role.as_ref()?.to_string())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn work_lands_when_every_reviewer_is_content_each_asked_once() {
    let flow = landing(r#""conditions": [{"role": "review"}, {"role": "style"}]"#, MERGE);
    let setting = setting(&flow, |scene| match scene.role() {
        "style" => scene.approve("in good style"),
        _ => content(scene),
    });
    let id = setting.enqueue("Two reviews").await;
    run(with_style(&setting)).await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    let mut roles = roles_of(&setting, &id).await;
    roles.sort();
    assert_eq!(roles, ["implement", "review", "style"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_rejection_of_two_sends_the_work_back_and_both_look_again() {
    let flow = landing(r#""conditions": [{"role": "review"}, {"role": "style"}]"#, MERGE);
    let setting = setting(&flow, wants_capitals);
    let id = setting.enqueue("Mended in round two").await;
    run(with_style(&setting)).await;
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.rejections), (Queue::Done, 1));
    assert_eq!(std::fs::read_to_string(setting.repository.path().join("a.txt")).unwrap(), "FIRST\n");
    let roles = roles_of(&setting, &id).await;
    assert_eq!(roles.iter().filter(|role| *role == "implement").count(), 2);
    assert_eq!(roles.iter().filter(|role| *role == "style").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_one_approval_is_enough_one_rejection_does_not_matter() {
    let flow = landing(r#""approvals": "any", "conditions": [{"role": "review"}, {"role": "style"}]"#, MERGE);
    let setting = setting(&flow, |scene| match scene.role() {
        "style" => scene.reject("not to my taste"),
        _ => content(scene),
    });
    let id = setting.enqueue("One is enough").await;
    run(with_style(&setting)).await;
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.rejections), (Queue::Done, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn i15_the_same_findings_twice_in_a_row_ask_a_person_before_the_rounds_are_spent() {
    let setting = Setting::new(|scene| match scene.role() {
        "review" => scene.reject(&format!("line {}: the error is swallowed", scene.request().attempt)),
        _ => {
            scene.write("a.txt", &format!("{}\n", scene.request().attempt));
            scene.commit("Try");
            scene.submit("tried")
        }
    });
    let id = setting.enqueue("Stubborn").await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.review_rounds), (Queue::Provisional, 2));
    assert!(task.state.needs_person().unwrap().contains("twice in a row"), "{:?}", task.state);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_the_last_word_where_the_flow_says_so() {
    let flow = landing(r#""conditions": [{"role": "review"}, {"manual": true}]"#, MERGE);
    let setting = setting(&flow, content);
    let id = setting.enqueue("Careful").await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert!(task.state.needs_person().unwrap().contains("last word"), "{:?}", task.state);
    let ada = Actor::Person("ada".to_owned());
    setting.store.approve(&task.scope, &id, ada, "go on").await.unwrap();
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_conditions_nobody_reviews_and_the_tests_run_all_the_same() {
    let setting = setting(&landing(r#""conditions": []"#, MERGE), content);
    let id = setting.enqueue("Trusted").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert_eq!(roles_of(&setting, &id).await, ["implement"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn i15_a_script_that_fails_comes_back_to_the_agent_before_anybody_reviews() {
    let flow = landing(
        r#""conditions": [{"role": "review"}, {"name": "no-tabs", "script": "! grep -q x a.txt"}]"#,
        r#"["rebase", "run_tests", {"name": "test -f a.txt", "run": "test -f a.txt && echo it is there"}, "merge",
            {"name": "afterwards", "run": "echo \"$OCTOPOID_TASK_ID\" >> ../../afterwards"}]"#,
    );
    let setting = setting(&flow, |scene| match (scene.role(), scene.read("a.txt").as_str()) {
        ("review", _) => scene.approve("fine"),
        (_, before) => {
            scene.write("a.txt", if before.is_empty() { "x\n" } else { "y\n" });
            scene.commit("Write");
            scene.submit("wrote it")
        }
    });
    let id = setting.enqueue("Without an x").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert_eq!(roles_of(&setting, &id).await, ["implement", "implement", "review"]);
    let runs = setting.runs(&id).await;
    let status = |run: usize, name: &str| {
        runs[run].steps.iter().filter(|step| step.name == name).map(|step| step.status).collect::<Vec<_>>()
    };
    assert_eq!(status(0, "no-tabs"), [StepStatus::Refused]);
    assert_eq!(status(1, "no-tabs"), [StepStatus::Done]);
    assert_eq!(status(3, "no-tabs"), [StepStatus::Skipped], "the same content has passed");
    assert_eq!(status(3, "merge"), [StepStatus::Done]);
    // Steps are done, whatever content they find.
    assert_eq!(status(3, "test -f a.txt"), [StepStatus::Done]);
    assert_eq!(status(3, "afterwards"), [StepStatus::Done]);
    let marker = setting.repository.path().join(".octopoid/afterwards");
    assert_eq!(std::fs::read_to_string(marker).unwrap(), format!("{id}\n"));
    let tested = &runs[3].steps.iter().find(|step| step.name == "test -f a.txt").unwrap().detail;
    assert!(tested.contains("it is there"), "what it printed is kept: {tested}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_does_not_merge_leaves_the_base_branch_alone() {
    let flow = landing(r#""conditions": [{"role": "review"}]"#, "[]");
    let setting = setting(&flow, content);
    let id = setting.enqueue("Only look").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert_eq!(setting.log("main").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_of_an_unknown_flow_waits_for_a_person_before_an_agent_is_paid() {
    let setting = Setting::new(content);
    let mut new = NewTask::new("Lost", "What is to be done.");
    new.attributes.flow = Some("research".to_owned());
    let id = setting.create(new).await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert!(task.state.needs_person().unwrap().contains("no flow `research`"), "{:?}", task.state);
    assert!(setting.runner.calls().is_empty());
}
