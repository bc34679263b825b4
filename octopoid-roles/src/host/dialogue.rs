//! What is said to an agent, decided without I/O.

use super::line::{End, HostLine};
use super::message::{Message, answer, notification, refusal};
use octopoid_core::model::{SessionId, StopReason};
use octopoid_core::runner::AgentEvent;
use serde_json::Value;

/// Our side of a conversation with an agent.
pub(crate) trait Dialogue: Send {
    /// Begins the conversation.
    fn begin(&mut self, out: &mut Out);

    /// Takes in a message of the agent.
    fn receive(&mut self, message: Message, out: &mut Out);

    /// Tells what is only half told: nothing has come for a moment.
    fn pause(&mut self, out: &mut Out);

    /// Asks the agent to stop, for this reason. The conversation has ended when the agent answers.
    fn stop(&mut self, why: End, out: &mut Out);
}

/// What follows from a message: what is sent to the agent, and what is printed.
#[derive(Debug, Default)]
pub(crate) struct Out {
    pub(super) sent: Vec<Value>,
    pub(super) lines: Vec<HostLine>,
    pub(super) session: Option<SessionId>,
    /// Why the agent was asked to stop, by the dialogue itself.
    pub(super) stopping: Option<End>,
}

impl Out {
    /// Sends a message.
    pub(crate) fn send(&mut self, message: Value) {
        self.sent.push(message);
    }

    /// Sends a notification.
    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(notification(method, params));
    }

    /// Answers a request.
    pub(crate) fn answer(&mut self, id: &Value, result: Value) {
        self.send(answer(id, result));
    }

    /// Answers a request for something that is not offered.
    pub(crate) fn refuse(&mut self, id: &Value, method: &str) {
        self.send(refusal(id, method));
    }

    /// Tells of something that the agent did.
    pub(crate) fn event(&mut self, event: AgentEvent) {
        if let AgentEvent::Session(session) = &event {
            self.session = Some(session.clone());
        }
        self.lines.push(HostLine::Event(event));
    }

    /// Notes something for the log.
    pub(crate) fn log(&mut self, text: impl Into<String>) {
        self.event(AgentEvent::Log(text.into()));
    }

    /// Tells what the end would mean if the agent went no further.
    pub(crate) fn trouble(&mut self, stop: StopReason) {
        self.lines.push(HostLine::Trouble(stop));
    }

    /// Notes that the agent was asked to stop; what its end is if it does not answer in time.
    pub(crate) fn stopping(&mut self, why: End) {
        self.stopping = Some(why);
    }

    /// Ends the conversation.
    pub(crate) fn end(&mut self, end: End) {
        self.lines.push(HostLine::End(end));
    }

    /// Returns whether the conversation has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.lines.iter().any(|line| matches!(line, HostLine::End(_)))
    }
}
