//! From how a program ended to a report.

use super::progress::Counts;
use super::result::ResultFile;
use crate::crash_line::crash_line;
use crate::ending::{crash, lost, never_started, stopped};
use crate::moment;
use crate::process::End;
use crate::protocol;
use octopoid_core::model::{SessionId, Usage};
use octopoid_core::runner::{AgentReport, AgentRequest, StopReason};
use serde_json::Value;

/// The exit status of a program that wants to be called again later: `EX_TEMPFAIL`.
const TRY_LATER: i32 = 75;

pub(super) fn report(
    end: End,
    result: ResultFile,
    stderr_end: &str,
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
    let signal = end.signal();
    let stop = match end {
        // It hangs, over a server that it started for example, after it has said what it came to.
        End::Stopped(why) if why.is_hang() && result.has_outcome() => StopReason::Completed,
        End::Stopped(why) => stopped(why, request.max_output),
        End::Exited { code: 0 } => StopReason::Completed,
        End::Exited { code: TRY_LATER } => {
            let message = text_of("reason").or_else(|| crash_line(stderr_end).map(str::to_owned));
            let message = message.unwrap_or_else(|| "it gave no reason".to_owned());
            match object.and_then(|object| moment::of_value(object.get("retry_at")?)) {
                retry_at @ Some(_) => StopReason::RateLimited { retry_at, message },
                None => StopReason::Overloaded { retry_at: None, message },
            }
        }
        End::Exited { code } => StopReason::Crashed { reason: crash(code, stderr_end) },
        End::Lost => lost(),
        End::NeverStarted => never_started(),
    };
    let mut report = AgentReport::stopped(stop);
    report.usage = usage;
    report.session = session;
    report.signal = signal;
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
    use crate::process::Stopped;
    use octopoid_core::model::{AgentName, RoleName, RunId, TaskId};
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
            let end = End::Exited { code: 0 };
            report(end, ResultFile::Object(said.clone()), "", Usage::default(), &request(schema))
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
        let stop = |why, result| report(End::Stopped(why), result, "", Usage::default(), &request).stop;
        assert_eq!(stop(Stopped::TimedOut, submitted()), StopReason::Completed);
        assert_eq!(stop(Stopped::Silent, submitted()), StopReason::Completed);
        assert_eq!(stop(Stopped::Lingering, submitted()), StopReason::Completed);
        assert_eq!(stop(Stopped::TimedOut, ResultFile::Missing), StopReason::TimedOut);
        assert_eq!(stop(Stopped::Silent, ResultFile::Object(json!({}))), StopReason::Silent);
        // It was stopped for what it did, or because nobody wants it any more.
        assert_eq!(stop(Stopped::Cancelled, submitted()), StopReason::Cancelled);
        assert!(matches!(stop(Stopped::TooMuchOutput, submitted()), StopReason::Crashed { .. }));
    }
}
