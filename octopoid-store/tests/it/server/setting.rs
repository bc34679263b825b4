//! A server with routes that do what tests need.

use super::client::{Answer, Client};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router, http::StatusCode};
use hyper::body::Frame;
use octopoid_store::server::http::{
    MiddlewareOptions, RequestId, ServeOptions, bind, serve, with_middleware,
};
use octopoid_store::server::{Code, Metrics, Peer, Problem, Shutdown};
use std::future::pending;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// Told when the server lets a body go.
struct LetGo(Arc<Notify>);

impl Drop for LetGo {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A body that begins and then goes on for ever: in silence, or not.
struct Endless {
    first: Option<Bytes>,
    silent: bool,
    _let_go: LetGo,
}

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(Frame::data(first)))),
            None if self.silent => Poll::Pending,
            None => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'.'; 1 << 16]))))),
        }
    }
}

fn endless(kind: &'static str, silent: bool, let_go: Arc<Notify>) -> Response {
    let body =
        Endless { first: Some(Bytes::from_static(b"data: first\n\n")), silent, _let_go: LetGo(let_go) };
    ([("content-type", kind)], Body::new(body)).into_response()
}

async fn who(Extension(peer): Extension<Peer>, Extension(id): Extension<RequestId>) -> String {
    format!("{} {} {}", peer.address.ip(), peer.encrypted, id.as_str())
}

async fn refused() -> Problem {
    Problem::new(Code::Conflict, "Failed to submit task")
        .with_details(["it is done"])
        .with_field("task_id", "task-1")
        .with_cause("secret")
}

fn routes(let_go: Arc<Notify>) -> Router {
    let (streamed, flooded) = (let_go.clone(), let_go);
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/who", get(who))
        .route("/tasks/{id}", get(|Path(id): Path<u32>| async move { id.to_string() }))
        .route("/bytes", post(|bytes: Bytes| async move { bytes.len().to_string() }))
        .route("/ignores", post(|| async { "ignored" }))
        .route("/refused", get(refused))
        .route("/bare", get(|| async { Problem::new(Code::NotFound, "").with_field("message", "No").bare() }))
        .route("/busy", get(busy))
        .route("/broken", get(|| async { (StatusCode::BAD_GATEWAY, "the password is 1234") }))
        .route("/page", get(|| async { (StatusCode::NOT_FOUND, Html("<p>Not here")) }))
        .route("/cached", get(|| async { ([("cache-control", "max-age=60")], "x") }))
        .route(
            "/panic",
            get(|| async {
                if true {
                    panic!("too bad")
                }
            }),
        )
        .route("/never", get(|| async { pending::<()>().await }))
        .route(
            "/late",
            get(|Extension(shutdown): Extension<Shutdown>| async move {
                shutdown.wait().await;
                "finished"
            }),
        )
        .route("/events", get(|| async move { endless("text/event-stream", true, streamed) }))
        .route("/flood", get(|| async move { endless("text/plain", false, flooded) }))
}

async fn busy() -> Problem {
    Problem::new(Code::TooManyRequests, "Later").with_retry_after(std::time::Duration::from_millis(1200))
}

/// A server that runs.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Metrics,
    /// A body that never ends was let go.
    pub(crate) let_go: Arc<Notify>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(|shell| shell, |serve| serve).await
    }

    pub(crate) async fn with(
        around: impl FnOnce(MiddlewareOptions) -> MiddlewareOptions,
        serving: impl FnOnce(ServeOptions) -> ServeOptions,
    ) -> Self {
        let let_go = Arc::new(Notify::new());
        Self::over(routes(Arc::clone(&let_go)), let_go, around, serving)
    }

    /// A server over the routes of the contract.
    pub(crate) fn of_contract(server: octopoid_store::server::Server) -> Self {
        let router = server.start(Shutdown::new()).router();
        Self::over(router, Arc::default(), |it| it, |it| it)
    }

    fn over(
        routes: Router,
        let_go: Arc<Notify>,
        around: impl FnOnce(MiddlewareOptions) -> MiddlewareOptions,
        serving: impl FnOnce(ServeOptions) -> ServeOptions,
    ) -> Self {
        let listener = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let around = around(MiddlewareOptions::new(address));
        let metrics = around.metrics.clone();
        let serving = serving(ServeOptions::new().with_metrics(metrics.clone()));
        let router = with_middleware(routes, around);
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            serve(router, listener, serving, stopped).await.unwrap();
        });
        Self { address, metrics, let_go, stop, running }
    }

    pub(crate) async fn client(&self) -> Client {
        Client::to(self.address).await
    }

    /// The answer on a connection of its own.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.client().await.get(path).await
    }

    /// Tells it to stop; completes when it has.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.running.await.unwrap();
    }
}
