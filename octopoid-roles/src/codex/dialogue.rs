//! The conversation with `codex app-server`, step by step: initialize, open a thread, start a turn.

use super::api_error::api_error;
use super::approval::Approval;
use super::turn::Turn;
use crate::host::{ApiError, Calls, Dialogue, End, HostSpec, Message, Out, RpcError, text};
use octopoid_core::model::{SessionId, StopReason};
use octopoid_core::runner::AgentEvent;
use serde_json::{Value, json};

/// What a request was sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Initialize,
    /// Opens a thread: a new one, or an earlier one.
    Open {
        earlier: bool,
    },
    Start,
    Interrupt,
}

/// Our side of the conversation.
#[derive(Debug)]
pub(crate) struct CodexDialogue {
    spec: HostSpec,
    calls: Calls<Purpose>,
    thread: Option<String>,
    turn_id: Option<String>,
    /// Whether the turn was asked for.
    started: bool,
    turn: Turn,
    stopping: Option<End>,
}

impl CodexDialogue {
    pub(crate) fn new(spec: &HostSpec) -> Self {
        Self {
            spec: spec.clone(),
            calls: Calls::default(),
            thread: None,
            turn_id: None,
            started: false,
            turn: Turn::default(),
            stopping: None,
        }
    }

    fn ask(&mut self, purpose: Purpose, method: &str, params: Value, out: &mut Out) {
        out.send(self.calls.request(purpose, method, params));
    }

    /// Opens the thread to go on in, or a new one.
    fn open(&mut self, earlier: bool, out: &mut Out) {
        let permissions = &self.spec.permissions;
        let (policy, sandbox) = match (permissions.are_unlimited(), permissions.allow_changes()) {
            // Its sandbox keeps it from committing; the bounds are those of the launcher.
            (true, _) => ("never", "danger-full-access"),
            (false, true) => ("untrusted", "workspace-write"),
            (false, false) => ("untrusted", "read-only"),
        };
        let mut params = json!({ "cwd": self.spec.directory, "approvalPolicy": policy, "sandbox": sandbox });
        if let Some(model) = &self.spec.model {
            params["model"] = json!(model);
        }
        if let Some(text) = &self.spec.system_prompt {
            params["developerInstructions"] = json!(text);
        }
        let method = match earlier {
            true => {
                params["threadId"] = json!(self.spec.resume);
                // The past may be long, and is not looked at.
                params["excludeTurns"] = json!(true);
                "thread/resume"
            }
            false => "thread/start",
        };
        self.ask(Purpose::Open { earlier }, method, params, out);
    }

    fn opened(&mut self, result: &Value, out: &mut Out) {
        let thread = text(result, "/thread/id").and_then(|id| SessionId::new(id).ok());
        let Some(thread) = thread else {
            let reason = "it opened a thread without a usable id".to_owned();
            return out.end(End::stopped(StopReason::Crashed { reason }));
        };
        self.thread = Some(thread.to_string());
        out.event(AgentEvent::Session(thread));
        if let Some(model) = text(result, "/model").or_else(|| text(result, "/thread/model")) {
            out.event(AgentEvent::Model(model.to_owned()));
        }
        if let Some(dollars) = self.spec.budget_usd {
            out.log(format!(
                "codex does not report what it costs: the budget of ${dollars:.2} does not stop it"
            ));
        }
        let input = json!([{ "type": "text", "text": self.spec.prompt }]);
        self.started = true;
        self.ask(Purpose::Start, "turn/start", json!({ "threadId": self.thread, "input": input }), out);
    }

    fn answered(&mut self, purpose: Purpose, result: Result<Value, RpcError>, out: &mut Out) {
        match (purpose, result) {
            (Purpose::Initialize, Ok(_)) => {
                out.notify("initialized", json!({}));
                self.open(self.spec.resume.is_some(), out);
            }
            (Purpose::Open { .. }, Ok(result)) => self.opened(&result, out),
            (Purpose::Open { earlier: true }, Err(error)) if !error.message.contains("active writer") => {
                let thread = self.spec.resume.as_ref().map(ToString::to_string).unwrap_or_default();
                let why = error.message;
                out.log(format!("the conversation {thread} is gone ({why}); beginning a new one"));
                self.open(false, out);
            }
            (Purpose::Open { earlier: true }, Err(error)) => {
                // The process that has it goes away in time.
                let (retry_at, message) = (None, error.message);
                out.end(End::stopped(StopReason::Overloaded { retry_at, message }));
            }
            (Purpose::Start, Ok(result)) => {
                self.turn_id = text(&result, "/turn/id").map(str::to_owned);
                if self.stopping.is_some() {
                    self.interrupt(out);
                }
            }
            (Purpose::Initialize | Purpose::Open { .. } | Purpose::Start, Err(error)) => {
                let error = ApiError { message: error.message, ..ApiError::default() };
                let why = self.stopping.take();
                out.end(why.unwrap_or_else(|| End::stopped(error.stop_reason())));
            }
            (Purpose::Interrupt, _) => {}
        }
    }

