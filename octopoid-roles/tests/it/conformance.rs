//! Every runner and every role of this crate does what its trait promises.

use crate::plugin;
use crate::support::{Place, SIM, agent_host};
use octopoid_core::model::OutcomeKind;
use octopoid_core::role::Role;
use octopoid_core::runner::{AgentRequest, Runner};
use octopoid_core::testing::conformance::role::{self, Subject};
use octopoid_core::testing::conformance::runner::{self, Act, STARTS, Stage};
use octopoid_roles::acp::AcpRunner;
use octopoid_roles::claude::ClaudeRunner;
use octopoid_roles::codex::CodexRunner;
use octopoid_roles::command::CommandRunner;
use octopoid_roles::folder::builtin_roles;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A runner whose agent is the sim agent.
struct Sim {
    runner: Arc<dyn Runner>,
    uninstalled: Arc<dyn Runner>,
    /// The arguments of the agent.
    arguments: &'static [&'static str],
    places: Mutex<Vec<Place>>,
}

impl Sim {
    fn new(runner: impl Runner + 'static, uninstalled: impl Runner + 'static) -> Self {
        Self {
            runner: Arc::new(runner),
            uninstalled: Arc::new(uninstalled),
            arguments: &[],
            places: Mutex::default(),
        }
    }

    fn with_arguments(mut self, arguments: &'static [&'static str]) -> Self {
        self.arguments = arguments;
        self
    }
}

impl Stage for Sim {
    fn runner(&self) -> Arc<dyn Runner> {
        self.runner.clone()
    }

    fn call(&self, act: Act) -> AgentRequest {
        let script = match act {
            Act::Reports => "sim: turns 2",
            Act::ReportsNothing => "sim: no-result",
            Act::Crashes => "sim: exit 3 the flux ran out",
            Act::WorksOn => "sim: say working\nsim: hang",
            other => panic!("{other:?}"),
        };
        let place = Place::new();
        let mut request = place.request(&format!("sim: append {STARTS} start\n{script}"));
        request.environment.insert("ANTHROPIC_API_KEY".to_owned(), "sk-ant-test".to_owned());
        request.command.extend(self.arguments.iter().map(|argument| (*argument).to_owned()));
        request.output_schema = Some(json!({ "type": "object", "required": ["outcome"] }));
        self.places.lock().unwrap().push(place);
        request
    }

    fn uninstalled(&self) -> Option<(Arc<dyn Runner>, AgentRequest)> {
        let mut request = self.call(Act::Reports);
        request.command = vec!["no-such-agent".to_owned()];
        Some((self.uninstalled.clone(), request))
    }
}

#[tokio::test]
async fn the_runner_command_conforms() {
    let runner = CommandRunner::new("/");
    runner::check(&Sim::new(runner.clone(), runner)).await.unwrap();
}

#[tokio::test]
async fn the_runner_claude_conforms() {
    let runner = ClaudeRunner::new();
    let stage = Sim::new(runner.clone().with_program(SIM), runner.with_program("no-such-agent"));
    runner::check(&stage).await.unwrap();
}

#[tokio::test]
async fn the_runner_acp_conforms() {
    let runner = AcpRunner::new(agent_host(), "/");
    runner::check(&Sim::new(runner.clone(), runner).with_arguments(&["--acp"])).await.unwrap();
}

#[tokio::test]
async fn the_runner_codex_conforms() {
    let runner = CodexRunner::new(agent_host(), "/");
    runner::check(&Sim::new(runner.clone(), runner)).await.unwrap();
}

/// A role that hands its agent's words on.
fn subject(role: Arc<dyn Role>, answers: &[(Value, OutcomeKind)]) -> Subject {
    answers
        .iter()
        .fold(Subject::new(role), |subject, (result, kind)| subject.answering(result.clone(), *kind))
}

fn worker() -> [(Value, OutcomeKind); 3] {
    [
        (json!({ "outcome": "submitted", "summary": "did it 🐙" }), OutcomeKind::Submitted),
        (json!({ "outcome": "needs_input", "question": "which \"language\"?" }), OutcomeKind::NeedsInput),
        (json!({ "outcome": "failed", "reason": "no way" }), OutcomeKind::Failed),
    ]
}

#[tokio::test]
async fn the_built_in_roles_conform() {
    let part = json!({ "key": "a", "title": "A", "description": "Do a.", "blocked_by": [] });
    for role in builtin_roles() {
        let answers = match role.spec().name.as_str() {
            "implement" => worker().to_vec(),
            "review" => vec![
                (json!({ "outcome": "approved", "feedback": "" }), OutcomeKind::Approved),
                (json!({ "outcome": "rejected", "feedback": "Add tests." }), OutcomeKind::Rejected),
            ],
            "breakdown" => vec![
                (json!({ "outcome": "broken_down", "subtasks": [part] }), OutcomeKind::BrokenDown),
                (json!({ "outcome": "needs_input", "question": "why?" }), OutcomeKind::NeedsInput),
            ],
            other => panic!("the role {other} is not checked"),
        };
        let name = role.spec().name.clone();
        role::check(&subject(role, &answers)).await.unwrap_or_else(|report| panic!("{name}: {report}"));
    }
}

#[tokio::test]
async fn roles_of_plugins_conform() {
    for (name, role) in plugin::asking().await {
        role::check(&subject(role, &worker())).await.unwrap_or_else(|report| panic!("{name}: {report}"));
    }
}
