//! Panics in code that is not ours: a role, a runner, a step, an observer (I36).

use super::gates::setting as with_flow;
use super::setting::{Setting, content};
use async_trait::async_trait;
use octopoid_core::model::{AgentName, Outcome, Queue, RoleName, RunId};
use octopoid_core::orchestrator::{AgentSettings, Observer, Orchestrator, Point, Step, StepContext, StepEnd};
use octopoid_core::role::{Role, RoleContext, RoleError, RoleSpec};
use octopoid_core::runner::{AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable};
use octopoid_core::testing::PlainRole;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Panics wherever it is called.
#[derive(Debug)]
struct Panics {
    spec: RoleSpec,
    calls: AtomicU32,
    /// Whether it may be checked.
    checks: bool,
}

impl Panics {
    fn new(checks: bool) -> Arc<Self> {
        let spec = RoleSpec::worker(RoleName::implement(), "panics");
        Arc::new(Self { spec, calls: AtomicU32::new(0), checks })
    }

    fn panic(&self) -> ! {
        self.calls.fetch_add(1, Ordering::SeqCst);
        panic!("the widget is missing")
    }
}

#[async_trait]
impl Role for Panics {
    fn spec(&self) -> &RoleSpec {
        &self.spec
    }

    async fn run(&self, _context: &RoleContext) -> Result<Outcome, RoleError> {
        self.panic()
    }
}

#[async_trait]
impl Runner for Panics {
    fn name(&self) -> &str {
        "panics"
    }

    fn resumes_sessions(&self) -> bool {
        false
    }

    async fn check(&self, _request: &RunnerCheck) -> Result<(), Unavailable> {
        if self.checks { Ok(()) } else { self.panic() }
    }

    async fn run(&self, _request: &AgentRequest, _sink: &dyn AgentSink) -> AgentReport {
        self.panic()
    }
}

#[async_trait]
impl Step for Panics {
    fn name(&self) -> &str {
        "announce"
    }

    async fn run(&self, _context: &StepContext) -> Result<StepEnd, Box<dyn Error + Send + Sync>> {
        self.panic()
    }
}

fn worker() -> AgentSettings {
    AgentSettings::new(AgentName::new("worker").unwrap(), RoleName::implement())
}

async fn run(setting: &Setting, role: Arc<dyn Role>, runner: Arc<dyn Runner>) {
    let orchestrator = Orchestrator::builder()
        .store(setting.store.clone())
        .repository(setting.repository.path())
        .settings(setting.settings.clone())
        .role(role)
        .runner(runner)
        .agent(worker().with_runner("panics"))
        .allow_unserved()
        .build()
        .await
        .unwrap();
    orchestrator.run_until_idle().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn i36_a_role_that_panics_is_charged_until_a_person_decides() {
    let setting = Setting::new(content);
    let id = setting.enqueue("Panic").await;
    let panics = Panics::new(true);
    run(&setting, panics.clone(), panics.clone()).await;
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), panics.calls.load(Ordering::SeqCst)), (Queue::NeedsContinuation, 3));
    let runs = setting.runs(&id).await;
    assert!(runs[0].note.as_ref().unwrap().contains("the widget is missing"), "{:?}", runs[0].note);
}

#[tokio::test(flavor = "multi_thread")]
async fn i36_a_runner_that_panics_is_a_failed_attempt_with_its_words() {
    let setting = Setting::new(content);
    let id = setting.enqueue("Panic").await;
    let panics = Panics::new(true);
    run(&setting, Arc::new(PlainRole::implement()), panics.clone()).await;
    assert_eq!(setting.task(&id).await.queue(), Queue::NeedsContinuation);
    let note = setting.runs(&id).await[0].note.clone().unwrap();
    assert!(note.contains("the runner `panics` panicked: the widget is missing"), "{note}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i36_a_runner_whose_check_panics_is_not_there_and_no_task_is_touched() {
    let setting = Setting::new(content);
    let id = setting.enqueue("Panic").await;
    run(&setting, Arc::new(PlainRole::implement()), Panics::new(false)).await;
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.runs), (Queue::Incoming, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn i36_a_step_that_panics_asks_a_person_and_keeps_the_work() {
    let flow = r#"{"transitions": [
        {"from": "claimed", "to": "provisional", "steps": ["rebase", "run_tests", "announce"]},
        {"from": "provisional", "to": "done", "conditions": [{"role": "review"}], "steps": ["rebase", "run_tests", "merge"]}
    ]}"#;
    let setting = with_flow(flow, content);
    let id = setting.enqueue("Panic").await;
    let orchestrator = setting.builder().step(Panics::new(true)).build().await.unwrap();
    orchestrator.run_until_idle().await.unwrap();
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    let reason = task.state.needs_person().unwrap();
    assert!(reason.contains("`announce` panicked: the widget is missing"), "{reason}");
}

/// Stands for a defect of our own: it panics in the middle of each run.
#[derive(Debug, Default)]
struct Defect(AtomicU32);

impl Observer for Defect {
    fn reached(&self, point: Point, _run: &RunId) {
        if point == Point::Prepared {
            self.0.fetch_add(1, Ordering::SeqCst);
            panic!("a defect")
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i36_a_run_that_a_defect_cuts_off_each_time_ends_at_a_person_without_a_restart() {
    let setting = Setting::new(content);
    let id = setting.enqueue("Meet the defect").await;
    let defect = Arc::new(Defect::default());
    let orchestrator = setting.builder().observer(defect.clone()).build().await.unwrap();
    orchestrator.run_until_idle().await.unwrap();
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    assert!(task.state.needs_person().unwrap().contains("was cut off"), "{:?}", task.state);
    assert_eq!(defect.0.load(Ordering::SeqCst), 9, "the first time, and eight times more");
}
