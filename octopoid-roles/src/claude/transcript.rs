//! The transcript of a call: what its events have told so far.

use super::event::{Assistant, Event, ResultEvent, ToolResult};
use super::hooks::REPORT;
use crate::tool_input::telling;
use octopoid_core::model::{SessionId, Timestamp, Usage};
use octopoid_core::runner::AgentEvent;
use std::collections::BTreeSet;

/// The state of a call, by the events that were read so far.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    pub(super) session: Option<SessionId>,
    /// The model that the program says it uses.
    model: Option<String>,
    /// The last result event. Several may come; the last one counts.
    pub(super) result: Option<ResultEvent>,
    /// The kind of the last API error.
    pub(super) api_error: Option<String>,
    /// When the account's limit that was hit lifts.
    pub(super) limit_resets_at: Option<Timestamp>,
    pub(super) limit_hit: bool,
    pub(super) denied: BTreeSet<String>,
    /// The last thing that the model said.
    pub(super) text: String,
    /// The ids of the answers that were counted. Those of subagents come in between its own.
    counted: BTreeSet<String>,
    /// The usage as counted from the answers.
    live: Usage,
    /// The usage as the results give it, of this call alone.
    settled: Option<Usage>,
    /// Whether a result gave only the usage of the whole conversation.
    unsure: bool,
}

impl Transcript {
    /// Returns the usage of the call so far.
    pub(super) fn usage(&self) -> Usage {
        self.settled.unwrap_or(self.live)
    }

    /// Returns whether the cost may include that of earlier calls in the same conversation.
    pub(super) fn cost_is_unsure(&self) -> bool {
        self.unsure
    }

    /// Takes in one line, and returns the events to hand on.
    pub(super) fn read(&mut self, line: &str) -> Vec<AgentEvent> {
        match Event::parse(line) {
            None if line.trim().is_empty() => Vec::new(),
            None => vec![AgentEvent::Log(line.to_owned())],
            Some(Event::Init { session, model }) => {
                let session = self.set_session(session);
                session.into_iter().chain(self.set_model(model)).collect()
            }
            Some(Event::Assistant(assistant)) => self.assistant(assistant),
            Some(Event::ToolResults(results)) => results
                .into_iter()
                .map(|ToolResult { text, failed }| AgentEvent::ToolResult { text, failed })
                .collect(),
            Some(Event::Retry { attempt, most, delay_ms, status, error }) => {
                let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
                let text =
                    format!("the API failed: {status}, {error}; try {attempt} of {most} in {delay_ms} ms");
                vec![AgentEvent::Log(text)]
            }
            // It was kept from reporting until it had heard what was said.
            Some(Event::Denied { tool }) if tool == REPORT => Vec::new(),
            Some(Event::Denied { tool }) => {
                let text = format!("the tool {tool} was denied");
                self.denied.insert(tool);
                vec![AgentEvent::Log(text)]
            }
            Some(Event::Limit { rejected, resets_at }) => {
                self.limit_hit = rejected;
                self.limit_resets_at = if rejected { resets_at } else { None };
                Vec::new()
            }
            Some(Event::Result(result)) => self.finish(*result),
            Some(Event::Other) => Vec::new(),
        }
    }

    fn set_session(&mut self, session: Option<String>) -> Vec<AgentEvent> {
        let session = session.and_then(|id| SessionId::new(id).ok());
        if session.is_none() || session == self.session {
            return Vec::new();
        }
        self.session.clone_from(&session);
        session.into_iter().map(AgentEvent::Session).collect()
    }

    fn set_model(&mut self, model: Option<String>) -> Option<AgentEvent> {
        let model = model.filter(|model| !model.is_empty() && self.model.as_ref() != Some(model))?;
        self.model = Some(model.clone());
        Some(AgentEvent::Model(model))
    }

    fn assistant(&mut self, assistant: Assistant) -> Vec<AgentEvent> {
        let mut events = Vec::new();
        if assistant.error.is_some() {
            // The program speaks, not the model.
            self.api_error = assistant.error;
            return assistant.texts.into_iter().map(AgentEvent::Log).collect();
        }
        self.api_error = None;
        if !assistant.synthetic && self.counted.insert(assistant.message) {
            // Agents that this one started cost tokens, but take none of its turns.
            self.live.turns += u32::from(!assistant.nested);
            self.live.input_tokens += assistant.input_tokens;
            if self.settled.is_none() {
                events.push(AgentEvent::Usage(self.live));
            }
        }
        for text in assistant.texts {
            if !assistant.nested {
                self.text.clone_from(&text);
            }
            events.push(AgentEvent::Text(text));
        }
        for (name, input) in assistant.tools {
            events.push(AgentEvent::Tool { name, input: telling(&input) });
        }
        events
    }

    fn finish(&mut self, result: ResultEvent) -> Vec<AgentEvent> {
        let mut events = self.set_session(result.session.clone());
        let mut usage = match result.since {
            Some(since) => {
                let mut usage = self.settled.unwrap_or_default();
                usage += since;
                usage
            }
            None => {
                self.unsure = true;
                result.total
            }
        };
        // The program's own number is greater than that of the answers: by one after a structured report, a refused call or its
        // limit of turns, and by two after an interruption.
        usage.turns = self.live.turns;
        self.settled = Some(usage);
        self.denied.extend(result.denials.iter().filter(|tool| *tool != REPORT).cloned());
        self.result = Some(result);
        events.push(AgentEvent::Usage(usage));
        events
    }
}
