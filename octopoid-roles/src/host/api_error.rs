//! What a failed request of the model's API means. Programs report it in their own words and numbers.

use octopoid_core::model::{StopReason, Timestamp};

/// The remedy when there is no usable key or login.
const LOG_IN: &str = "log in by running the agent's program once as this user, or name its key's variable in the agent's `env`";
const ADD_CREDIT: &str = "add credit to the account, or use another key";

/// A failed request, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ApiError {
    /// The kind of error, in the program's own word.
    pub(crate) kind: Option<String>,
    /// The status of HTTP.
    pub(crate) status: Option<u64>,
    pub(crate) message: String,
    /// When the account's limit lifts, where it was reported.
    pub(crate) resets_at: Option<Timestamp>,
}

impl ApiError {
    /// Returns what an agent's end means that ended for this error.
    pub(crate) fn stop_reason(&self) -> StopReason {
        let (kind, lower) = (self.kind.as_deref().unwrap_or_default(), self.message.to_lowercase());
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let message = self.message.clone();
        match (kind, self.status.or_else(|| status_in(&lower))) {
            ("usageLimitExceeded" | "usage_limit_reached" | "rate_limit", _) => self.limited(),
            ("authentication_failed" | "unauthorized", _) | (_, Some(401 | 403)) => self.unavailable(LOG_IN),
            ("billing_error", _) | (_, Some(402)) => self.unavailable(ADD_CREDIT),
            ("overloaded" | "server_error" | "serverOverloaded" | "internalServerError", _)
            | (_, Some(500..=599)) => StopReason::Overloaded { retry_at: None, message },
            (_, Some(429)) => self.limited(),
            _ if says(&["usage limit", "session limit", "rate limit", "quota", "too many requests"]) => {
                self.limited()
            }
            _ if says(&["credit balance", "billing"]) => self.unavailable(ADD_CREDIT),
            _ if says(&["api key", "api_key", "authenticat", "unauthorized", "not logged in", "/login"]) => {
                self.unavailable(LOG_IN)
            }
            (_, Some(404)) => self.unavailable("correct the agent's `model`"),
            _ if lower.contains("model")
                && says(&["not found", "does not exist", "unknown", "invalid", "not supported"]) =>
            {
                self.unavailable("correct the agent's `model`")
            }
            _ if says(&[
                "overloaded",
                "disconnected",
                "idle timeout",
                "connection",
                "network",
                "timed out",
            ]) =>
            {
                StopReason::Overloaded { retry_at: None, message }
            }
            _ => StopReason::Crashed { reason: message },
        }
    }

    fn limited(&self) -> StopReason {
        StopReason::RateLimited { retry_at: self.resets_at, message: self.message.clone() }
    }

    fn unavailable(&self, remedy: &str) -> StopReason {
        StopReason::Unavailable { problem: self.message.clone(), remedy: remedy.to_owned() }
    }
}

/// Returns the status of HTTP in a text such as `API Error: 429 …` or `unexpected status 401 Unauthorized`.
fn status_in(lower: &str) -> Option<u64> {
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.windows(2).find_map(|pair| {
        let announced = ["error", "status", "code", "http", "rejected"].contains(&pair[0]);
        let status = pair[1].parse::<u64>().ok().filter(|status| (400..600).contains(status))?;
        announced.then_some(status)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(kind: &str, status: Option<u64>, message: &str) -> &'static str {
        let kind = Some(kind.to_owned()).filter(|kind| !kind.is_empty());
        let error = ApiError { kind, status, message: message.to_owned(), resets_at: None };
        match error.stop_reason() {
            StopReason::RateLimited { .. } => "limited",
            StopReason::Overloaded { .. } => "overloaded",
            StopReason::Unavailable { .. } => "unavailable",
            StopReason::Crashed { .. } => "crashed",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn i17_each_failure_is_what_it_is() {
        for (kind, status, message, is) in [
            ("rate_limit", None, "Internal error: You've hit your session limit", "limited"),
            ("usageLimitExceeded", None, "You've hit your usage limit.", "limited"),
            ("", Some(429), "", "limited"),
            ("", None, "exceeded retry limit, last status: 429 Too Many Requests", "limited"),
            ("", None, "Internal error: Rate limit reached. Please try again in 2s.", "limited"),
            ("authentication_failed", None, "Failed to authenticate.", "unavailable"),
            ("", None, "Internal error: Incorrect API key provided (mock)", "unavailable"),
            ("", None, "unexpected status 401 Unauthorized: url: http://127.0.0.1:500/v1", "unavailable"),
            ("", None, "The model `nope` does not exist", "unavailable"),
            ("server_error", None, "", "overloaded"),
            ("", Some(503), "", "overloaded"),
            ("", None, "API Error: 529 Overloaded", "overloaded"),
            ("other", None, "stream disconnected before completion: Transport error", "overloaded"),
            ("other", None, "idle timeout waiting for SSE", "overloaded"),
            ("unknown", None, "Internal error: API Error: 400 bad request (mock)", "crashed"),
            ("", Some(400), "prompt is too long", "crashed"),
        ] {
            assert_eq!(stop(kind, status, message), is, "{kind} {status:?} {message}");
        }
    }
}
