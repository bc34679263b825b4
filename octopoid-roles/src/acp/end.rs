//! What the end of an agent's work means, by its answer to the prompt.

use super::turn::Turn;
use crate::codex;
use crate::host::{ApiError, End, RpcError, text};
use octopoid_core::model::StopReason;
use serde_json::{Value, json};

/// The error code of an agent that wants somebody to log in.
pub(super) const AUTHENTICATION_REQUIRED: i64 = -32000;

/// Returns the end that an answer tells of.
pub(super) fn of_result(result: &Value, turn: &Turn) -> End {
    let words = turn.speech.last().to_owned();
    let crashed = |reason: String| End::stopped(StopReason::Crashed { reason });
    match text(result, "/stopReason").unwrap_or_default() {
        "end_turn" if turn.has_worked() => End::finished(StopReason::Completed),
        "end_turn" if words.is_empty() => {
            End::finished(StopReason::Crashed { reason: "it ended without a word".to_owned() })
        }
        // Some report a failure of the API in words alone, after their own warnings.
        "end_turn" => {
            let last = words.rsplit("\n\n").next().unwrap_or(&words);
            End::finished(codex::api_error(&json!({ "message": last })).stop_reason())
        }
        "max_turn_requests" => End::stopped(StopReason::MaxTurns),
        "max_tokens" => crashed("the model's answer reached its limit of tokens".to_owned()),
        "refusal" => crashed(format!("the model refused: {words}")),
        "cancelled" => crashed("it cancelled its work by itself".to_owned()),
        other => crashed(format!("it ended for a reason that is not known here: {other:?}")),
    }
}

/// Returns the end that an error tells of.
pub(super) fn of_error(error: RpcError, turn: &Turn) -> End {
    let kind = ["/errorKind", "/codexErrorInfo"].into_iter().find_map(|name| text(&error.data, name));
    let kind = match error.code {
        AUTHENTICATION_REQUIRED => Some("authentication_failed"),
        _ => kind,
    };
    let message = text(&error.data, "/message").unwrap_or(&error.message);
    let message = message.strip_prefix("Internal error: ").unwrap_or(message).to_owned();
    // Some hand on the status of HTTP as the code.
    let status = u64::try_from(error.code).ok().filter(|code| (400..600).contains(code));
    let error = ApiError { kind: kind.map(str::to_owned), status, message, resets_at: turn.resets_at };
    End::stopped(error.stop_reason())
}
