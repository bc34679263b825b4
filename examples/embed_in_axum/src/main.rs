//! Somebody's web service with an orchestrator inside.
//!
//! Its users ask for changes to a repository and watch them being made:
//!
//! | route | |
//! |---|---|
//! | `POST /changes` | asks for a change: `{"title": "…", "description": "…"}` |
//! | `GET /changes/{id}` | how far it is |
//! | `GET /changes/{id}/events` | what happens to it, as server-sent events, until it is over |
//! | `POST /changes/{id}/cancel` | stops it: `{"reason": "…"}` |
//!
//! Orchestrator and service share the store and a [`Handle`](octopoid_core::orchestrator::Handle), nothing else. When the
//! process is told to end, it takes no more changes, finishes what is under way, and can be watched and steered until
//! then. Run it with `cargo run -p embed_in_axum -- 127.0.0.1:8080`.

mod agents;
mod problem;
mod routes;
mod watch;

use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, OrchestratorId, Policy, RoleName};
use octopoid_core::orchestrator::{AgentSettings, Orchestrator, Settings};
use octopoid_core::store::Store;
use octopoid_core::testing::{PlainRole, TempRepository};
use octopoid_store::MemoryStore;
use routes::Desk;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    // A repository to work on. Yours is a path, and your store a file.
    let repository = TempRepository::new();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(Arc::new(SystemClock), Policy::default()));
    let orchestrator = orchestrator(store.clone(), &repository).await?;

    let (handle, closing) = (orchestrator.handle(), CancellationToken::new());
    let desk = Desk { store, handle: handle.clone(), closing: closing.clone() };
    let listener = TcpListener::bind(address).await?;
    let mut asked_to_end = signal(SignalKind::terminate())?;
    writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;

    tokio::spawn(async move {
        tokio::select! {
            _ = asked_to_end.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        closing.cancel();
        handle.drain();
        // Where nobody reads it, it need not be said.
        let _ = writeln!(std::io::stdout(), "closing: what is under way is finished");
    });
    let (ended, has_ended) = tokio::sync::oneshot::channel();
    let running = tokio::spawn(async move {
        let result = orchestrator.run().await;
        let _ = ended.send(());
        result
    });
    // The service outlives the orchestrator: until everything is finished, people can watch it and cancel it. The streams of
    // events end with the orchestrator, so no connection keeps the service from ending.
    let serving = axum::serve(listener, routes::router(desk));
    serving.with_graceful_shutdown(async { drop(has_ended.await) }).await?;
    running.await??;
    write!(std::io::stdout(), "ended; on main:\n{}", repository.git(&["log", "--format=  %s", "main"]))?;
    Ok(())
}

async fn orchestrator(
    store: Arc<dyn Store>,
    repository: &TempRepository,
) -> Result<Orchestrator, Box<dyn Error>> {
    let agent = |name, role| {
        Ok::<_, Box<dyn Error>>(AgentSettings::new(AgentName::new(name)?, role).with_runner("scripted"))
    };
    let orchestrator = Orchestrator::builder()
        .store(store)
        .repository(repository.path())
        .settings(Settings::new(OrchestratorId::new("service")?, "main").with_environment(environment()))
        .role(Arc::new(PlainRole::implement()))
        .role(Arc::new(PlainRole::review()))
        .runner(Arc::new(agents::agents()))
        .agent(agent("writer", RoleName::implement())?)
        .agent(agent("reader", RoleName::review())?)
        .build()
        .await?;
    Ok(orchestrator)
}

/// What git and agents may choose their variables from.
#[expect(clippy::disallowed_methods, reason = "a program reads its environment; libraries are given it")]
fn environment() -> std::collections::BTreeMap<String, String> {
    std::env::vars().collect()
}
