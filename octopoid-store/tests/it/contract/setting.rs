//! A server on a loopback address, and a client that speaks plain HTTP.

use crate::worker::deployment::{ADMIN, Deployment};
use octopoid_core::clock::Clock;
use octopoid_core::model::Policy;
use octopoid_store::MemoryStore;
use octopoid_store::artifacts::FolderArtifacts;
use octopoid_store::conformance::SteppedClock;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind, serve, with_middleware};
use octopoid_store::server::{Access, Shutdown};
use octopoid_store::server::{Server, ServerHandle, openapi_json};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// No answer takes that long, however busy the machine is.
const NEVER: Duration = Duration::from_secs(60);

/// A server that ends with the test's runtime.
pub(crate) struct Setting {
    pub(crate) clock: Arc<SteppedClock>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) running: ServerHandle,
    pub(crate) shutdown: Shutdown,
    pub(crate) url: String,
    client: Client,
    /// What the server keeps of runs.
    _artifacts: tempfile::TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    pub(crate) retry_after: Option<String>,
}

impl Setting {
    pub(crate) async fn new() -> Self {
        Self::with(|server| server).await.at(Deployment::Scopes).await
    }

    /// With a server that requires keys, and whose operator has [`ADMIN`].
    pub(crate) async fn with_keys() -> Self {
        // Wrong keys are counted elsewhere, and leases end when a test says so.
        let (often, limit) = (u32::MAX, Duration::from_secs(1));
        Self::with(|server| {
            let server = server.with_access(Access::Keys).with_admin_token(ADMIN);
            server.with_failure_limit(often, limit).with_grace(Duration::ZERO)
        })
        .await
        .at(Deployment::Keys)
        .await
    }

    /// With a Worker instead of the server here, where there is one.
    async fn at(mut self, deployment: Deployment) -> Self {
        if let Some(url) = deployment.open(self.clock.clone()).await {
            self.url = url;
        }
        self
    }

    /// Makes a key, as the operator of [`Setting::with_keys`].
    pub(crate) async fn make_key(&self, scope: &str) -> String {
        let request = self.request(Method::POST, "/api/v1/keys").bearer_auth(ADMIN);
        let made = answer(request.json(&json!({ "scope": scope }))).await.with(201);
        made["api_key"].as_str().unwrap().to_owned()
    }

    /// Lists all keys, as the operator of [`Setting::with_keys`].
    pub(crate) async fn list_keys(&self) -> Value {
        answer(self.request(Method::GET, "/api/v1/keys").bearer_auth(ADMIN)).await.with(200)
    }

    /// With a server that is told more before it starts.
    pub(crate) async fn with(tell: impl FnOnce(Server) -> Server) -> Self {
        let clock = Arc::new(SteppedClock::new());
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>, Policy::default()));
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new();
        let artifacts = tempfile::tempdir().unwrap();
        let server = Server::new(store.clone(), Arc::clone(&clock) as Arc<dyn Clock>)
            .with_keys(store.clone())
            .with_artifacts(Arc::new(FolderArtifacts::new(artifacts.path())));
        let running = tell(server).start(shutdown.clone());
        let router = with_middleware(running.router(), MiddlewareOptions::new(address));
        let stop = shutdown.clone().wait_owned();
        tokio::spawn(serve(router, listener, ServeOptions::new(), stop));
        // The first test of a process chooses who encrypts; this client never does.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(NEVER).no_proxy().build().unwrap();
        Self {
            clock,
            store,
            running,
            shutdown,
            url: format!("http://{address}"),
            client,
            _artifacts: artifacts,
        }
    }

    /// Lets the server look after itself once, as it does every second.
    pub(crate) async fn a_round_of_housekeeping(&self) {
        let housekeeping = tokio::spawn(self.running.housekeeping());
        // It runs on this thread, on a store in memory: whoever yields often enough has let it finish.
        for _ in 0..2 {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            self.clock.advance(Duration::from_secs(1));
        }
        housekeeping.abort();
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        answer(self.request(method, path).json(&body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        answer(self.request(Method::DELETE, path)).await
    }
}

/// Sends a request and reads what comes, JSON or not. Every answer has to be one that the description names.
pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let response = client.execute(request).await.unwrap();
    let status = response.status();
    if let Some(operation) = described_operation(&method, &path) {
        let described = operation["responses"].get(status.as_str()).is_some();
        assert!(described, "{method} {path} gives {status}, which is not in the description");
    }
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let bytes = response.bytes().await.unwrap();
    let body = serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
    Answer { status, body, retry_after }
}

impl Answer {
    /// The body of an answer with a status.
    #[track_caller]
    pub(crate) fn with(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }
}

/// The operation of a request in the description; none for what is not in it.
fn described_operation(method: &Method, path: &str) -> Option<&'static Value> {
    static DESCRIBED: std::sync::OnceLock<Value> = std::sync::OnceLock::new();
    let described = DESCRIBED.get_or_init(|| serde_json::from_str(&openapi_json()).unwrap());
    let fits = |template: &str| {
        let mut pairs = template.split('/').zip(path.split('/'));
        pairs.all(|(name, part)| name == part || name.starts_with('{'))
            && template.split('/').count() == path.split('/').count()
    };
    let paths = described["paths"].as_object().unwrap().iter().filter(|(template, _)| fits(template));
    // What is named comes before what only has its form.
    let (_, item) = paths.min_by_key(|(template, _)| template.matches('{').count())?;
    item.get(method.as_str().to_lowercase())
}
