//! What the log says.

use super::setting::Server;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{Policy, Scope};
use octopoid_core::store::KeyStore;
use octopoid_store::MemoryStore;
use octopoid_store::server::{digest, generate_key};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing::subscriber::DefaultGuard;

/// What was logged on this thread, which is where the server of a test runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(super) fn listen() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .without_time()
            .with_max_level(tracing::Level::INFO)
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The line about the request with this id.
    #[track_caller]
    fn line(&self, target: &str, id: &str) -> String {
        let (text, id) = (self.text(), format!("request.id=\"{id}\""));
        let line = text.lines().find(|line| line.contains(target) && line.contains(&id));
        line.unwrap_or_else(|| panic!("nothing about {id} in\n{text}")).to_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_request_has_a_line_without_secrets() {
    let (log, _guard) = Log::listen();
    let server = Server::start().await;
    let mut client = server.client().await;
    let secrets = [("x-request-id", "r-1"), ("authorization", "Bearer oct_hidden"), ("cookie", "hidden")];
    client.ask("GET /tasks/7?token=hidden", &secrets).await;
    client.ask("GET /nowhere", &[("x-request-id", "r-3")]).await;
    let line = log.line("octopoid::access", "r-1");
    for part in [
        "method=GET",
        r#"route="/tasks/{id}""#,
        r#"path="/tasks/7""#,
        "status=200",
        "bytes=1",
        "peer=127.0.0.1:",
    ] {
        assert!(line.contains(part), "{part} is missing in {line}");
    }
    assert!(line.contains("duration_ms="), "{line}");
    let line = log.line("octopoid::access", "r-3");
    assert!(line.contains(r#"route="none""#) && line.contains("status=404"), "{line}");
    assert!(!log.text().contains("hidden"), "{}", log.text());
}

#[tokio::test]
async fn a_key_is_in_the_log_by_its_id() {
    let (log, _guard) = Log::listen();
    let clock = Arc::new(SystemClock);
    let store = Arc::new(MemoryStore::new(clock.clone(), Policy::default()));
    let server = octopoid_store::server::Server::new(store.clone(), clock).with_keys(store.clone());
    let server = Server::of_contract(server);
    let key = generate_key();
    let id = store.add_key(&Scope::single(), "laptop", digest(&key), false).await.unwrap().id;
    let (bearer, mut client) = (format!("Bearer {key}"), server.client().await);
    client.ask("GET /api/v1/tasks", &[("x-request-id", "r-1"), ("authorization", &bearer)]).await;
    let line = log.line("octopoid::access", "r-1");
    assert!(
        line.contains(&format!("key.id=\"{id}\"")) && line.contains(r#"route="/api/v1/tasks""#),
        "{line}"
    );
    assert!(!log.text().contains(&key), "{}", log.text());
}

#[tokio::test]
async fn a_failure_is_in_the_log_with_its_cause() {
    let (log, _guard) = Log::listen();
    let server = Server::start().await;
    let mut client = server.client().await;
    client.ask("GET /panic", &[("x-request-id", "r-1")]).await;
    let line = log.line("a request failed", "r-1");
    assert!(line.trim_start().starts_with("ERROR") && line.contains("too bad"), "{line}");
}

#[tokio::test]
async fn a_client_that_leaves_is_in_the_log() {
    let (log, _guard) = Log::listen();
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(format!("GET /never HTTP/1.1\r\nhost: {}\r\n\r\n", client.host)).await;
    while !server.metrics.text().contains("octopoid_http_requests_in_flight 1\n") {
        tokio::task::yield_now().await;
    }
    drop(client);
    server.stop().await;
    assert!(log.text().contains("the client left before the answer"), "{}", log.text());
}
