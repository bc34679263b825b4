//! What an embedding program can measure and trace.

use super::setting::{Setting, content};
use async_trait::async_trait;
use octopoid_core::flow::{FlowFile, Known};
use octopoid_core::model::{AgentName, RoleName, RunStage, StopReason};
use octopoid_core::orchestrator::{Listener, Notice, Step, StepContext, StepEnd};
use octopoid_core::runner::AgentEvent;
use octopoid_core::transition::Purpose;
use serde_json::json;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Notice>>);

impl Listener for Heard {
    fn hear(&self, notice: &Notice) {
        self.0.lock().unwrap().push(notice.clone());
        // It is not the orchestrator's affair.
        if matches!(notice, Notice::RunStarted { .. }) {
            panic!("this listener is broken");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_hears_how_long_runs_stages_calls_and_steps_took() {
    let setting = Setting::new(content);
    let heard = Arc::new(Heard::default());
    let task = setting.enqueue("Measured").await;
    let summary =
        setting.builder().listener(heard.clone()).build().await.unwrap().run_until_idle().await.unwrap();
    assert_eq!(summary.landed, std::slice::from_ref(&task));

    let heard = heard.0.lock().unwrap().clone();
    let runs = setting.runs(&task).await;
    assert_eq!(runs.len(), 3, "one works, one reviews, one lands");
    for run in &runs {
        let of_run: Vec<_> = heard.iter().filter(|notice| about(notice) == Some(run.id.as_str())).collect();
        let settled = of_run.iter().find_map(|notice| match notice {
            Notice::RunSettled { duration, .. } => Some(*duration),
            _ => None,
        });
        let stages: Vec<_> = of_run
            .iter()
            .filter_map(|notice| match notice {
                Notice::Stage { stage, duration, .. } => Some((*stage, *duration)),
                _ => None,
            })
            .collect();
        let whole = stages.iter().map(|(_, duration)| *duration).sum();
        assert!(settled.unwrap() >= whole, "{of_run:#?}");
        let names: Vec<_> = stages.iter().map(|(stage, _)| *stage).collect();
        let agent = [RunStage::Claimed, RunStage::Prepared, RunStage::AgentRunning, RunStage::AgentFinished];
        match run.role.as_ref().map(RoleName::as_str) {
            Some("implement") => assert_eq!(names, [&agent[..], &[RunStage::Steps]].concat()),
            Some(_) => assert_eq!(names, agent),
            None => assert_eq!(names, [RunStage::Claimed, RunStage::Prepared, RunStage::Steps]),
        }
        let calls: Vec<_> = of_run
            .iter()
            .filter_map(|notice| match notice {
                Notice::AgentCall { call, stop, role, duration, .. } => {
                    Some((*call, stop.clone(), Some(role.clone()), *duration <= whole))
                }
                _ => None,
            })
            .collect();
        match &run.role {
            Some(role) => assert_eq!(calls, [(1, StopReason::Completed, Some(role.clone()), true)]),
            None => assert!(calls.is_empty()),
        }
        let steps = of_run.iter().filter(|notice| matches!(notice, Notice::Step { .. })).count();
        assert_eq!(steps, run.steps.len(), "each step on record is told");
    }
    let merge = heard.iter().find_map(|notice| match notice {
        Notice::Step { step, duration, .. } if step.name == "merge" => Some(*duration),
        _ => None,
    });
    assert!(!merge.unwrap().is_zero(), "git works for some time");
}

fn about(notice: &Notice) -> Option<&str> {
    match notice {
        Notice::RunStarted { run, .. }
        | Notice::Agent { run, .. }
        | Notice::AgentCall { run, .. }
        | Notice::Stage { run, .. }
        | Notice::Step { run, .. }
        | Notice::RunSettled { run, .. } => Some(run.as_str()),
        _ => None,
    }
}

/// Every kind of notice, as it is serialized. Others read it: a name here is never changed.
#[test]
fn notices_are_serialized_under_stable_names() {
    let usage = json!({ "turns": 3, "input_tokens": 10, "output_tokens": 2, "cost_usd": 0.5 });
    let at = "2026-01-02T03:04:05.000Z";
    let step = json!({ "name": "rebase", "status": "done", "detail": "onto main", "at": at });
    let snapshots = [
        json!({ "type": "run_started", "run": "task-1-1", "task": "task-1", "title": "Say hello", "agent": "writer",
            "role": "implement", "resumed": false }),
        json!({ "type": "agent", "run": "task-1-1", "task": "task-1", "event": { "kind": "session", "data": "s-1" } }),
        json!({ "type": "agent", "run": "task-1-1", "task": "task-1", "event": { "kind": "text", "data": "hello" } }),
        json!({ "type": "agent", "run": "task-1-1", "task": "task-1",
            "event": { "kind": "tool", "data": { "name": "Bash", "input": "ls" } } }),
        json!({ "type": "agent", "run": "task-1-1", "task": "task-1", "event": { "kind": "usage", "data": usage } }),
        json!({ "type": "agent", "run": "task-1-1", "task": "task-1", "event": { "kind": "log", "data": "a line" } }),
        json!({ "type": "agent_call", "run": "task-1-1", "task": "task-1", "agent": "writer", "role": "implement",
            "call": 1, "stop": { "kind": "completed" }, "usage": usage, "duration_ms": 1500 }),
        json!({ "type": "stage", "run": "task-1-1", "task": "task-1", "agent": "writer", "role": "implement",
            "stage": "agent_running", "duration_ms": 1500 }),
        json!({ "type": "step", "run": "task-1-1", "task": "task-1", "step": step, "duration_ms": 20 }),
        json!({ "type": "run_settled", "run": "task-1-1", "task": "task-1", "agent": "writer", "outcome": "submitted",
            "queue": "provisional", "note": null, "usage": usage, "duration_ms": 2000 }),
        json!({ "type": "backoff", "agent": "writer", "until": at, "reason": "no program" }),
        json!({ "type": "warning", "message": "the queue is away" }),
        json!({ "type": "missed", "count": 7 }),
    ];
    let mut kinds = std::collections::BTreeSet::new();
    for snapshot in snapshots {
        let notice: Notice =
            serde_json::from_value(snapshot.clone()).unwrap_or_else(|error| panic!("{snapshot}: {error}"));
        assert_eq!(serde_json::to_value(&notice).unwrap(), snapshot);
        kinds.insert(kind(&notice));
    }
    assert_eq!(kinds.len(), 13, "each kind has its snapshot");
}

/// Names a notice, with what an agent did. What is added to the enums is added here.
fn kind(notice: &Notice) -> &'static str {
    match notice {
        Notice::RunStarted { .. } => "run started",
        Notice::Agent { event, .. } => match event {
            AgentEvent::Session(_) => "session",
            AgentEvent::Text(_) => "text",
            AgentEvent::Tool { .. } => "tool",
            AgentEvent::Usage(_) => "usage",
            AgentEvent::Log(_) => "log",
            other => panic!("{other:?} has no snapshot"),
        },
        Notice::AgentCall { .. } => "agent call",
        Notice::Stage { .. } => "stage",
        Notice::Step { .. } => "step",
        Notice::RunSettled { .. } => "run settled",
        Notice::Backoff { .. } => "backoff",
        Notice::Warning { .. } => "warning",
        Notice::Missed { .. } => "missed",
        other => panic!("{other:?} has no snapshot"),
    }
}

/// A step of one's own that says something in its own task and in a thread of git's.
#[derive(Debug)]
struct Says;

#[async_trait]
impl Step for Says {
    fn name(&self) -> &str {
        "says"
    }

    async fn run(&self, _context: &StepContext) -> Result<StepEnd, Box<dyn Error + Send + Sync>> {
        tracing::info!(target: "telemetry", "in a step");
        Ok(StepEnd::Done("said".to_owned()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_traced_says_in_which_run_stage_call_and_step_also_from_a_thread() {
    let traced = Traced::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(traced.clone())).unwrap();
    let mut setting = Setting::new(|scene| {
        // A script is played in a thread for what blocks.
        tracing::info!(target: "telemetry", "in a thread");
        content(scene)
    });
    let file: FlowFile = serde_json::from_value(json!({ "transitions": [
        { "from": "claimed", "to": "provisional", "steps": ["rebase", "says"] },
        { "from": "provisional", "to": "done", "conditions": [{ "role": "review" }],
          "steps": ["rebase", "run_tests", "merge"] },
    ] }))
    .unwrap();
    let known = Known::default().with_roles([(RoleName::review(), Purpose::Review)]).with_steps(["says"]);
    setting.settings = setting.settings.with_flow("default", file.compile(&known).unwrap());
    let task = setting.enqueue("Traced").await;
    setting.builder().step(Arc::new(Says)).build().await.unwrap().run_until_idle().await.unwrap();

    let runs = setting.runs(&task).await;
    let id_of = |role: &str| {
        runs.iter()
            .find(|run| run.role.as_ref().is_some_and(|of| of.as_str() == role))
            .unwrap()
            .id
            .to_string()
    };
    let scopes = |role: &str, agent: &str| {
        let id = id_of(role);
        traced
            .scopes()
            .into_iter()
            .filter(|(_, scope)| scope[0].contains(&format!("run.id={id} ")) && scope[0].contains(agent))
            .collect::<Vec<_>>()
    };
    let call = |agent: &str, role: &str| {
        (
            "in a thread".to_owned(),
            vec![
                format!("run agent.name={agent} role={role} run.id={} task.id={task}", id_of(role)),
                "stage stage=agent_running".to_owned(),
                format!("agent call agent.name={agent} call=1 role={role}"),
            ],
        )
    };
    let step = (
        "in a step".to_owned(),
        vec![
            format!("run agent.name=worker-1 role=implement run.id={} task.id={task}", id_of("implement")),
            "stage stage=steps".to_owned(),
            "step step.name=says".to_owned(),
        ],
    );
    assert_eq!(scopes("implement", "worker-1"), [call("worker-1", "implement"), step]);
    assert_eq!(scopes("review", "reviewer"), [call("reviewer", "review")]);
    let landing = AgentName::new("landing").unwrap();
    let spans = traced.spans();
    assert!(
        spans.iter().any(|span| span.starts_with(&format!("run agent.name={landing} run.id="))),
        "{spans:?}"
    );
}

/// Remembers the spans of each event of this test.
#[derive(Clone, Default)]
struct Traced(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    spans: Vec<String>,
    scopes: Vec<(String, Vec<String>)>,
}

impl Traced {
    fn spans(&self) -> Vec<String> {
        self.0.lock().unwrap().spans.clone()
    }

    fn scopes(&self) -> Vec<(String, Vec<String>)> {
        self.0.lock().unwrap().scopes.clone()
    }
}

/// The fields of a span or an event, as text, by their names.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

struct Described(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Traced {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let mut text = attributes.metadata().name().to_owned();
        for (name, value) in fields.0 {
            text += &format!(" {name}={value}");
        }
        self.0.lock().unwrap().spans.push(text.clone());
        context.span(id).unwrap().extensions_mut().insert(Described(text));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != "telemetry" {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let scope = context.event_scope(event).into_iter().flatten().collect::<Vec<_>>();
        let spans = scope.iter().rev().map(|span| span.extensions().get::<Described>().unwrap().0.clone());
        let message = fields.0.remove("message").unwrap_or_default();
        self.0.lock().unwrap().scopes.push((message, spans.collect()));
    }
}