    fn completed(&mut self, turn: &Value, out: &mut Out) {
        self.turn.speech.tell(out);
        let status = text(turn, "/status").unwrap_or_default();
        let ended = status == "completed";
        if let Some(why) = self.stopping.take() {
            return out.end(End { finished: ended && why.question.is_none(), ..why });
        }
        let words = self.turn.speech.last().to_owned();
        let crashed = |reason: String| End::stopped(StopReason::Crashed { reason });
        out.end(match status {
            "completed" if self.turn.has_worked() => End::finished(StopReason::Completed),
            "completed" => {
                let reason = format!("it ended without any use of its model: {words}");
                End::finished(StopReason::Crashed { reason })
            }
            "failed" => {
                let error = api_error(turn.get("error").unwrap_or(&Value::Null));
                End::stopped(self.turn.with_limit(error).stop_reason())
            }
            "interrupted" => crashed("it interrupted its turn by itself".to_owned()),
            other => crashed(format!("its turn ended with a status that is not known here: {other:?}")),
        });
    }

    fn request(&mut self, id: &Value, method: &str, params: &Value, out: &mut Out) {
        let paths = self.turn.paths(text(params, "/itemId").unwrap_or_default()).to_owned();
        let Some(approval) = Approval::to(method, params, &paths, &self.spec.permissions) else {
            out.log(format!("asked for {method}, which is not offered"));
            return out.refuse(id, method);
        };
        out.log(approval.describe());
        match approval.decision {
            Some(decision) => out.answer(id, json!({ "decision": decision })),
            None => out.refuse(id, method),
        }
        if approval.ends {
            let question = format!(
                "The agent asked for permission to do {}, and the answer that its `tools` call for was not offered. May it do that? \
                 Change its `tools`, or do it yourself.",
                approval.what
            );
            self.stop(End::asks(question), out);
        }
    }

    /// Stops the agent once it is beyond its limit of turns: at the first sign of another answer.
    fn keep_limits(&mut self, out: &mut Out) {
        let begun = self.turn.usage.turns + u32::from(self.turn.answering);
        if self.stopping.is_none() && self.spec.max_turns.is_some_and(|most| begun > most.max(1)) {
            self.stop(End::stopped(StopReason::MaxTurns), out);
        }
    }

    fn interrupt(&mut self, out: &mut Out) {
        let params = json!({ "threadId": self.thread, "turnId": self.turn_id });
        self.ask(Purpose::Interrupt, "turn/interrupt", params, out);
    }
}

impl Dialogue for CodexDialogue {
    fn begin(&mut self, out: &mut Out) {
        let client = json!({ "name": "octopoid", "title": "Octopoid", "version": env!("CARGO_PKG_VERSION") });
        self.ask(
            Purpose::Initialize,
            "initialize",
            json!({ "clientInfo": client, "capabilities": null }),
            out,
        );
    }

    fn receive(&mut self, message: Message, out: &mut Out) {
        match message {
            Message::Answer { id, result } => {
                if let Some(purpose) = self.calls.answered(&id) {
                    self.answered(purpose, result, out);
                }
            }
            Message::Request { id, method, params } => self.request(&id, &method, &params, out),
            // What comes before the turn is about the past.
            Message::Notification { .. } if !self.started => {}
            Message::Notification { method, params } => {
                let ours = text(&params, "/threadId").is_none_or(|id| self.thread.as_deref() == Some(id));
                if method == "turn/completed" && ours {
                    return self.completed(params.get("turn").unwrap_or(&Value::Null), out);
                }
                // A thread that is gone on in tells once more what its last turn has used.
                let earlier =
                    ours && text(&params, "/turnId").is_some_and(|id| self.turn_id.as_deref() != Some(id));
                if method == "thread/tokenUsage/updated" && earlier {
                    return;
                }
                self.turn.notification(&method, &params, ours, out);
                self.keep_limits(out);
            }
        }
    }

    fn pause(&mut self, out: &mut Out) {
        self.turn.speech.pause(out);
    }

    fn stop(&mut self, why: End, out: &mut Out) {
        if !self.started {
            return out.end(why);
        }
        if self.stopping.is_none() {
            out.stopping(why.clone());
            self.stopping = Some(why);
            // Otherwise as soon as it has a name.
            if self.turn_id.is_some() {
                self.interrupt(out);
            }
        }
    }
}
