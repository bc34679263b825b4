//! Limits that hold while an agent works (I33).

use super::setting::{Setting, content};
use async_trait::async_trait;
use octopoid_core::model::{AgentName, NewTask, Policy, RoleName, StopReason, Usage, Usd};
use octopoid_core::orchestrator::{AgentSettings, Limits, Orchestrator};
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable,
};
use octopoid_core::testing::PlainRole;
use octopoid_store::MemoryStore;
use std::sync::Arc;

/// An agent that only ends when it is interrupted: it heeds no limit that it is told. Each turn costs ten cents.
#[derive(Debug)]
struct Endless;

#[async_trait]
impl Runner for Endless {
    fn name(&self) -> &str {
        "endless"
    }

    fn resumes_sessions(&self) -> bool {
        false
    }

    async fn check(&self, _request: &RunnerCheck) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        let mut usage = Usage::default();
        while !request.cancel.is_cancelled() && usage.turns < 1000 {
            usage += Usage::default().with_turns(1).with_tokens(10, 1).with_cost_usd(0.1);
            sink.event(AgentEvent::Usage(usage));
            tokio::task::yield_now().await;
        }
        let mut report = AgentReport::stopped(StopReason::Cancelled);
        report.usage = usage;
        report
    }
}

/// Lets the agent work on one task, and gives what that used and why it ended.
async fn used(setting: &Setting) -> (Usage, String) {
    let id = setting.enqueue("Never end").await;
    let agent = AgentSettings::new(AgentName::new("worker").unwrap(), RoleName::implement());
    let orchestrator = Orchestrator::builder()
        .store(setting.store.clone())
        .repository(setting.repository.path())
        .settings(setting.settings.clone())
        .role(Arc::new(PlainRole::implement()))
        .runner(Arc::new(Endless))
        .agent(agent.with_runner("endless"))
        .allow_unserved()
        .build()
        .await
        .unwrap();
    orchestrator.run_until_idle().await.unwrap();
    let run = setting.runs(&id).await.remove(0);
    (run.usage, format!("{:?} {:?}", run.note, setting.task(&id).await.state))
}

#[tokio::test(flavor = "multi_thread")]
async fn i33_the_limit_of_turns_interrupts_an_agent_that_heeds_none() {
    let mut setting = Setting::new(content);
    let policy = Policy::default().with_turns(50, 7);
    setting.store = Arc::new(MemoryStore::new(setting.clock.clone(), policy));
    let (used, why) = used(&setting).await;
    assert_eq!(used.turns, 8, "one turn more than allowed at most: {why}");
    assert!(why.contains("turn"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i33_the_budget_of_a_task_interrupts_an_agent_that_heeds_none() {
    let mut setting = Setting::new(content);
    setting.settings = setting.settings.with_limits(Limits::default().with_cost_usd(0.55, 10.0));
    let (used, why) = used(&setting).await;
    assert_eq!(used.turns, 6, "one turn more than the money allows at most: {why}");
    assert!(why.contains("budget"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i33_an_agent_that_never_commits_is_interrupted_when_it_is_burnt_out() {
    let mut setting = Setting::new(content);
    let policy = Policy::default().with_turns(5, 100);
    setting.store = Arc::new(MemoryStore::new(setting.clock.clone(), policy));
    let (used, why) = used(&setting).await;
    assert_eq!(used.turns, 5, "{why}");
    assert!(why.contains("without a commit"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i33_a_task_asks_for_less_than_its_agent_may_have_and_never_for_more() {
    let asked = async |max_turns: Option<u32>, budget: Option<f64>| {
        let setting = Setting::new(content);
        let mut new = NewTask::new("Bounded", "Do it.");
        new.attributes.model = Some("wanted".to_owned());
        (new.attributes.max_turns, new.attributes.budget_usd) =
            (max_turns, budget.and_then(|usd| Usd::new(usd).ok()));
        let id = setting.create(new).await;
        setting.run_until_idle().await;
        let calls = setting.runner.calls();
        assert_eq!(calls[1].role, RoleName::review());
        assert_eq!(calls[1].model, None, "a reviewer keeps its own");
        assert_eq!(setting.runs(&id).await[0].model.as_deref(), Some("wanted"));
        let call = &calls[0];
        (call.model.clone(), call.max_turns.unwrap(), call.budget_usd.unwrap())
    };
    let wanted = Some("wanted".to_owned());
    let turns = Policy::default().turn_limit;
    assert_eq!(asked(Some(7), Some(0.5)).await, (wanted.clone(), 7, 0.5));
    assert_eq!(asked(Some(turns + 1), Some(1e6)).await, (wanted.clone(), turns, 5.0));
    assert_eq!(asked(None, None).await, (wanted, turns, 5.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn i33_a_task_whose_own_budget_is_spent_waits_for_a_person() {
    let setting = Setting::new(|scene| match scene.role() {
        "review" => scene.reject("again"),
        _ => {
            scene.write("a.txt", &format!("{}\n", scene.request().attempt));
            scene.commit("Try");
            let mut report = scene.submit("tried");
            report.usage.cost_usd = 0.3;
            report
        }
    });
    let mut new = NewTask::new("Bounded", "Do it.");
    new.attributes.budget_usd = Usd::new(0.5).ok();
    let id = setting.create(new).await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    let why = task.needs_person().unwrap_or_default();
    assert!(why.contains("its own budget is $0.50"), "{why}");
}
