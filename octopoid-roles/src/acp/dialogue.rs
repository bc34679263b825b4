//! The conversation with an agent, step by step: initialize, open, set, prompt.

use super::end::{self, AUTHENTICATION_REQUIRED};
use super::permission::Answer;
use super::setup::{self, Setting, What};
use super::turn::Turn;
use crate::host::{Calls, Dialogue, End, HostSpec, Message, Out, RpcError, text};
use octopoid_core::model::{SessionId, StopReason};
use octopoid_core::runner::{AgentEvent, Unavailable};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// The version of the protocol that is spoken here.
const VERSION: u64 = 1;
/// What a request was sent for.
#[derive(Debug, Clone, PartialEq)]
enum Purpose {
    Initialize,
    Open(Opening),
    Set(Setting),
    Prompt,
}

/// A way to open a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    New,
    /// Goes on in an earlier one, without hearing it again.
    Resume,
    /// Goes on in an earlier one, after its replay.
    Load,
}

/// Our side of the conversation.
#[derive(Debug)]
pub(crate) struct AcpDialogue {
    spec: HostSpec,
    calls: Calls<Purpose>,
    /// The ways to open the conversation that are left to try.
    openings: VecDeque<Opening>,
    session: Option<String>,
    settings: VecDeque<Setting>,
    turn: Turn,
    prompting: bool,
    stopping: Option<End>,
}

impl AcpDialogue {
    pub(crate) fn new(spec: &HostSpec) -> Self {
        Self {
            spec: spec.clone(),
            calls: Calls::default(),
            openings: VecDeque::new(),
            session: None,
            settings: VecDeque::new(),
            turn: Turn::default(),
            prompting: false,
            stopping: None,
        }
    }

    fn ask(&mut self, purpose: Purpose, method: &str, params: Value, out: &mut Out) {
        out.send(self.calls.request(purpose, method, params));
    }

    fn initialized(&mut self, result: &Value, out: &mut Out) {
        let version = result.get("protocolVersion").and_then(Value::as_u64);
        if version != Some(VERSION) {
            let spoken = version
                .map_or_else(|| "an unknown version".to_owned(), |version| format!("version {version}"));
            let problem = format!("the agent speaks {spoken} of the Agent Client Protocol, not {VERSION}");
            return unavailable(&Unavailable::new(problem, "install another version of the agent"), out);
        }
        if self.spec.resume.is_some() {
            let has = |pointer: &str| {
                result.pointer(pointer).is_some_and(|value| !value.is_null() && *value != json!(false))
            };
            if has("/agentCapabilities/sessionCapabilities/resume") {
                self.openings.push_back(Opening::Resume);
            }
            if has("/agentCapabilities/loadSession") {
                self.openings.push_back(Opening::Load);
            }
            if self.openings.is_empty() {
                out.log("the agent cannot go on in an earlier conversation; beginning a new one");
            }
        }
        self.openings.push_back(Opening::New);
        self.open(out);
    }

    /// Opens the conversation in the next way.
    fn open(&mut self, out: &mut Out) {
        let Some(opening) = self.openings.pop_front() else { return };
        let mut params = json!({ "cwd": self.spec.directory, "mcpServers": [] });
        let method = match opening {
            Opening::New => "session/new",
            Opening::Resume => "session/resume",
            Opening::Load => "session/load",
        };
        if opening != Opening::New {
            params["sessionId"] = json!(self.spec.resume);
        }
        self.ask(Purpose::Open(opening), method, params, out);
    }

    fn opened(&mut self, opening: Opening, result: &Value, out: &mut Out) {
        let earlier = self.spec.resume.as_ref().filter(|_| opening != Opening::New).map(ToString::to_string);
        let session = earlier.or_else(|| text(result, "/sessionId").map(str::to_owned));
        let Some(session) = session.and_then(|id| SessionId::new(id).ok()) else {
            let reason = "it opened a conversation without a usable name".to_owned();
            return out.end(End::stopped(StopReason::Crashed { reason }));
        };
        self.session = Some(session.to_string());
        if let Some(model) = setup::current_model(result).filter(|_| self.spec.model.is_none()) {
            out.event(AgentEvent::Model(model.to_owned()));
        }
        match setup::settings(result, session.as_str(), &self.spec) {
            Ok(settings) => self.settings = settings,
            Err(why) => return unavailable(&why, out),
        }
        out.event(AgentEvent::Session(session));
        self.set_or_prompt(out);
    }

    fn set_or_prompt(&mut self, out: &mut Out) {
        if let Some(setting) = self.settings.pop_front() {
            let (method, params) = (setting.method, setting.params.clone());
            return self.ask(Purpose::Set(setting), method, params, out);
        }
        let texts = self.spec.system_prompt.iter().chain([&self.spec.prompt]);
        let prompt: Vec<_> = texts.map(|text| json!({ "type": "text", "text": text })).collect();
        self.prompting = true;
        self.ask(
            Purpose::Prompt,
            "session/prompt",
            json!({ "sessionId": self.session, "prompt": prompt }),
            out,
        );
    }

