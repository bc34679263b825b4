//! A runner of one's own: Octopoid drives whatever implements [`Runner`](octopoid_core::runner::Runner).
//!
//! `oracle.rs` is the agent, with a protocol of its own. `runner.rs` is the runner: it passes on what the agent does while
//! it does it, stops it when it has to stop, and says in Octopoid's words how it ended. Here each end is provoked once, to
//! show what then becomes of the task. Run it with `cargo run -p custom_runner`.

mod oracle;
mod runner;

use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, NewTask, OrchestratorId, Policy, RoleName, Scope};
use octopoid_core::orchestrator::{AgentSettings, Events, Handle, Notice, Orchestrator, Settings};
use octopoid_core::runner::AgentEvent;
use octopoid_core::store::TaskStore;
use octopoid_core::testing::{PlainRole, TempRepository};
use octopoid_store::MemoryStore;
use oracle::Oracle;
use runner::OracleRunner;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// A question, and what is particular about it.
struct Scene {
    question: &'static str,
    /// How the agent is set.
    set: fn(&mut AgentSettings),
    /// Whether the orchestrator is to wait until the agent may try again.
    patient: bool,
}

const fn scene(question: &'static str, set: fn(&mut AgentSettings)) -> Scene {
    Scene { question, set, patient: false }
}

const SCENES: [Scene; 10] = [
    scene("What is the answer?", |_| {}),
    Scene { question: "What is asked too often?", set: |_| {}, patient: true },
    scene("What is asked too late?", |_| {}),
    scene("What is secret?", |_| {}),
    scene("What is impossible?", |_| {}),
    scene("What is silence?", |agent| agent.idle_timeout = Some(Duration::from_millis(50))),
    scene("What is chatter?", |agent| agent.timeout = Some(Duration::from_millis(50))),
    scene("What lasts for ever?", |_| {}),
    scene("What is long?", |agent| agent.max_turns = Some(2)),
    scene("What is dear?", |agent| agent.budget_usd = Some(0.15)),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let repository = TempRepository::new();
    for scene in SCENES {
        play(&scene, &repository).await?;
    }
    Ok(())
}

async fn play(scene: &Scene, repository: &TempRepository) -> Result<(), Box<dyn Error>> {
    let clock = Arc::new(SystemClock);
    let store = Arc::new(MemoryStore::new(clock.clone(), Policy::default()));
    let task = store.create_task(NewTask::new("Ask the oracle", scene.question)).await?;
    let mut agent =
        AgentSettings::new(AgentName::new("pythia")?, RoleName::implement()).with_runner("oracle");
    (scene.set)(&mut agent);

    let orchestrator = Orchestrator::builder()
        .store(store.clone())
        .repository(repository.path())
        // Each question is asked in a world of its own.
        .folder(repository.beside(&scene.question.replace([' ', '?'], "-")))
        .settings(Settings::new(OrchestratorId::new("delphi")?, "main").with_environment(environment()))
        .role(Arc::new(PlainRole::implement()))
        .runner(Arc::new(OracleRunner::new(Oracle::default(), clock)))
        .agent(agent)
        // Its answers are not reviewed.
        .allow_unserved()
        .build()
        .await?;
    writeln!(std::io::stdout(), "{}", scene.question)?;
    let watching = tokio::spawn(watch(orchestrator.events(), orchestrator.handle()));
    match scene.patient {
        true => orchestrator.run_until_idle().await?,
        false => orchestrator.run_once().await?,
    };
    watching.await??;

    let task = store.task(&Scope::single(), &task.id).await?;
    let why = task.note.as_deref().or(task.state.needs_person()).unwrap_or("work is submitted");
    writeln!(std::io::stdout(), "  {}, {} charged: {why}", task.queue(), task.counters.attempts)?;
    Ok(())
}

/// Prints what the agent does, and has what takes for ever cancelled.
async fn watch(mut events: Events, handle: Handle) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    let mut last = String::new();
    while let Some(notice) = events.next().await {
        match notice {
            // Once is enough of what it repeats.
            Notice::Agent { event: AgentEvent::Text(words), .. } if words == last => {}
            Notice::Agent { task, event: AgentEvent::Text(words), .. } => {
                writeln!(out, "  says: {words}")?;
                if words.contains("takes its time") {
                    handle.cancel(&task, "nobody can wait so long").await.map_err(std::io::Error::other)?;
                }
                last = words;
            }
            Notice::Agent { event: AgentEvent::Tool { name, input }, .. } => {
                writeln!(out, "  {name} {input}")?
            }
            Notice::Backoff { agent, reason, .. } => writeln!(out, "  {agent} is backing off: {reason}")?,
            _ => {}
        }
    }
    Ok(())
}

/// What git and agents may choose their variables from.
#[expect(clippy::disallowed_methods, reason = "a program reads its environment; libraries are given it")]
fn environment() -> std::collections::BTreeMap<String, String> {
    std::env::vars().collect()
}
