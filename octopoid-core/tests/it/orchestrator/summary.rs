//! What an orchestrator says of the tasks when it ends, and what it is not built without.

use super::setting::{Setting, content};
use octopoid_core::flow::{Flow, FlowFile, Known};
use octopoid_core::model::{
    AgentName, Gates, NewTask, Place, Queue, Registration, RoleName, Scope, StateName,
};
use octopoid_core::orchestrator::{AgentSettings, BuildError, Builder, Leftover, Orchestrator};
use octopoid_core::role::{Role, RoleSpec};
use octopoid_core::runner::AgentReport;
use octopoid_core::testing::{PlainRole, Scene};
use octopoid_core::transition::{Actor, Command, Purpose};
use serde_json::json;
use std::sync::Arc;

fn role(name: &str) -> RoleName {
    RoleName::new(name).unwrap()
}

fn agent(name: &str, role: RoleName) -> AgentSettings {
    AgentSettings::new(AgentName::new(name).unwrap(), role).with_runner("scripted")
}

/// A builder with everything but roles and agents.
fn bare(setting: &Setting) -> Builder {
    Orchestrator::builder()
        .store(setting.store.clone())
        .repository(setting.repository.path())
        .settings(setting.settings.clone())
        .clock(setting.clock.clone())
        .runner(Arc::new(setting.runner.clone()))
}

async fn refusal(builder: Builder) -> String {
    match builder.build().await {
        Err(error @ (BuildError::Unserved { .. } | BuildError::Missing(_) | BuildError::Agent { .. })) => {
            error.to_string()
        }
        other => panic!("{other:?}"),
    }
}

