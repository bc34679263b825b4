//! A program with an orchestrator inside.
//!
//! It keeps its tasks in memory, has a role of its own (`greet`), which writes a greeting in the language that a task
//! names, and a runner of its own, which plays the agent with a dictionary instead of a model. Run it with
//! `cargo run -p embed`.

use async_trait::async_trait;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, NewTask, OrchestratorId, Outcome, Policy, RoleName, Scope};
use octopoid_core::orchestrator::{AgentSettings, Orchestrator, Settings};
use octopoid_core::role::{AgentCall, Role, RoleContext, RoleError, RoleSpec};
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, StopReason, Unavailable,
};
use octopoid_core::store::{Store, StoreExt, TaskQuery};
use octopoid_core::testing::TempRepository;
use octopoid_core::transition::Actor;
use octopoid_store::MemoryStore;
use serde_json::json;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;

/// Asks its agent for a greeting and writes it to a file. What is left uncommitted the orchestrator commits.
#[derive(Debug)]
struct Greet {
    spec: RoleSpec,
}

#[async_trait]
impl Role for Greet {
    fn spec(&self) -> &RoleSpec {
        &self.spec
    }

    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError> {
        let language = &context.task.description;
        let report =
            context.host.run_agent(AgentCall::new(format!("Greet the world in {language}."))).await?;
        let Some(greeting) = report.result.as_ref().and_then(|result| result["greeting"].as_str()) else {
            return Ok(Outcome::Failed { reason: format!("no greeting in {language} is known") });
        };
        let file = context.workspace.path.join(format!("{}.txt", context.task.id));
        std::fs::write(&file, format!("{greeting}\n")).map_err(|error| RoleError::Host {
            message: format!("{}: {error}", file.display()),
            source: None,
        })?;
        Ok(Outcome::Submitted { summary: format!("greeted in {language}") })
    }
}

/// Plays the agent: knows a few words.
#[derive(Debug)]
struct Dictionary;

#[async_trait]
impl Runner for Dictionary {
    fn name(&self) -> &str {
        "dictionary"
    }

    fn resumes_sessions(&self) -> bool {
        false
    }

    async fn check(&self, _request: &RunnerCheck) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        sink.event(AgentEvent::Text(format!("looking up: {}", request.prompt)));
        let words = [("English", "Hello, world"), ("French", "Bonjour le monde"), ("German", "Hallo Welt")];
        let found = words.iter().find(|(language, _)| request.prompt.contains(language));
        let mut report = AgentReport::stopped(StopReason::Completed);
        report.usage.turns = 1;
        report.result = found.map(|(_, greeting)| json!({ "greeting": greeting }));
        report
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A repository to work on. Yours is a path.
    let repository = TempRepository::new();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(Arc::new(SystemClock), Policy::default()));
    let role = RoleName::new("greet")?;
    for language in ["English", "French", "German"] {
        let task = NewTask::new(format!("Greet in {language}"), language).with_role(role.clone());
        store.create_task(task).await?;
    }

    let orchestrator = || {
        Orchestrator::builder()
            .store(store.clone())
            .repository(repository.path())
            .settings(
                Settings::new(OrchestratorId::new("embed-1").expect("a valid id"), "main")
                    .with_environment(environment()),
            )
            .role(Arc::new(Greet { spec: RoleSpec::worker(role.clone(), "greets the world") }))
            .runner(Arc::new(Dictionary))
            .agents(["a", "b"].map(|name| {
                AgentSettings::new(AgentName::new(name).expect("a valid name"), role.clone())
                    .with_runner("dictionary")
            }))
            .build()
    };
    orchestrator().await?.run_until_idle().await?;

    // No agent reviews here: this program approves everything itself, and what is approved lands.
    let scope = Scope::single();
    for task in store.all_tasks(&TaskQuery::new(scope.clone())).await? {
        store.approve(&scope, &task.id, Actor::Person("embed".to_owned()), "").await?;
    }
    orchestrator().await?.run_until_idle().await?;

    let mut out = std::io::stdout().lock();
    for task in store.all_tasks(&TaskQuery::new(scope)).await? {
        writeln!(out, "{:8} {:12} {}", task.id, task.queue(), task.title)?;
    }
    writeln!(out, "\nmain:\n{}", repository.git(&["log", "--format=  %s", "main"]))?;
    Ok(())
}

/// What git and agents may choose their variables from.
#[expect(clippy::disallowed_methods, reason = "a program reads its environment; libraries are given it")]
fn environment() -> std::collections::BTreeMap<String, String> {
    std::env::vars().collect()
}
