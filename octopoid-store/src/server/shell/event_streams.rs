//! Streams of events end when the server stops.

use super::Stopping;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Lets a `text/event-stream` end by itself when the server stops: its client sees a complete answer and comes back to
/// the next server, and the stop does not wait for a stream that never ends.
pub(super) fn until_stop(response: Response, stopping: Option<Stopping>) -> Response {
    let kind = response.headers().get(CONTENT_TYPE);
    let is_stream = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    match stopping {
        Some(stopping) if is_stream => {
            let stop = Box::pin(stopping.wait_owned());
            response.map(|body| Body::new(UntilStop { body, stop: Some(stop) }))
        }
        _ => response,
    }
}

struct UntilStop {
    body: Body,
    /// None once it has come.
    stop: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl HttpBody for UntilStop {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(stop) = &mut self.stop
            && stop.as_mut().poll(context).is_ready()
        {
            self.stop = None;
            // What the stream holds on to is let go now, not when the client has read everything.
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
