//! Errors that are not ours, such as the router's, as problems.

use super::{Code, Problem};
use axum::body::{HttpBody as _, to_bytes};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

/// Longest text that is taken for a message, in bytes.
const MESSAGE: u64 = 1024;

/// Turns the answers of the router, of its extractors and of other layers into a [`Problem`]. Their text is kept as the
/// message, and so are their headers (`allow`). An error that is JSON or HTML already is left alone. `body_limit` is the largest body
/// that the server takes, in bytes.
pub async fn problem_json(response: Response, body_limit: usize) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || !is_plain(&response) {
        return response;
    }
    let code = code(status);
    let (mut kept, body) = response.into_parts();
    let text = match body.size_hint().upper() {
        // What broke inside is not for the client, and a limit is better named than called a limit.
        Some(1..=MESSAGE) if !matches!(code, Code::Internal | Code::TooLarge) => {
            to_bytes(body, MESSAGE as usize).await.ok()
        }
        _ => None,
    };
    let text = text.and_then(|text| String::from_utf8(text.into()).ok());
    let mut answer = Problem::new(code, text.unwrap_or_else(|| message(code, body_limit))).into_response();
    kept.headers.remove(CONTENT_LENGTH);
    kept.headers.remove(CONTENT_TYPE);
    answer.headers_mut().extend(kept.headers);
    kept.extensions.extend(std::mem::take(answer.extensions_mut()));
    *answer.extensions_mut() = kept.extensions;
    answer
}

fn is_plain(response: &Response) -> bool {
    let text = |kind: &axum::http::HeaderValue| kind.as_bytes().starts_with(b"text/plain");
    response.extensions().get::<Problem>().is_none() && response.headers().get(CONTENT_TYPE).is_none_or(text)
}

fn code(status: StatusCode) -> Code {
    match status {
        StatusCode::UNAUTHORIZED => Code::Unauthorized,
        StatusCode::FORBIDDEN => Code::Forbidden,
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::CONFLICT => Code::Conflict,
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        StatusCode::RANGE_NOT_SATISFIABLE => Code::RangeNotSatisfiable,
        StatusCode::MISDIRECTED_REQUEST => Code::Misdirected,
        StatusCode::TOO_MANY_REQUESTS => Code::TooManyRequests,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        other if other.is_server_error() => Code::Internal,
        _ => Code::Invalid,
    }
}

/// Returns the message for an error that has none.
fn message(code: Code, body_limit: usize) -> String {
    let message = match code {
        Code::NotFound => "There is nothing at this address",
        Code::MethodNotAllowed => "This address does not take this method",
        Code::TooLarge => return format!("The body is larger than {body_limit} bytes"),
        Code::UnsupportedMediaType => "The body is of a kind that is not accepted",
        Code::Unauthorized => "A key is needed",
        Code::Forbidden => "This is not allowed",
        Code::Internal => "Internal error",
        Code::Unavailable => "Not available now",
        Code::TooManyRequests => "Too many requests",
        Code::RangeNotSatisfiable => "There is nothing in this range",
        Code::Misdirected => "This server does not answer for that host",
        Code::Conflict | Code::LeaseLost => "The request contradicts what is there",
        Code::Invalid => "The request is not understood",
    };
    message.to_owned()
}
