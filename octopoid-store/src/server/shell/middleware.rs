//! A function around routes.

use axum::extract::Request;
use axum::response::Response;
use axum::routing::Route;
use futures_util::FutureExt as _;
use std::convert::Infallible;
use tower::layer::layer_fn;
use tower::{Layer, Service, service_fn};

/// What a function is put around.
#[derive(Clone)]
pub(crate) struct Inside(Route);

impl Inside {
    /// What it answers.
    pub(crate) async fn answer(mut self, request: Request) -> Response {
        match self.0.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// A layer of one function. It is axum's `from_fn`, except that what is inside is handed on as it is: there, it is put on
/// the heap once more for each request.
pub(crate) fn around<F, A>(
    function: F,
) -> impl Layer<
    Route,
    Service = impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync,
> + Clone
+ Send
+ Sync
where
    F: Fn(Request, Inside) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    layer_fn(move |inside: Route| {
        let function = function.clone();
        service_fn(move |request| function(request, Inside(inside.clone())).map(Ok::<_, Infallible>))
    })
}
