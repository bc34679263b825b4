//! A proxy that tells the Worker with each request which time it is, and in which set of objects the request is at home.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use octopoid_core::clock::Clock;
use octopoid_store::server::http::{ServeOptions, bind, serve};
use std::sync::Arc;

/// The proxy, which ends with the test's runtime.
#[derive(Debug, Clone)]
pub(crate) struct Teller {
    target: Arc<str>,
    set: Arc<str>,
    clock: Arc<dyn Clock>,
    client: reqwest::Client,
}

impl Teller {
    /// Starts a proxy in front of a Worker, and returns its address.
    pub(crate) async fn start(target: String, clock: Arc<dyn Clock>, set: String) -> String {
        // The first test of a process chooses who encrypts; this client never does.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        // A connection for each request: one that is kept may be closed by the time of the next.
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        let teller = Self { target: target.into(), set: set.into(), clock, client };
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(forward).with_state(teller);
        tokio::spawn(serve(router, listener, ServeOptions::new(), std::future::pending()));
        format!("http://{address}")
    }
}

async fn forward(State(teller): State<Teller>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else { return StatusCode::BAD_REQUEST.into_response() };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let request = teller
        .client
        .request(parts.method, format!("{}{path}", teller.target))
        .headers(end_to_end(parts.headers))
        .header("octopoid-testing-now", teller.clock.now().as_millis())
        .header("octopoid-testing-set", &*teller.set)
        .body(body);
    // A Worker that is away does not answer.
    let Ok(answer) = request.send().await else { return std::future::pending().await };
    let (status, headers) = (answer.status(), end_to_end(answer.headers().clone()));
    let chunks =
        stream::unfold(answer, |mut answer| async move { Some((answer.chunk().await.transpose()?, answer)) });
    (status, headers, Body::from_stream(chunks)).into_response()
}

/// Returns the headers that are not those of one connection.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers
}