/// One task goes each way.
fn each_way(scene: &Scene<'_>) -> AgentReport {
    let title = &scene.request().task_json;
    match scene.role() {
        "implement" if title.contains("Fails") => {
            scene.result(json!({ "outcome": "failed", "reason": "it cannot be done" }))
        }
        "implement" if title.contains("Asks") => {
            scene.result(json!({ "outcome": "needs_input", "question": "which one?" }))
        }
        _ => content(scene),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_says_of_each_task_where_it_stands_and_why() {
    let setting = Setting::new(each_way);
    let lands = setting.enqueue("Lands").await;
    let fails = setting.enqueue("Fails").await;
    let asks = setting.enqueue("Asks").await;
    let blocked = setting.create(NewTask::new("Waits", "…").with_blocked_by([fails.clone()])).await;
    let other = setting.create(NewTask::new("Docs", "…").with_role(role("docs"))).await;
    let summary = setting.builder().build().await.unwrap().run_until_idle().await.unwrap();

    let of = |left: &[Leftover]| {
        left.iter().map(|left| (left.task.clone(), left.queue, left.why.clone())).collect::<Vec<_>>()
    };
    assert_eq!(summary.landed, [lands]);
    assert_eq!(of(&summary.failed), [(fails.clone(), Queue::Failed, "it cannot be done".to_owned())]);
    assert_eq!(of(&summary.needs_person), [(asks, Queue::NeedsContinuation, "which one?".to_owned())]);
    assert_eq!(of(&summary.blocked), [(blocked, Queue::Blocked, format!("waits for {fails}"))]);
    let why = "no agent here has the role `docs`".to_owned();
    assert_eq!(of(&summary.waiting), [(other, Queue::Incoming, why)]);
    assert!(!summary.is_complete() && !summary.held_up && summary.unread.is_none());
    assert_eq!(summary.to_string(), "1 landed, 1 failed, 1 waits for a person, 1 waiting, 1 blocked");

    // What was done before is no longer told; what is left is.
    let again = setting.builder().build().await.unwrap().run_until_idle().await.unwrap();
    let left = summary;
    assert_eq!((again.landed, again.failed), (vec![], vec![]));
    assert_eq!(
        (again.needs_person, again.waiting, again.blocked),
        (left.needs_person, left.waiting, left.blocked)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_a_pause_leaves_are_told_with_the_pause() {
    let setting = Setting::new(content);
    let task = setting.enqueue("Not now").await;
    let orchestrator = setting.builder().build().await.unwrap();
    orchestrator.handle().pause();
    let summary = orchestrator.run_until_idle().await.unwrap();
    assert!(summary.held_up);
    assert_eq!(summary.waiting[0].task, task);
    assert!(summary.waiting[0].why.contains("paused"), "{summary:?}");

    let summary = setting.builder().build().await.unwrap().run_once().await.unwrap();
    assert_eq!(
        summary.waiting[0].queue,
        Queue::Provisional,
        "one look does not review what it hands in: {summary:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn submitted_work_says_whose_review_it_waits_for() {
    let setting = Setting::new(content);
    let flow = reviewed_by(&["style"]);
    let task = setting.enqueue("Style").await;
    let settings = setting.settings.clone().with_flow("default", flow);
    let builder = setting.builder().settings(settings).allow_unserved();
    let summary = builder.build().await.unwrap().run_until_idle().await.unwrap();
    assert_eq!(summary.waiting[0].task, task);
    let why = "it waits for a review by `style`, and no agent here has that role";
    assert_eq!(summary.waiting[0].why, why);
}

#[tokio::test(flavor = "multi_thread")]
async fn i07_a_task_in_a_state_of_another_programs_is_left_alone_and_told() {
    let setting = Setting::new(content);
    let mut new = NewTask::new("Tested elsewhere", "…");
    new.place = Some(Place::State(StateName::new("testing").unwrap()));
    let task = setting.create(new).await;
    let summary = setting.builder().build().await.unwrap().run_until_idle().await.unwrap();
    assert_eq!(setting.task(&task).await.version, 1);
    assert_eq!((&summary.needs_person[0].task, summary.needs_person[0].queue), (&task, Queue::Custom));
    assert!(summary.needs_person[0].why.contains("it is in `testing`"), "{summary:?}");
    let command = Command::Continue { actor: Actor::Person("ada".to_owned()), note: String::new() };
    setting.store.apply(&Scope::single(), &task, command).await.unwrap();
    let summary = setting.builder().build().await.unwrap().run_until_idle().await.unwrap();
    assert_eq!(summary.landed, [task]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_word_that_is_missing_is_told() {
    let setting = Setting::new(content);
    let task = setting.enqueue("Careful").await;
    let mut merge = setting.settings.merge;
    merge.auto = false;
    let settings = setting.settings.clone().with_merge(merge);
    let run = || async {
        setting.builder().settings(settings.clone()).build().await.unwrap().run_until_idle().await
    };
    let summary = run().await.unwrap();
    assert_eq!(summary.needs_person[0].task, task);
    assert_eq!(summary.needs_person[0].why, "approved by reviewer; a person must approve too");
    let command = Command::Approve { actor: Actor::Person("ada".to_owned()), comments: String::new() };
    setting.store.apply(&Scope::single(), &task, command).await.unwrap();
    assert_eq!(run().await.unwrap().landed, [task]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_built_with_which_no_task_could_come_to_its_end() {
    let setting = Setting::new(content);
    let implement = || Arc::new(PlainRole::implement());
    let worker = || agent("writer", RoleName::implement());

    let said = refusal(bare(&setting).role(implement())).await;
    assert!(said.contains("needs an agent") && said.contains("Builder::agent"), "{said}");

    let said = refusal(bare(&setting).role(implement()).agent(worker())).await;
    assert!(
        said.contains("the flow `default` asks for a review, and no agent has a role that reviews"),
        "{said}"
    );
    assert!(said.contains("allow_unserved"), "{said}");

    let docs = Arc::new(PlainRole::new(RoleSpec::worker(role("docs"), "writes")));
    let said = refusal(setting.builder().role(docs.clone())).await;
    assert!(said.contains("no agent has the role `docs`"), "{said}");

    let mut without = worker();
    without.runner = None;
    let said = refusal(bare(&setting).role(implement()).agent(without)).await;
    assert!(
        said.contains("agent `writer`")
            && said.contains("has no runner")
            && said.contains("there are scripted"),
        "{said}"
    );

    for (flow, missing) in [
        (reviewed_by(&["review", "style"]), "no agent has the role `style`"),
        (reviewed_by(&["style", "any"]), "no agent has one of the roles `style`, `security`"),
    ] {
        let settings = setting.settings.clone().with_flow("mine", flow);
        let said = refusal(setting.builder().settings(settings)).await;
        assert!(said.contains("the flow `mine` asks for a review") && said.contains(missing), "{said}");
    }
    let settings = setting.settings.clone().with_flow("mine", with_state_of("docs"));
    let said = refusal(setting.builder().settings(settings)).await;
    assert!(said.contains("has a state for the role `docs`, which no agent has"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_do_need_not_be_here() {
    let setting = Setting::new(content);
    let alone = || {
        bare(&setting).role(Arc::new(PlainRole::implement())).agent(agent("writer", RoleName::implement()))
    };
    alone().allow_unserved().build().await.unwrap();
    // Other machines may review.
    let machine: Registration = serde_json::from_value(json!({
        "scope": Scope::single(), "cluster": "prod", "machine_id": "1", "repo_url": "/r", "hostname": "here",
        "version": null, "capabilities": null,
    }))
    .unwrap();
    alone().settings(setting.settings.clone().with_machine(machine)).build().await.unwrap();
    // A flow may ask nobody, and roles that were only offered need no agent.
    let mut flow = Flow::default();
    flow.provisional.gates = Gates::Nobody;
    let roles: [Arc<dyn Role>; 1] = [Arc::new(PlainRole::review())];
    let task = setting.enqueue("Alone").await;
    let settings = setting.settings.clone().with_flow("default", flow);
    let orchestrator = alone().settings(settings).roles(roles).build().await.unwrap();
    assert_eq!(orchestrator.run_until_idle().await.unwrap().landed, [task]);
}

/// A flow whose work is reviewed by these roles; `any` asks for one of `style` and `security`.
fn reviewed_by(roles: &[&str]) -> Flow {
    let any = roles.contains(&"any");
    let roles = if any { vec!["style", "security"] } else { roles.to_vec() };
    let conditions: Vec<_> = roles.iter().map(|role| json!({ "role": role })).collect();
    let approvals = if any { "any" } else { "all" };
    compile(&json!({ "transitions": [
        { "from": "claimed", "to": "provisional", "steps": ["rebase"] },
        { "from": "provisional", "to": "done", "conditions": conditions, "approvals": approvals,
          "steps": ["rebase", "run_tests", "merge"] },
    ] }))
}

fn with_state_of(role: &str) -> Flow {
    compile(&json!({ "transitions": [
        { "from": "claimed", "to": "provisional", "steps": ["rebase"] },
        { "from": "provisional", "to": "documented", "conditions": [{ "role": "review" }] },
        { "from": "documented", "to": "done", "role": role, "conditions": [{ "role": "review" }],
          "steps": ["rebase", "run_tests", "merge"] },
    ] }))
}

fn compile(file: &serde_json::Value) -> Flow {
    let file: FlowFile = serde_json::from_value(file.clone()).unwrap();
    let reviewers = ["review", "style", "security"].map(|name| (role(name), Purpose::Review));
    let known = Known::default().with_roles(reviewers).with_roles([(role("docs"), Purpose::Work)]);
    file.compile(&known).unwrap()
}
