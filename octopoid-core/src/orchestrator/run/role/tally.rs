//! What the agent calls of a run have used so far, and what is known of their conversation.

use crate::model::{Run, SessionId, Usage};
use crate::runner::{AgentEvent, AgentReport};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The place of what a role used by itself, without an agent call.
pub(super) const OWN: u32 = 0;

/// The sums of a run, kept up to date while its agents work, so that they hold however it ends (I34).
#[derive(Debug, Default, Clone, PartialEq)]
pub(in crate::orchestrator::run) struct Tally {
    /// Number of calls that the role has asked for.
    asked: u32,
    /// Agent calls begun: those, and the corrections of their reports.
    calls: u32,
    /// Usage of each call, by its number.
    used: BTreeMap<u32, Usage>,
    session: Option<SessionId>,
    model: Option<String>,
    last_words: Option<String>,
    /// Fields of the newest report beyond the standard ones.
    own_fields: Option<Map<String, Value>>,
}

impl Tally {
    /// Takes note that the role asks for an agent. Returns how often it has done so.
    pub(super) fn ask(&mut self) -> u32 {
        self.asked += 1;
        self.asked
    }

    /// Begins a call and returns its number, from 1.
    pub(super) fn begin(&mut self) -> u32 {
        self.calls += 1;
        self.calls
    }

    /// Takes note of what a call does. Returns whether that is worth to be recorded.
    pub(super) fn hear(&mut self, call: u32, event: &AgentEvent) -> bool {
        match event {
            AgentEvent::Session(session) => self.session = Some(session.clone()),
            AgentEvent::Usage(usage) => {
                self.used.insert(call, *usage);
            }
            AgentEvent::Model(model) => self.model = Some(model.clone()),
            AgentEvent::Text(text) => {
                self.say(text);
                return false;
            }
            AgentEvent::Tool { .. } | AgentEvent::ToolResult { .. } | AgentEvent::Log(_) => return false,
        }
        true
    }

    /// Takes note of the model that is asked for.
    pub(super) fn ask_model(&mut self, model: Option<&str>) {
        self.model = model.map(str::to_owned).or(self.model.take());
    }

    /// Takes note of how a call ended.
    pub(super) fn end(&mut self, call: u32, report: &AgentReport) {
        // One that broke off says nothing of what it had used.
        let known = self.used.entry(call).or_default();
        if report.usage != Usage::default() {
            *known = report.usage;
        }
        self.session = report.session.clone().or(self.session.take());
        self.say(&report.text);
    }

    /// Takes note of a report that fits the schema of its call.
    pub(super) fn keep(&mut self, own_fields: Map<String, Value>) {
        self.own_fields = Some(own_fields).filter(|fields| !fields.is_empty());
    }

    /// Returns what the newest report says beyond the standard fields.
    pub(in crate::orchestrator::run) fn own_fields(&self) -> Option<&Map<String, Value>> {
        self.own_fields.as_ref()
    }

    fn say(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            let end = text.floor_char_boundary(Run::LONGEST_WORDS);
            self.last_words = Some(text[..end].to_owned());
        }
    }

    /// Returns what all calls have used.
    pub(in crate::orchestrator::run) fn usage(&self) -> Usage {
        self.used.values().copied().sum()
    }

    /// Returns the conversation of the newest call.
    pub(in crate::orchestrator::run) fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// Writes the sums into the record of the run. What the record knows already is never made less.
    pub(in crate::orchestrator::run) fn put_into(&self, run: &mut Run) {
        if !self.used.is_empty() {
            run.usage = self.usage();
        }
        run.session = self.session.clone().or(run.session.take());
        run.model = self.model.clone().or(run.model.take());
        run.last_words = self.last_words.clone().or(run.last_words.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AgentName, OrchestratorId, Scope, StopReason, TaskId, Timestamp};

    fn used(turns: u32) -> Usage {
        Usage { turns, input_tokens: u64::from(turns) * 100, ..Usage::default() }
    }

    #[test]
    fn i34_a_call_that_never_ends_counts_with_what_it_had_used() {
        let mut tally = Tally::default();
        let (first, second) = (tally.begin(), tally.begin());
        assert!(tally.hear(first, &AgentEvent::Usage(used(2))));
        tally.end(first, &AgentReport { usage: used(3), ..AgentReport::stopped(StopReason::Completed) });
        tally.hear(second, &AgentEvent::Usage(used(4)));
        tally.hear(OWN, &AgentEvent::Usage(used(1)));
        assert_eq!(tally.usage(), used(8));
        // It panicked, and its runner knows nothing.
        tally.end(second, &AgentReport::stopped(StopReason::Cancelled));
        assert_eq!(tally.usage(), used(8));
    }

    #[test]
    fn the_programs_own_word_for_its_model_counts_more_than_what_was_asked_for() {
        let (mut tally, mut run) = (Tally::default(), run());
        tally.ask_model(Some("fast"));
        tally.put_into(&mut run);
        assert_eq!(run.model.as_deref(), Some("fast"));
        let call = tally.begin();
        assert!(tally.hear(call, &AgentEvent::Model("fast-2".to_owned())));
        tally.put_into(&mut run);
        assert_eq!(run.model.as_deref(), Some("fast-2"));
        // A call that leaves the choice to its program says nothing new.
        tally.ask_model(None);
        tally.put_into(&mut run);
        assert_eq!(run.model.as_deref(), Some("fast-2"));
    }

    fn run() -> Run {
        Run::new(
            Scope::single(),
            TaskId::numbered(1),
            1,
            AgentName::new("a").unwrap(),
            None,
            OrchestratorId::new("here").unwrap(),
            Timestamp::from_millis(0),
        )
    }

    #[test]
    fn the_newest_conversation_and_the_last_words_are_kept() {
        let mut tally = Tally::default();
        let call = tally.begin();
        assert!(tally.hear(call, &AgentEvent::Session(SessionId::new("s").unwrap())));
        assert!(!tally.hear(call, &AgentEvent::Text(format!("{}é", "x".repeat(Run::LONGEST_WORDS - 1)))));
        tally.end(call, &AgentReport::stopped(StopReason::Cancelled));
        assert_eq!(tally.session().map(SessionId::as_str), Some("s"));
        assert_eq!(tally.last_words.unwrap().len(), Run::LONGEST_WORDS - 1);
    }
}
