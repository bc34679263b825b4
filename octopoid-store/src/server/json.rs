//! Values as the bodies of answers.

use super::shell::Problem;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Room for a task, which most answers are.
const ROOM: usize = 2048;

/// Room for the headers that every answer has.
const HEADERS: usize = 12;

/// A value that is answered as JSON.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut text = Vec::with_capacity(ROOM);
        if let Err(error) = serde_json::to_writer(&mut text, &self.0) {
            return Problem::internal(format_args!("an answer cannot be written as JSON: {error}"))
                .into_response();
        }
        let mut headers = HeaderMap::with_capacity(HEADERS);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut response = Response::new(Body::from(text));
        *response.headers_mut() = headers;
        response
    }
}
