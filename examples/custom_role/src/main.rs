//! Roles of one's own, in Rust: no agent program, no prompt, the same orchestrator.
//!
//! `header.rs` has a role that works on tasks, `review.rs` one that reviews what was submitted. What is put together here
//! is what any program does that embeds Octopoid: a store, a repository, the roles, an agent for each. It listens to what
//! happens while it runs. Run it with `cargo run -p custom_role`.

mod header;
mod review;

use header::AddHeaders;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, NewTask, OrchestratorId, Policy, RoleName, Scope};
use octopoid_core::orchestrator::{AgentSettings, Events, Notice, Orchestrator, Settings};
use octopoid_core::runner::AgentEvent;
use octopoid_core::store::{StoreExt, TaskQuery, TaskStore};
use octopoid_core::testing::TempRepository;
use octopoid_store::MemoryStore;
use review::CheckHeaders;
use serde_json::json;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A repository to work on. Yours is a path.
    let repository = TempRepository::new();
    repository.write("src/main.rs", "fn main() {}\n");
    repository.write("src/tools/mod.rs", "pub mod saw;\n");
    repository.write("notes.txt", "No source.\n");
    repository.commit("Add a program");

    let store = Arc::new(MemoryStore::new(Arc::new(SystemClock), Policy::default()));
    let (add, check) = (RoleName::new("add-headers")?, RoleName::new("check-headers")?);
    // A task goes to the agents of its role.
    let new = NewTask::new("Add licence headers", "Every source file needs one.").with_role(add.clone());
    let first = store.create_task(new).await?;
    let again = NewTask::new("Add them again", "Is one missing?").with_role(add.clone());
    store.create_task(again.with_blocked_by([first.id])).await?;

    let settings = json!({ "line": "// SPDX-License-Identifier: MIT", "extension": "rs" });
    let agent = |name: &str, role: &RoleName| {
        let mut agent = AgentSettings::new(AgentName::new(name)?, role.clone());
        agent.settings = settings.clone();
        Ok::<_, Box<dyn Error>>(agent)
    };
    let orchestrator = Orchestrator::builder()
        .store(store.clone())
        .repository(repository.path())
        .settings(Settings::new(OrchestratorId::new("custom-role")?, "main").with_environment(environment()))
        .role(Arc::new(AddHeaders::new(add.clone())))
        .role(Arc::new(CheckHeaders::new(check.clone())))
        .agent(agent("clerk", &add)?)
        .agent(agent("auditor", &check)?)
        .build()
        .await?;

    // The stream ends with the orchestrator, so whoever watches ends as well.
    let watching = tokio::spawn(watch(orchestrator.events()));
    orchestrator.run_until_idle().await?;
    watching.await??;

    let mut out = std::io::stdout().lock();
    writeln!(out)?;
    for task in store.all_tasks(&TaskQuery::new(Scope::single())).await? {
        let note = task.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        writeln!(out, "{} {} {}{note}", task.id, task.queue(), task.title)?;
    }
    write!(out, "\n{}", repository.git(&["grep", "-n", "SPDX", "main", "--"]))?;
    Ok(())
}

/// Prints what happens, as it happens.
async fn watch(mut events: Events) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    while let Some(notice) = events.next().await {
        match notice {
            Notice::RunStarted { task, agent, role: Some(role), .. } => {
                writeln!(out, "{task} {agent} begins to {role}")?;
            }
            Notice::Agent { task, event: AgentEvent::Text(words), .. } => writeln!(out, "{task}   {words}")?,
            Notice::Step { task, step, .. } => writeln!(out, "{task}   {}: {}", step.name, step.detail)?,
            Notice::RunSettled { task, queue: Some(queue), .. } => writeln!(out, "{task} is in {queue}")?,
            Notice::Warning { message } => writeln!(out, "! {message}")?,
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
