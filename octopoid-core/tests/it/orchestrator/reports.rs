//! Structured reports that must fit the schema of their call, whatever the runner.

use super::setting::Setting;
use async_trait::async_trait;
use octopoid_core::model::{AgentName, NewTask, Outcome, Queue, RoleName, Run, StepStatus, StopReason};
use octopoid_core::orchestrator::{AgentSettings, Orchestrator};
use octopoid_core::role::{AgentCall, Role, RoleContext, RoleError, RoleSpec, WorkspaceKind};
use octopoid_core::runner::AgentReport;
use octopoid_core::testing::Scene;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Asks for a judgement with a field of its own.
#[derive(Debug)]
struct Assess {
    spec: RoleSpec,
    schema: Value,
}

fn assess() -> RoleName {
    RoleName::new("assess").unwrap()
}

impl Assess {
    fn with(schema: Value) -> Arc<Self> {
        let spec = RoleSpec::worker(assess(), "assesses").with_workspace(WorkspaceKind::None);
        Arc::new(Self { spec, schema })
    }

    fn new() -> Arc<Self> {
        Self::with(json!({
            "type": "object",
            "properties": { "outcome": { "const": "needs_input" }, "question": {}, "risk": { "enum": ["low", "high"] } },
            "required": ["outcome", "risk"],
            "additionalProperties": false,
        }))
    }
}

#[async_trait]
impl Role for Assess {
    fn spec(&self) -> &RoleSpec {
        &self.spec
    }

    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError> {
        let call = AgentCall::new("Assess it.").with_output_schema(self.schema.clone());
        let report = context.host.run_agent(call).await?;
        let seen = |text: String| Outcome::NoReport { seen: text };
        Ok(match report.result {
            None => seen("no result".to_owned()),
            Some(result) => Outcome::from_result(&result).unwrap_or_else(|error| seen(error.to_string())),
        })
    }
}

fn report(risk: &str) -> Value {
    json!({ "outcome": "needs_input", "question": "ok?", "risk": risk })
}

async fn orchestrator(setting: &Setting, role: Arc<Assess>) -> Orchestrator {
    let agent = AgentSettings::new(AgentName::new("assessor").unwrap(), assess()).with_runner("scripted");
    setting.builder().role(role).agent(agent).build().await.unwrap()
}

/// Runs one attempt of the role, and gives its record.
async fn attempt(
    role: Arc<Assess>,
    script: impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static,
) -> (Setting, Run) {
    let setting = Setting::new(script);
    let id = setting.create(NewTask::new("Assess", "How risky?").with_role(assess())).await;
    orchestrator(&setting, role).await.run_once().await.unwrap();
    let run = setting.runs(&id).await.remove(0);
    (setting, run)
}

#[tokio::test(flavor = "multi_thread")]
async fn i14_a_report_that_does_not_fit_is_corrected_in_the_same_conversation() {
    let (setting, run) = attempt(Assess::new(), |scene| {
        scene.result(report(if scene.request().resume.is_some() { "high" } else { "hgih" }))
    })
    .await;
    assert!(matches!(run.outcome, Some(Outcome::NeedsInput { .. })), "{run:?}");
    let calls = setting.runner.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1].resume, run.session);
    assert!(
        calls[1].prompt.contains("at `/risk`") && calls[1].prompt.contains("hgih"),
        "{}",
        calls[1].prompt
    );
    assert_eq!(calls[1].output_schema, calls[0].output_schema);
    assert_eq!(run.usage.turns, 2, "what corrections use counts");
    assert_eq!(run.own_report(), json!({ "risk": "high" }).as_object().cloned());
}

