//! A web service of one's own with the queue of Octopoid beside it, on one listener.
//!
//! The service has a page of its own that counts what waits in the queue; everything under `/api` is Octopoid's, and
//! other machines use it as they would use `octopoid serve`. Run it with `cargo run -p server_in_process`: it starts, uses
//! itself as a client would, and ends.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{NewTask, Policy, Queue, Scope};
use octopoid_core::store::{Store, StoreExt, TaskQuery, TaskStore};
use octopoid_store::server::Server;
use octopoid_store::server::Shutdown;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind, serve, with_middleware};
use octopoid_store::{HttpOptions, HttpStore, MemoryStore};
use std::error::Error;
use std::io::Write;
use std::sync::Arc;

/// The service's own page. It asks the store directly: it is in the same process.
async fn waiting(State(store): State<Arc<dyn Store>>) -> String {
    match store.queue_counts(&Scope::single()).await {
        Ok(counts) => format!("{} tasks wait", counts.in_queue(Queue::Incoming)),
        Err(error) => format!("the queue cannot be read: {error}"),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = Arc::new(SystemClock);
    let store = Arc::new(MemoryStore::new(clock.clone(), Policy::default()));

    // Octopoid's part: the routes, and the housekeeping that expires claims.
    let shutdown = Shutdown::new();
    let octopoid = Server::new(store.clone(), clock.clone()).with_keys(store.clone()).start(shutdown.clone());
    let housekeeping = tokio::spawn(octopoid.housekeeping());

    // The service's own part, beside it. The middleware around the whole protects both from pages of other origins.
    let own = Router::new().route("/waiting", get(waiting)).with_state(store as Arc<dyn Store>);
    let listener = bind("127.0.0.1:0".parse()?)?;
    let address = listener.local_addr()?;
    // Both count in what `/metrics` tells.
    let options = MiddlewareOptions::new(address).with_metrics(octopoid.metrics());
    let router = with_middleware(own.merge(octopoid.router()), options);
    let options = ServeOptions::new().with_metrics(octopoid.metrics());
    let serving = tokio::spawn(serve(router, listener, options, shutdown.clone().wait_owned()));

    // A client somewhere else sees a store like any other.
    let client = HttpStore::connect(HttpOptions::new(format!("http://{address}"), clock)).await?;
    for title in ["Add a greeting", "Say goodbye"] {
        client.create_task(NewTask::new(title, "In the language of the user.")).await?;
    }
    let mut out = std::io::stdout().lock();
    for task in client.all_tasks(&TaskQuery::new(Scope::single())).await? {
        writeln!(out, "{:8} {:10} {}", task.id, task.queue(), task.title)?;
    }
    writeln!(out, "the service says: {}", get_text(address, "/waiting").await?)?;
    let metrics = get_text(address, "/metrics").await?;
    let lines = metrics.lines().filter(|line| line.starts_with("octopoid_http_requests_total{"));
    let counts = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    writeln!(out, "it has answered {} requests", counts.sum::<u64>())?;
    drop(out);
    drop(client);

    shutdown.trigger();
    serving.await??;
    housekeeping.await?;
    writeln!(std::io::stdout(), "ended")?;
    Ok(())
}

/// The body that a path answers with, asked for as plainly as can be.
async fn get_text(address: std::net::SocketAddr, path: &str) -> Result<String, Box<dyn Error>> {
    let path = path.to_owned();
    let answer = tokio::task::spawn_blocking(move || {
        use std::io::Read;
        let mut stream = std::net::TcpStream::connect(address)?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        std::io::Result::Ok(answer)
    })
    .await??;
    Ok(answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned())
}
