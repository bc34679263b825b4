//! The errors that Codex reports.

use crate::host::{ApiError, text};
use serde_json::Value;

/// Returns the failed request of the API that an error tells of.
pub(crate) fn api_error(error: &Value) -> ApiError {
    let info = error.get("codexErrorInfo").unwrap_or(&Value::Null);
    let message = text(error, "/message").unwrap_or("it gave no reason");
    let message = match text(error, "/additionalDetails") {
        // While it tries again, the message is of that.
        Some(details) if message.starts_with("Reconnecting") => details,
        _ => message,
    };
    // Such as `{"responseStreamDisconnected": {"httpStatusCode": 401}}`.
    let inner = info.as_object().and_then(|info| info.values().next());
    let status = inner.and_then(|inner| inner.get("httpStatusCode")?.as_u64());
    let kind = match (info.as_str(), inner, status) {
        (Some(kind), ..) => Some(kind),
        (None, Some(_), None) => Some("serverOverloaded"),
        _ => None,
    };
    // Some servers' errors are handed on as they are.
    let body: Value = serde_json::from_str(message).unwrap_or_default();
    let message = text(&body, "/error/message").unwrap_or(message).to_owned();
    let code = text(&body, "/error/code");
    let kind = kind.filter(|kind| *kind != "other").or(code).map(str::to_owned);
    ApiError { kind, status, message, resets_at: None }
}