#[tokio::test(flavor = "multi_thread")]
async fn i14_a_report_that_never_fits_fails_the_attempt_with_what_was_seen() {
    let (setting, run) = attempt(Assess::new(), |scene| scene.result(report("grave"))).await;
    let Some(Outcome::NoReport { seen }) = &run.outcome else { panic!("{run:?}") };
    assert!(seen.contains("at `/risk`") && seen.contains("\"risk\":\"grave\""), "{seen}");
    // Once, and twice again (I15).
    assert_eq!(setting.runner.calls().len(), 3);
    let task = setting.task(&run.task).await;
    assert_eq!((task.queue(), task.counters.attempts), (Queue::Incoming, 1));
    assert_eq!(run.own_report(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn i14_a_correction_without_a_result_is_none() {
    let (_, run) = attempt(Assess::new(), |scene| match &scene.request().resume {
        None => scene.result(report("grave")),
        Some(_) => AgentReport::stopped(StopReason::Completed),
    })
    .await;
    let Some(Outcome::NoReport { seen }) = &run.outcome else { panic!("{run:?}") };
    assert!(seen.contains("has no structured result") && seen.contains("grave"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_without_a_conversation_is_told_everything_again() {
    let (setting, run) = attempt(Assess::new(), |scene| {
        let first = !scene.request().prompt.contains("Correct the report");
        let mut report = scene.result(report(if first { "hgih" } else { "low" }));
        report.session = None;
        report
    })
    .await;
    let calls = setting.runner.calls();
    assert!(calls[1].resume.is_none() && calls[1].prompt.starts_with("Assess it.\n"), "{}", calls[1].prompt);
    assert_eq!(run.own_report(), json!({ "risk": "low" }).as_object().cloned());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_none_is_the_roles_fault_and_asks_no_agent() {
    let (setting, run) =
        attempt(Assess::with(json!({ "type": "objekt" })), |scene| scene.result(json!({}))).await;
    assert!(setting.runner.calls().is_empty());
    assert!(run.note.as_deref().is_some_and(|note| note.contains("not a usable JSON schema")), "{run:?}");
    assert_eq!(setting.task(&run.task).await.counters.attempts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roles_own_fields_are_kept_within_a_bound() {
    let role = || Assess::with(json!({ "type": "object" }));
    let (_, run) = attempt(role(), |scene| {
        scene.result(json!({ "outcome": "needs_input", "question": "?", "notes": "x".repeat(40_000) }))
    })
    .await;
    assert_eq!(run.own_report(), None);
    let step = run.steps.iter().find(|step| step.name == "report").unwrap();
    assert_eq!(step.status, StepStatus::Skipped);
    assert!(step.detail.contains("more than"), "{}", step.detail);
    let (_, run) =
        attempt(role(), |scene| scene.result(json!({ "outcome": "needs_input", "question": "?" }))).await;
    assert!(run.steps.iter().all(|step| step.name != "report"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_a_correction_goes_on_after_a_restart_and_the_first_call_is_not_made_again() {
    let (reached, mut is_correcting) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (released, corrections) = (Mutex::new(released), AtomicUsize::new(0));
    let setting = Setting::new(move |scene| {
        if scene.request().resume.is_none() {
            return scene.result(report("hgih"));
        }
        if corrections.fetch_add(1, Ordering::SeqCst) == 0 {
            reached.send(()).unwrap();
            // Until the test is over: what it would say is nothing to the orchestrator that is gone.
            let _ = released.lock().unwrap().recv();
            return scene.stop(StopReason::Cancelled);
        }
        scene.result(report("low"))
    });
    let id = setting.create(NewTask::new("Assess", "How risky?").with_role(assess())).await;
    tokio::select! {
        ended = orchestrator(&setting, Assess::new()).await.run_once() => panic!("it ended: {ended:?}"),
        _ = is_correcting.recv() => {}
    }
    orchestrator(&setting, Assess::new()).await.run_once().await.unwrap();
    let runs = setting.runs(&id).await;
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!(runs[0].own_report(), json!({ "risk": "low" }).as_object().cloned());
    let firsts = setting.runner.calls().iter().filter(|call| call.resume.is_none()).count();
    assert_eq!(firsts, 1, "what was reported is on disk");
    drop(release);
}
