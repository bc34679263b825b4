//! The report of a program that ended.

use super::progress::Counts;
use super::result::ResultFile;
use crate::moment;
use crate::protocol;
use octopoid_core::model::{SessionId, StopReason, Usage};
use octopoid_core::runner::detached::{Ended, Exit};
use octopoid_core::runner::{AgentReport, AgentRequest};
use serde_json::Value;

/// The exit status of a program that asks to be called again later: `EX_TEMPFAIL`.
const TRY_LATER: i32 = 75;

/// Returns the report of a program whose output cannot be read.
pub(crate) fn unreadable(error: &std::io::Error, usage: Usage) -> AgentReport {
    let reason = format!("what it printed cannot be read: {error}");
    let mut report = AgentReport::stopped(StopReason::Crashed { reason });
    report.usage = usage;
    report
}

/// Returns the report of a program that ended, by its result file and what it has used.
pub(super) fn report(
    ended: &Ended,
    result: ResultFile,
    mut usage: Usage,
    request: &AgentRequest,
) -> AgentReport {
    let object = if let ResultFile::Object(value) = &result { Some(value) } else { None };
    let text_of =
        |name: &str| object?.get(name)?.as_str().map(str::to_owned).filter(|text| !text.trim().is_empty());
    if let Some(value) = object {
        Counts::of(value).put_into(&mut usage);
    }
    let session = text_of("session_id").and_then(|id| SessionId::new(id).ok());
    let said =
        ["summary", "feedback", "question", "reason"].into_iter().find_map(text_of).unwrap_or_default();
    let stop = match ended.exit {
        // It hangs, over a server that it started for example, after it has said what it came to.
        exit if exit.is_hang() && result.has_outcome() => StopReason::Completed,
        Exit::Code(TRY_LATER) => {
            let message = text_of("reason").or_else(|| ended.error_line().map(str::to_owned));
            let message = message.unwrap_or_else(|| "it gave no reason".to_owned());
            match object.and_then(|object| moment::of_value(object.get("retry_at")?)) {
                retry_at @ Some(_) => StopReason::RateLimited { retry_at, message },
                None => StopReason::Overloaded { retry_at: None, message },
            }
        }
        _ => ended.stop_reason(),
    };
    let mut report = AgentReport::stopped(stop);
    report.usage = usage;
    report.session = session;
    report.signal = ended.exit.signal();
    match result {
        ResultFile::Object(value) => {
            report.text = said;
            report.result = Some(protocol::without_envelope(value, request));
        }
        // A text is no result that any role accepts, and it says what was seen.
        ResultFile::Unusable(seen) => {
            report.text.clone_from(&seen);
            report.result = Some(Value::String(seen));
        }
        ResultFile::Missing => "no result file was written".clone_into(&mut report.text),
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use octopoid_core::model::{AgentName, RoleName, RunId, TaskId};
    use octopoid_core::runner::detached::StopCause;
    use serde_json::json;

    fn request(schema: Option<Value>) -> AgentRequest {
        let task = TaskId::new("task-1").unwrap();
        let (run, agent) = (RunId::of(&task, 1), AgentName::new("a").unwrap());
        let mut request = AgentRequest::new(run, task, 1, RoleName::implement(), agent, "", "/", "/");
        request.output_schema = schema;
        request
    }

    #[test]
    fn what_is_said_of_the_call_is_no_part_of_the_result() {
        let said =
            json!({ "outcome": "submitted", "turns": 3, "cost_usd": 0.5, "session_id": "s", "risk": "low" });
        let read = |schema| {
            let ended = Ended::new(Exit::Code(0), "", 0);
            report(&ended, ResultFile::Object(said.clone()), Usage::default(), &request(schema))
        };
        let plain = read(None);
        assert_eq!(plain.result, Some(json!({ "outcome": "submitted", "risk": "low" })));
        assert_eq!((plain.usage.turns, plain.session.unwrap().as_str()), (3, "s"));
        let own = read(Some(json!({ "properties": { "turns": { "type": "integer" } } })));
        assert_eq!(own.result, Some(json!({ "outcome": "submitted", "turns": 3, "risk": "low" })));
    }

    #[test]
    fn a_result_counts_though_its_program_hangs() {
        let submitted = || ResultFile::Object(json!({ "outcome": "submitted", "summary": "did it" }));
        let request = request(None);
        let stop = |cause, result| {
            report(&Ended::new(Exit::Stopped(cause), "", 0), result, Usage::default(), &request).stop
        };
        assert_eq!(stop(StopCause::TimedOut, submitted()), StopReason::Completed);
        assert_eq!(stop(StopCause::Silent, submitted()), StopReason::Completed);
        assert_eq!(stop(StopCause::Lingering, submitted()), StopReason::Completed);
        assert_eq!(stop(StopCause::TimedOut, ResultFile::Missing), StopReason::TimedOut);
        assert_eq!(stop(StopCause::Silent, ResultFile::Object(json!({}))), StopReason::Silent);
        // It was stopped for what it did, or because nobody wants it any more.
        assert_eq!(stop(StopCause::Cancelled, submitted()), StopReason::Cancelled);
        assert!(matches!(stop(StopCause::TooMuchOutput, submitted()), StopReason::Crashed { .. }));
    }
}
