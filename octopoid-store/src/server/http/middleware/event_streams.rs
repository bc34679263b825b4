//! Event streams end when the server shuts down.

use crate::server::api::Shutdown;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Ends a `text/event-stream` when the server shuts down: its client sees a complete answer and reconnects, and the shutdown
/// does not wait for a stream that never ends.
pub(super) fn until_shutdown(response: Response, shutdown: Option<Shutdown>) -> Response {
    let kind = response.headers().get(CONTENT_TYPE);
    let is_stream = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    match shutdown {
        Some(shutdown) if is_stream => {
            let signal = Box::pin(shutdown.wait_owned());
            response.map(|body| Body::new(UntilShutdown { body, signal: Some(signal) }))
        }
        _ => response,
    }
}

struct UntilShutdown {
    body: Body,
    /// `None` once it was given.
    signal: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl HttpBody for UntilShutdown {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(signal) = &mut self.signal
            && signal.as_mut().poll(context).is_ready()
        {
            self.signal = None;
            // The stream is dropped now, not when the client has read everything.
            self.body = Body::empty();
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
