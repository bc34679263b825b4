//! One machine: a clone, a client of the server, and an orchestrator.

use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, Registration, RoleName, Scope};
use octopoid_core::orchestrator::{AgentSettings, Handle, Orchestrator, RunError, Settings, Summary};
use octopoid_core::testing::{PlainRole, ScriptedRunner, TempRemote};
use octopoid_store::{HttpOptions, HttpStore};
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// A machine at work.
pub(crate) struct Machine {
    handle: Handle,
    running: JoinHandle<Result<Summary, RunError>>,
}

impl Machine {
    /// Clones the repository and begins to take tasks.
    pub(crate) async fn start(
        name: &str,
        roles: &[&str],
        url: &str,
        origin: &TempRemote,
        folder: &Path,
    ) -> Result<Self, Box<dyn Error>> {
        let clone = folder.join(name);
        let cloned =
            Command::new("git").arg("clone").arg("--quiet").arg(origin.path()).arg(&clone).status()?;
        if !cloned.success() {
            return Err(format!("{name} cannot clone the repository").into());
        }
        let registration =
            Registration::new(Scope::single(), "example", name, origin.path().display().to_string());
        let id = registration.id()?;
        let options = HttpOptions::new(url, Arc::new(SystemClock)).with_orchestrator(id.clone());
        let store = Arc::new(HttpStore::connect(options).await?);
        let settings = Settings::new(id, "main")
            .with_remote("origin")
            .with_machine(registration)
            .with_shared_work()
            .with_environment(environment());
        let agents = roles.iter().map(|role| {
            let agent = AgentName::new(format!("{name}-{role}"));
            Ok(AgentSettings::new(agent?, RoleName::new(*role)?).with_runner("scripted"))
        });
        let orchestrator = Orchestrator::builder()
            .store(store)
            .repository(&clone)
            .settings(settings)
            .role(Arc::new(PlainRole::implement()))
            .role(Arc::new(PlainRole::review()))
            .runner(Arc::new(agent_program()))
            .agents(agents.collect::<Result<Vec<_>, octopoid_core::model::InvalidId>>()?)
            .build()
            .await?;
        let handle = orchestrator.handle();
        Ok(Self { handle, running: tokio::spawn(orchestrator.run()) })
    }

    /// Finishes what it has, and ends.
    pub(crate) async fn stop(self) -> Result<(), Box<dyn Error>> {
        self.handle.drain();
        self.running.await??;
        Ok(())
    }
}

/// What plays the agents: it writes a file, and is content with every file that is there.
fn agent_program() -> ScriptedRunner {
    ScriptedRunner::new(|scene| match scene.role() {
        "review" => scene.approve("it is there"),
        _ => {
            let task = scene.task().to_owned();
            scene.write(format!("{task}.txt"), "done\n");
            scene.commit(&format!("Do {task}"));
            scene.submit("wrote the file")
        }
    })
}

/// What git may choose its variables from.
#[expect(clippy::disallowed_methods, reason = "a program reads its environment; libraries are given it")]
fn environment() -> std::collections::BTreeMap<String, String> {
    std::env::vars().collect()
}
