//! A program that loads a role from a dynamic library and lets it work.
//!
//! ```console
//! $ make -C plugins/hello-c                          # a role in C; any plugin will do
//! $ cargo run -p load_plugin -- plugins/hello-c/hello-c.so
//! $ cargo run -p load_plugin -- plugins/hello-c/hello-c.so --isolated
//! ```
//!
//! The agent that the role asks for is played by a script, which writes a greeting.

use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, NewTask, OrchestratorId, Policy, Scope};
use octopoid_core::orchestrator::{AgentSettings, Orchestrator, Settings};
use octopoid_core::process::Command;
use octopoid_core::store::{Store, StoreExt, TaskQuery};
use octopoid_core::testing::{ScriptedRunner, TempRepository};
use octopoid_core::transition::Actor;
use octopoid_roles::plugin::{Isolation, Plugin, PluginFile, PluginOptions, host_process};
use octopoid_store::MemoryStore;
use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

/// The argument with which this program starts itself, to host a plugin in a process of its own.
const HOST: &str = "--host-a-plugin";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(HOST) => return host_process(),
        Some(path) => match run(path, arguments.contains(&"--isolated".to_owned())) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => complain(&error.to_string()),
        },
        None => complain("usage: load_plugin FILE [--isolated]"),
    }
    ExitCode::FAILURE
}

fn complain(words: &str) {
    // Nobody is left to tell when the terminal is gone.
    let _ = writeln!(std::io::stderr(), "{words}");
}

#[tokio::main]
async fn run(path: &str, isolated: bool) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    let folder = tempfile::tempdir()?;
    let host = Command::new(std::env::current_exe()?).arg(HOST);
    let options = PluginOptions::new(folder.path().join("plugins")).with_host(host);
    let isolation = if isolated { Isolation::Process } else { Isolation::Thread };
    let plugin = Plugin::load(&PluginFile::new(path).with_isolation(isolation), &options).await?;
    let manifest = plugin.manifest();
    writeln!(out, "loaded {} {}, to run in a {}", manifest.name, manifest.version, isolation.as_str())?;

    let repository = TempRepository::new();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(Arc::new(SystemClock), Policy::default()));
    let mut agents = Vec::new();
    for role in plugin.roles() {
        let spec = role.spec();
        writeln!(out, "role {}: {}", spec.name, spec.description)?;
        let task = NewTask::new(format!("Something for {}", spec.name), "Say hello.");
        store.create_task(task.with_role(spec.name.clone())).await?;
        agents.push(
            AgentSettings::new(AgentName::new(spec.name.as_str())?, spec.name.clone())
                .with_runner("scripted"),
        );
    }
    let script = ScriptedRunner::new(|scene| {
        scene.write("hello.txt", "Hello from a plugin\n");
        scene.commit("Say hello");
        scene.submit("said hello")
    });
    let settings = Settings::new(OrchestratorId::new("loader-1")?, "main").with_environment(environment());
    let orchestrator = || {
        Orchestrator::builder()
            .store(store.clone())
            .repository(repository.path())
            .settings(settings.clone())
            .roles(plugin.roles())
            .runner(Arc::new(script.clone()))
            .agents(agents.clone())
            // This program itself approves what they hand in.
            .allow_unserved()
            .build()
    };
    orchestrator().await?.run_until_idle().await?;

    // Nobody reviews here: this program approves everything itself, and what is approved lands.
    let scope = Scope::single();
    for task in store.all_tasks(&TaskQuery::new(scope.clone())).await? {
        store.approve(&scope, &task.id, Actor::Person("load_plugin".to_owned()), "").await?;
    }
    orchestrator().await?.run_until_idle().await?;
    for task in store.all_tasks(&TaskQuery::new(scope)).await? {
        writeln!(out, "{} is in {}", task.title, task.queue())?;
    }
    writeln!(out, "main has: {}", repository.git(&["show", "main:hello.txt"]).trim())?;
    Ok(())
}

/// What git and agents may choose their variables from.
#[expect(clippy::disallowed_methods, reason = "a program reads its environment; libraries are given it")]
fn environment() -> std::collections::BTreeMap<String, String> {
    std::env::vars().collect()
}
