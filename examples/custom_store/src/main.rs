//! Shows that the store keeps everything: an orchestrator works on it, the program lets go of it as if it had ended, and
//! opens the file again. Run it with `cargo run -p custom_store`.

use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, NewTask, OrchestratorId, Policy, RoleName, Scope};
use octopoid_core::orchestrator::{AgentSettings, Orchestrator, Settings};
use octopoid_core::store::{Store, StoreExt, TaskQuery};
use octopoid_core::testing::{PlainRole, ScriptedRunner, TempRepository};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store");
    let repository = TempRepository::new();

    let store = open(&path)?;
    let first = store.create_task(NewTask::new("Say hello", "Write hello.txt.")).await?;
    let goodbye = NewTask::new("Say goodbye", "Write goodbye.txt.").with_blocked_by([first.id]);
    store.create_task(goodbye).await?;
    work(store.clone(), &repository).await?;
    // The last one who has it lets go of it, and so of the file.
    let counted = store.last_event().await?;
    drop(store);

    let again = open(&path)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} events before, {counted} events after", again.last_event().await?)?;
    for task in again.all_tasks(&TaskQuery::new(Scope::single())).await? {
        let history = again.history(&Scope::single(), &task.id).await?;
        let kinds: Vec<_> = history.iter().map(|event| event.kind.as_str()).collect();
        writeln!(out, "{:8} {:6} {:12} {}", task.id, task.queue(), task.title, kinds.join(" "))?;
    }
    Ok(())
}

fn open(path: &Path) -> Result<Arc<dyn Store>, Box<dyn Error>> {
    Ok(Arc::new(custom_store::open(path, Arc::new(SystemClock), Policy::default())?))
}

/// An orchestrator takes any store.
async fn work(store: Arc<dyn Store>, repository: &TempRepository) -> Result<(), Box<dyn Error>> {
    let agent = |name, role| Ok::<_, Box<dyn Error>>(AgentSettings::new(AgentName::new(name)?, role));
    let runner = ScriptedRunner::new(|scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            scene.write(format!("{}.txt", scene.task()), "done\n");
            scene.commit("Say it");
            scene.submit("said it")
        }
    });
    Orchestrator::builder()
        .store(store)
        .repository(repository.path())
        .settings(Settings::new(OrchestratorId::new("custom-store")?, "main").with_environment(environment()))
        .role(Arc::new(PlainRole::implement()))
        .role(Arc::new(PlainRole::review()))
        .runner(Arc::new(runner))
        .agent(agent("writer", RoleName::implement())?.with_runner("scripted"))
        .agent(agent("reader", RoleName::review())?.with_runner("scripted"))
        .build()
        .await?
        .run_until_idle()
        .await?;
    Ok(())
}

/// What git and agents may choose their variables from.
#[expect(clippy::disallowed_methods, reason = "a program reads its environment; libraries are given it")]
fn environment() -> std::collections::BTreeMap<String, String> {
    std::env::vars().collect()
}
