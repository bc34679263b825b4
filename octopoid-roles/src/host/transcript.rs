//! The transcript of a call: what the lines of the host process have told so far.

use super::line::{End, HostLine};
use octopoid_core::model::{SessionId, StopReason, Usage};
use octopoid_core::runner::AgentEvent;

/// The state of a call, by the lines that were read so far.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    pub(super) session: Option<SessionId>,
    pub(super) usage: Usage,
    /// The last thing that the model said.
    pub(super) text: String,
    /// What the end would mean if the agent went no further.
    pub(super) trouble: Option<StopReason>,
    pub(super) end: Option<End>,
}

impl Transcript {
    /// Takes in one line, and returns the event to hand on.
    pub(super) fn read(&mut self, line: &str) -> Option<AgentEvent> {
        let event = match serde_json::from_str(line) {
            Ok(HostLine::Event(event)) => event,
            Ok(HostLine::Alive) => return None,
            Ok(HostLine::Trouble(stop)) => {
                let text = format!("the agent tries again: it {}", stop.describe());
                self.trouble = Some(stop);
                return Some(AgentEvent::Log(text));
            }
            Ok(HostLine::End(end)) => {
                self.end = Some(end);
                return None;
            }
            Err(_) if line.trim().is_empty() => return None,
            Err(_) => return Some(AgentEvent::Log(line.to_owned())),
        };
        match &event {
            AgentEvent::Session(session) => self.session = Some(session.clone()),
            AgentEvent::Usage(usage) => self.usage = *usage,
            AgentEvent::Text(text) => self.text.clone_from(text),
            _ => {}
        }
        if !matches!(event, AgentEvent::Log(_)) {
            self.trouble = None;
        }
        Some(event)
    }
}
