//! Each request has an id that is in the log, in the answer's header and in every error.

use super::Problem;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use std::sync::Arc;
use uuid::Uuid;

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, in its extensions and in those of its answer: the client's own, or a new one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The client's, if it could be in a log as it is.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(HEADER).and_then(|value| value.to_str().ok());
        match sent.filter(|id| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            Some(id) => Self(id.into()),
            None => Self(Uuid::new_v4().to_string().into()),
        }
    }
}

/// Puts the id of the request into what is answered.
pub(super) fn stamp(response: &mut Response, id: RequestId) {
    if let Some(problem) = response.extensions().get::<Problem>() {
        let body = problem.body(Some(id.as_str()));
        // The length of the body without the id, where a router has set it.
        response.headers_mut().remove(CONTENT_LENGTH);
        *response.body_mut() = body;
    }
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    response.extensions_mut().insert(id);
}
