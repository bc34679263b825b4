//! Answers to requests that fail.

use crate::pages::layout;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use octopoid_core::ops::OpError;
use octopoid_core::store::{ErrorKind, StoreError};

/// Answer to a request that fails, or that has to go elsewhere.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A page with the reason.
    Page {
        status: StatusCode,
        words: String,
        /// What the person had written, which is not to be lost.
        written: Option<String>,
    },
    /// Another page.
    Go(String),
}

/// Result of a handler.
pub(crate) type Answer<T> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(status: StatusCode, words: impl Into<String>) -> Self {
        Failure::Page { status, words: words.into(), written: None }
    }

    pub(crate) fn go(address: String) -> Self {
        Failure::Go(address)
    }

    pub(crate) fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is no {what}"))
    }

    /// Returns the failure with what the person had written.
    #[must_use]
    pub(crate) fn keeping(self, text: &str) -> Self {
        match self {
            Failure::Page { status, words, .. } => {
                let written = Some(text.to_owned()).filter(|text| !text.trim().is_empty());
                Failure::Page { status, words, written }
            }
            go @ Failure::Go(_) => go,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let status = match error.kind() {
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict | ErrorKind::LeaseLost => StatusCode::CONFLICT,
            ErrorKind::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Unauthorized | ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::Unavailable | ErrorKind::Gone => StatusCode::SERVICE_UNAVAILABLE,
            _ => {
                tracing::error!(%error, "the dashboard met an error of the store");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Failure::new(status, error.to_string())
    }
}

impl From<OpError> for Failure {
    fn from(error: OpError) -> Self {
        match error {
            OpError::Store(error) => error.into(),
            OpError::NoMessage { .. } | OpError::NoDraft { .. } => {
                Failure::new(StatusCode::NOT_FOUND, error.to_string())
            }
            _ => Failure::new(StatusCode::CONFLICT, error.to_string()),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Failure::Go(address) => Redirect::to(&address).into_response(),
            Failure::Page { status, words, written } => {
                let mut response = status.into_response();
                response.extensions_mut().insert(Unwritten { words, written });
                response
            }
        }
    }
}

/// A failure on its way to where the dashboard's base is known, and its page can be written.
#[derive(Debug, Clone)]
pub(crate) struct Unwritten {
    words: String,
    written: Option<String>,
}

/// Writes the page of an answer that failed.
pub(crate) fn written(base: &str, response: Response) -> Response {
    let status = response.status();
    let (words, written) = match response.extensions().get::<Unwritten>() {
        Some(failure) => (failure.words.clone(), failure.written.clone()),
        None if status == StatusCode::METHOD_NOT_ALLOWED => {
            ("this address does not take this method".to_owned(), None)
        }
        None => return response,
    };
    let title = status.canonical_reason().unwrap_or("Error");
    let page = layout::failure(base, title, &words, written.as_deref());
    (status, Html(page.into_string())).into_response()
}