    fn set(&mut self, setting: &Setting, result: Result<Value, RpcError>, out: &mut Out) {
        match (&setting.what, result) {
            (What::Model { name, .. }, Ok(_)) => out.event(AgentEvent::Model(name.clone())),
            (What::Mode(_), Ok(_)) => {}
            (What::Mode(mode), Err(error)) => {
                out.log(format!(
                    "the mode {mode} is refused, so what it asks for is answered: {}",
                    error.message
                ));
            }
            (What::Model { name, offered }, Err(error)) => {
                let problem = format!("the agent refuses the model {name}: {}", error.message);
                let remedy = match offered.is_empty() {
                    true => "correct the agent's `model`".to_owned(),
                    false => format!("correct the agent's `model`; there are {}", offered.join(", ")),
                };
                return unavailable(&Unavailable::new(problem, remedy), out);
            }
        }
        self.set_or_prompt(out);
    }

    fn answered(&mut self, purpose: Purpose, result: Result<Value, RpcError>, out: &mut Out) {
        match (purpose, result) {
            (Purpose::Initialize, Ok(result)) => self.initialized(&result, out),
            (Purpose::Open(opening), Ok(result)) => self.opened(opening, &result, out),
            (Purpose::Open(_), Err(error))
                if error.code != AUTHENTICATION_REQUIRED && !self.openings.is_empty() =>
            {
                if self.openings.front() == Some(&Opening::New) {
                    let session = self.spec.resume.as_ref().map(ToString::to_string).unwrap_or_default();
                    let why = error.message;
                    out.log(format!("the conversation {session} is gone ({why}); beginning a new one"));
                }
                self.open(out);
            }
            (Purpose::Set(setting), result) => self.set(&setting, result, out),
            (Purpose::Prompt, Ok(result)) => self.finished(&result, out),
            (Purpose::Initialize | Purpose::Open(_) | Purpose::Prompt, Err(error)) => self.failed(error, out),
        }
    }

    fn finished(&mut self, result: &Value, out: &mut Out) {
        self.turn.finish(result, out);
        let end = end::of_result(result, &self.turn);
        out.end(match self.stopping.take() {
            None => end,
            Some(why) => End { finished: end.finished && why.question.is_none(), ..why },
        });
    }

    fn failed(&mut self, error: RpcError, out: &mut Out) {
        self.turn.finish(&Value::Null, out);
        let why = self.stopping.take();
        out.end(why.unwrap_or_else(|| end::of_error(error, &self.turn)));
    }

    fn permission(&mut self, id: &Value, params: &Value, out: &mut Out) {
        if self.stopping.is_some() {
            return out.answer(id, json!({ "outcome": { "outcome": "cancelled" } }));
        }
        let call = self.turn.asked(params.get("toolCall").unwrap_or(&Value::Null), out);
        let answer = Answer::to(params, &call, &self.spec.permissions);
        out.log(format!("asked for permission: {}; {}", call.describe(), answer.describe()));
        out.answer(id, answer.result());
        if answer.refuses() {
            self.turn.refused();
        }
        if let Answer::NoSuchOption { .. } = answer {
            self.stop(End::asks(answer.question(&call)), out);
        }
    }

    /// Stops the agent once it is beyond its limits.
    fn keep_limits(&mut self, out: &mut Out) {
        let usage = self.turn.usage;
        let too_many = self.spec.max_turns.is_some_and(|most| usage.turns > most.max(1));
        let too_dear =
            self.spec.budget_usd.is_some_and(|most| usage.cost_usd > 0.0 && usage.cost_usd >= most);
        if self.stopping.is_some() || !(too_many || too_dear) {
            return;
        }
        let stop = if too_many { StopReason::MaxTurns } else { StopReason::Budget };
        self.stop(End::stopped(stop), out);
    }
}

impl Dialogue for AcpDialogue {
    fn begin(&mut self, out: &mut Out) {
        let params = json!({
            "protocolVersion": VERSION,
            // Its own tools are better than ours, and work in the same folder.
            "clientCapabilities": { "fs": { "readTextFile": false, "writeTextFile": false }, "terminal": false },
            "clientInfo": { "name": "octopoid", "title": "Octopoid", "version": env!("CARGO_PKG_VERSION") }
        });
        self.ask(Purpose::Initialize, "initialize", params, out);
    }

    fn receive(&mut self, message: Message, out: &mut Out) {
        match message {
            Message::Answer { id, result } => {
                if let Some(purpose) = self.calls.answered(&id) {
                    self.answered(purpose, result, out);
                }
            }
            Message::Notification { method, params } if method == "session/update" => {
                let update = params.get("update").unwrap_or(&Value::Null);
                let ours = text(&params, "/sessionId").is_none_or(|id| self.session.as_deref() == Some(id));
                match (self.prompting, ours) {
                    (true, true) => self.turn.update(update, out),
                    // What comes while a conversation is opened is its replay.
                    (false, _) => self.turn.past(update),
                    (true, false) => {}
                }
                self.keep_limits(out);
            }
            Message::Notification { .. } => {}
            Message::Request { id, method, params } if method == "session/request_permission" => {
                self.permission(&id, &params, out);
            }
            Message::Request { id, method, .. } => out.refuse(&id, &method),
        }
    }

    fn pause(&mut self, out: &mut Out) {
        self.turn.speech.pause(out);
    }

    fn stop(&mut self, why: End, out: &mut Out) {
        if !self.prompting {
            return out.end(why);
        }
        if self.stopping.is_none() {
            out.notify("session/cancel", json!({ "sessionId": self.session }));
            out.stopping(why.clone());
            self.stopping = Some(why);
        }
    }
}

fn unavailable(why: &Unavailable, out: &mut Out) {
    let (problem, remedy) = (why.problem.clone(), why.remedy.clone());
    out.end(End::stopped(StopReason::Unavailable { problem, remedy }));
}
