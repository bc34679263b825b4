//! Problems: the form of every error that the server answers.

mod store_error;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

pub(super) use store_error::short;

/// Kind of a problem, for programs. It determines the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The request is invalid: 400.
    Invalid,
    /// The key is missing or unknown: 401.
    Unauthorized,
    /// The key does not allow this: 403.
    Forbidden,
    /// The record does not exist: 404.
    NotFound,
    /// The path does not support the method: 405.
    MethodNotAllowed,
    /// The state contradicts the request: 409.
    Conflict,
    /// The claim is no longer held by the caller: 409.
    LeaseLost,
    /// The body is too large: 413.
    TooLarge,
    /// The body is not JSON: 415.
    UnsupportedMediaType,
    /// No byte is in the range that is asked for: 416.
    RangeNotSatisfiable,
    /// The request is for another host: 421.
    Misdirected,
    /// Too many requests: 429.
    TooManyRequests,
    /// The server has a defect: 500.
    Internal,
    /// The server cannot answer now: 503.
    Unavailable,
}

impl Code {
    /// Returns the code as it is in the answer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::Invalid => "invalid",
            Code::Unauthorized => "unauthorized",
            Code::Forbidden => "forbidden",
            Code::NotFound => "not_found",
            Code::MethodNotAllowed => "method_not_allowed",
            Code::Conflict => "conflict",
            Code::LeaseLost => "lease_lost",
            Code::TooLarge => "too_large",
            Code::UnsupportedMediaType => "unsupported_media_type",
            Code::RangeNotSatisfiable => "range_not_satisfiable",
            Code::Misdirected => "misdirected",
            Code::TooManyRequests => "too_many_requests",
            Code::Internal => "internal",
            Code::Unavailable => "unavailable",
        }
    }

    /// Returns the status of the answer.
    pub(in crate::server) const fn status(self) -> StatusCode {
        match self {
            Code::Invalid => StatusCode::BAD_REQUEST,
            Code::Unauthorized => StatusCode::UNAUTHORIZED,
            Code::Forbidden => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::Conflict | Code::LeaseLost => StatusCode::CONFLICT,
            Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
            Code::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Code::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Error for a client, with a cause for the log.
///
/// As an answer it is `{"error", "code", "details", "request_id"}` and the fields that were added. The id of the request
/// is filled in by the outermost layer, which finds the problem in the answer's extensions.
#[derive(Clone, PartialEq)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone, PartialEq)]
struct Parts {
    code: Code,
    message: Cow<'static, str>,
    details: Option<Vec<String>>,
    fields: Map<String, Value>,
    bare: bool,
    retry_after: Option<Duration>,
    cause: Option<String>,
}

impl Problem {
    /// Creates a problem with a message of one sentence.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            code,
            message: message.into(),
            details: None,
            fields: Map::new(),
            bare: false,
            retry_after: None,
            cause: None,
        }))
    }

    /// Creates a problem for a defect of the server: the client does not see the cause, the log does.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(Code::Internal, "Internal error").with_cause(cause)
    }

    /// Sets the reasons, one sentence each.
    #[must_use]
    pub fn with_details<I>(mut self, details: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.0.details = Some(details.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a field beside `error`.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.fields.insert(name.into(), value.into());
        self
    }

    /// Removes everything from the body but the added fields.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.0.bare = true;
        self
    }

    /// Sets the time after which a retry makes sense, for the header `Retry-After`. Rounded up to whole seconds.
    #[must_use]
    pub fn with_retry_after(mut self, span: Duration) -> Self {
        self.0.retry_after = Some(span);
        self
    }

    /// Sets the cause. It is logged with the request, and never sent.
    #[must_use]
    pub fn with_cause(mut self, cause: impl fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// Returns the kind of the problem.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Returns the message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the cause.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// Returns the body as it is sent.
    pub(in crate::server) fn body(&self, request_id: Option<&str>) -> Body {
        let mut fields = self.0.fields.clone();
        if !self.0.bare {
            fields.insert("error".into(), self.message().into());
            fields.insert("code".into(), self.code().as_str().into());
            fields.insert("details".into(), self.0.details.clone().into());
            fields.insert("request_id".into(), request_id.into());
        }
        Body::from(Value::Object(fields).to_string())
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.code().status(), self.body(None)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.code() == Code::Unauthorized {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(span) = self.0.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(span.as_millis().div_ceil(1000).max(1) as u64));
        }
        response.extensions_mut().insert(self);
        response
    }
}
