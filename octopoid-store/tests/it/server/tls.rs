//! Encrypted connections.

use super::client::Client;
use super::setting::Server;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{NewTask, Policy, Timestamp};
use octopoid_core::store::{EventLog, TaskStore};
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, Tls, TlsError, bind};
use octopoid_store::{HttpOptions, HttpStore, MemoryStore};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A certificate and its key in files.
pub(crate) struct Files {
    folder: TempDir,
    certificate: CertificateDer<'static>,
}

impl Files {
    pub(crate) fn new() -> Self {
        Self::valid_until(2100)
    }

    fn valid_until(year: i32) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 2, 3);
        let certificate = params.self_signed(&key).unwrap();
        let files = Self { folder: TempDir::new().unwrap(), certificate: certificate.der().clone() };
        files.write("cert.pem", certificate.pem());
        files.write("key.pem", key.serialize_pem());
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn read(&self) -> Result<Tls, TlsError> {
        Tls::from_files(&self.path("cert.pem"), &self.path("key.pem"), now())
    }

    pub(crate) async fn server(&self) -> Server {
        let tls = self.read().unwrap();
        Server::with(|it| it, |it| it.with_tls(tls)).await
    }

    /// A client that trusts this certificate only.
    pub(crate) async fn client(&self, server: &Server) -> Client<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(server.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        Client::over(stream, format!("localhost:{}", server.address.port()))
    }
}

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn a_client_trusts_the_certificates_of_its_file() {
    let files = Files::new();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock), Policy::default()));
    let listener = bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let (shell, serving) =
        (MiddlewareOptions::new(address), ServeOptions::new().with_tls(files.read().unwrap()));
    let server = octopoid_store::server::Server::new(store, Arc::clone(&clock));
    tokio::spawn(server.serve(listener, shell, serving, std::future::pending()));
    let options = HttpOptions::new(format!("https://localhost:{}", address.port()), clock)
        .with_retry_timeout(Duration::ZERO);
    let stranger = HttpStore::connect(options.clone()).await.unwrap_err();
    assert!(stranger.is_retryable(), "{stranger}");
    let client = HttpStore::connect(options.with_certificates(files.path("cert.pem"))).await.unwrap();
    let task = client.create_task(NewTask::new("Over TLS", "Do it.")).await.unwrap();
    // The feed goes the same way.
    client.wait_for_event(0).await.unwrap();
    assert_eq!(client.task(&task.scope, &task.id).await.unwrap(), task);
}

#[tokio::test]
async fn requests_are_answered_over_tls() {
    let files = Files::new();
    let server = files.server().await;
    let mut client = files.client(&server).await;
    let answer = client.ask("GET /who", &[("x-request-id", "mine")]).await;
    assert_eq!(answer.body, "127.0.0.1 true mine");
    let (ours, plain) = (format!("https://{}", client.host), format!("http://{}", client.host));
    assert_eq!(client.ask("GET /", &[("origin", &ours)]).await.status, 200);
    client.ask("GET /", &[("origin", &plain)]).await.is_problem(403, "forbidden");
}

#[tokio::test]
async fn a_refused_body_is_explained_over_tls() {
    let files = Files::new();
    let server = files.server().await;
    let mut client = files.client(&server).await;
    client
        .send(format!("POST /bytes HTTP/1.1\r\nhost: {}\r\ncontent-length: 10000000\r\n\r\n", client.host))
        .await;
    client.try_send(vec![0; 10_000_000]).await;
    client.answer().await.is_problem(413, "too_large");
}

#[tokio::test]
async fn streams_over_tls_end_with_the_server() {
    let files = Files::new();
    let server = files.server().await;
    let mut client = files.client(&server).await;
    client.send(format!("GET /events HTTP/1.1\r\nhost: {}\r\n\r\n", client.host)).await;
    assert_eq!(client.head().await.0, 200);
    assert!(client.chunk().await.is_some());
    let (end, ()) = tokio::join!(client.chunk(), server.stop());
    assert_eq!(end, None);
}

#[tokio::test]
async fn half_a_handshake_is_cut_off() {
    let files = Files::new();
    let tls = files.read().unwrap();
    let soon = Duration::from_millis(100);
    let server = Server::with(|it| it, |it| it.with_tls(tls).with_handshake_timeout(soon)).await;
    let mut client = server.client().await;
    // The head of a record that never comes.
    client.send(b"\x16\x03\x01\x02\x00\x01").await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn handshakes_that_never_end_do_not_hold_up_others_or_the_end() {
    let files = Files::new();
    let tls = files.read().unwrap();
    let never = Duration::from_secs(3600);
    let server = Server::with(
        |it| it,
        |it| it.with_tls(tls).with_handshake_timeout(never).with_shutdown_timeout(never),
    )
    .await;
    let mut silent = server.client().await;
    let mut half = server.client().await;
    half.send(b"\x16\x03\x01\x02\x00\x01").await;
    assert_eq!(files.client(&server).await.get("/").await.status, 200);
    server.stop().await;
    assert_eq!((silent.rest().await, half.rest().await), (String::new(), String::new()));
}

#[tokio::test]
async fn plain_http_to_a_tls_server_is_closed() {
    let files = Files::new();
    let server = files.server().await;
    let mut client = server.client().await;
    client.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut client.stream, &mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{}", answer.escape_ascii());
}

#[test]
fn the_end_of_a_certificate_is_known() {
    for year in [2027, 2049, 2050, 2100] {
        let expires = Files::valid_until(year).read().unwrap().expires();
        assert_eq!(expires.to_string(), format!("{year}-02-03T00:00:00.000Z"));
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_name() {
    let (missing, other) = (Files::new(), Files::new());
    std::fs::remove_file(missing.path("cert.pem")).unwrap();
    let no_key = Files::new();
    std::fs::remove_file(no_key.path("key.pem")).unwrap();
    let empty = Files::new();
    empty.write("cert.pem", "");
    let swapped = Files::new();
    swapped.write("cert.pem", std::fs::read(swapped.path("key.pem")).unwrap());
    let no_secret = Files::new();
    no_secret.write("key.pem", std::fs::read(no_secret.path("cert.pem")).unwrap());
    let garbage = Files::new();
    garbage.write("cert.pem", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n");
    let damaged = Files::new();
    damaged.write("cert.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let damaged_key = Files::new();
    damaged_key.write("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let foreign = Files::new();
    foreign.write("key.pem", std::fs::read(other.path("key.pem")).unwrap());
    let expired = Files::valid_until(2025);
    for (files, name, problem) in [
        (&missing, "cert.pem", "No such file"),
        (&no_key, "key.pem", "No such file"),
        (&empty, "cert.pem", "there is no certificate in it"),
        (&swapped, "cert.pem", "there is no certificate in it"),
        (&no_secret, "key.pem", "there is no private key in it"),
        (&garbage, "cert.pem", "it is not a PEM file"),
        (&damaged, "cert.pem", "the certificate is damaged"),
        (&damaged_key, "key.pem", "the key cannot be used"),
        (&foreign, "key.pem", "the key does not belong to"),
        (&expired, "cert.pem", "the certificate expired at 2025-02-03T00:00:00.000Z"),
    ] {
        let error = files.read().unwrap_err();
        assert_eq!(error.file, files.path(name), "{error}");
        assert!(error.problem.starts_with(problem), "{error}");
    }
}
