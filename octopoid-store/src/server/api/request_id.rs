//! Request ids: in the log, in the answer's header and in every problem.

use super::Problem;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use std::sync::Arc;
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Id of a request, in its extensions and in those of its answer: the client's own, or a new one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Returns the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the client's id, if that may stand in a log as it is, and a new one otherwise.
    pub fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(HEADER).and_then(|value| value.to_str().ok());
        match sent.filter(|id| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            Some(id) => Self(id.into()),
            None => Self(Uuid::new_v4().to_string().into()),
        }
    }

    /// Writes the id into an answer: into its header, and into the body of a [`Problem`].
    pub fn stamp(self, response: &mut Response) {
        if let Some(problem) = response.extensions().get::<Problem>() {
            let body = problem.body(Some(self.as_str()));
            // The length of the body without the id, where a router has set it.
            response.headers_mut().remove(CONTENT_LENGTH);
            *response.body_mut() = body;
        }
        if let Ok(value) = HeaderValue::from_str(self.as_str()) {
            response.headers_mut().insert(HEADER, value);
        }
        response.extensions_mut().insert(self);
    }
}
