//! Builder of transitions: the elementary changes that every command consists of.

use super::{Actor, Command, Context, Refusal, Transition};
use crate::model::{
    Blocker, Claim, ClaimToken, EventDraft, EventKind, Hold, MessageDraft, MessageKind, NewTask, Provisional,
    Queue, Settled, State, Task, TaskId,
};

pub(super) struct TransitionBuilder<'a> {
    pub(super) before: &'a Task,
    command: &'a Command,
    pub(super) context: Context<'a>,
    pub(super) task: Task,
    events: Vec<EventDraft>,
    messages: Vec<MessageDraft>,
    /// Subtasks to create with the transition.
    pub(super) subtasks: Vec<NewTask>,
}

impl<'a> TransitionBuilder<'a> {
    pub(super) fn new(before: &'a Task, command: &'a Command, context: Context<'a>) -> Self {
        Self {
            before,
            command,
            context,
            task: before.clone(),
            events: Vec::new(),
            messages: Vec::new(),
            subtasks: Vec::new(),
        }
    }

    /// Returns the refusal for a command in the wrong queue.
    pub(super) fn wrong_queue(&self, allowed: &'static str) -> Refusal {
        Refusal::WrongQueue {
            command: self.command.name().into(),
            id: self.before.id.clone(),
            queue: self.before.queue(),
            allowed: allowed.into(),
        }
    }

    /// Returns the claim with this token, whether or not its lease has ended.
    pub(super) fn claim(&self, token: &ClaimToken) -> Result<&'a Claim, Refusal> {
        match self.before.state.claim() {
            Some(claim) if &claim.token == token => Ok(claim),
            Some(claim) => Err(self.lease_lost(format!("{} holds it now", claim.holder))),
            None => Err(self.lease_lost(format!("nobody holds it; it is in `{}`", self.before.queue()))),
        }
    }

    /// Returns the claim with this token if its lease has not ended.
    pub(super) fn live_claim(&self, token: &ClaimToken) -> Result<&'a Claim, Refusal> {
        let claim = self.claim(token)?;
        if claim.is_expired(self.context.now) {
            return Err(
                self.lease_lost(format!("its lease ended at {}; renew it first", claim.lease_expires_at))
            );
        }
        Ok(claim)
    }

    fn lease_lost(&self, why: String) -> Refusal {
        Refusal::LeaseLost { command: self.command.name().into(), id: self.before.id.clone(), why }
    }

    /// Returns the actor's name after checking its authority.
    ///
    /// A holder must hold a live claim. A person is always authorised, a bystander only while the task is not claimed, and the
    /// system only while the task is not claimed and no person has been asked to decide.
    pub(super) fn authorise(&self, actor: &Actor) -> Result<String, Refusal> {
        match (actor, self.before.state.claim()) {
            (Actor::Holder(token) | Actor::Reviewer { token, .. }, _) => {
                Ok(self.live_claim(token)?.holder.agent.to_string())
            }
            (Actor::Person(name), _) | (Actor::Bystander(name), None) => Ok(name.clone()),
            (Actor::Bystander(_), Some(claim)) => {
                Err(self
                    .lease_lost(format!("{} holds it: show the claim's token, or force it", claim.holder)))
            }
            (Actor::System(id), None) => match &self.before.state {
                State::Provisional(Provisional { hold: Hold::Person { .. }, .. }) => {
                    Err(Refusal::PersonOnly {
                        command: self.command.name().into(),
                        id: self.before.id.clone(),
                    })
                }
                _ => Ok(id.to_string()),
            },
            (Actor::System(_), Some(claim)) => Err(Refusal::Held {
                command: self.command.name().into(),
                id: self.before.id.clone(),
                holder: claim.holder.to_string(),
                until: claim.lease_expires_at,
            }),
        }
    }

    /// Returns the name of the acting person.
    pub(super) fn person(&self, actor: &Actor) -> Result<String, Refusal> {
        match actor {
            Actor::Person(_) | Actor::Bystander(_) => self.authorise(actor),
            _ => Err(Refusal::PersonOnly { command: self.command.name().into(), id: self.before.id.clone() }),
        }
    }

    /// Returns whether this token has already carried out this very command, so that the request is a repetition.
    ///
    /// Another holder may have claimed the task since; a lost response to the first request is no reason to refuse the second.
    pub(super) fn is_repetition(&self) -> bool {
        match (&self.before.settled, self.command.token()) {
            (Some(Settled { token, command }), Some(shown)) => {
                let held_again = self.before.state.claim().is_some_and(|claim| &claim.token == shown);
                token == shown && command == self.command.name() && !held_again
            }
            _ => false,
        }
    }

    /// Adds an event from the previous queue to the current one.
    pub(super) fn record(&mut self, kind: EventKind, actor: &str, note: Option<String>) {
        self.events.push(EventDraft {
            kind,
            actor: actor.to_owned(),
            from: Some(self.before.queue()),
            to: Some(self.task.queue()),
            note,
        });
    }

    /// Adds unresolved blockers.
    pub(super) fn wait_for(&mut self, on: &[TaskId]) {
        for id in on {
            match self.task.blockers.iter_mut().find(|blocker| &blocker.id == id) {
                Some(blocker) => blocker.resolved = false,
                None => self.task.blockers.push(Blocker { id: id.clone(), resolved: false }),
            }
        }
    }

    /// Adds a message, unless its text is empty.
    pub(super) fn say(&mut self, kind: MessageKind, author: &str, body: &str) {
        if !body.trim().is_empty() {
            self.messages.push(MessageDraft::new(kind, author, body));
        }
    }

    /// Adds a comment with a finer kind as its label.
    pub(super) fn say_as(&mut self, label: &str, author: &str, body: &str) {
        let mut message = MessageDraft::new(MessageKind::Comment, author, body);
        message.label = Some(label.to_owned());
        self.messages.push(message);
    }

    /// Moves the task to a state, with the reason as its note, and records the event.
    pub(super) fn go(&mut self, state: State, kind: EventKind, actor: &str, note: Option<&str>) {
        self.task.state = state;
        self.task.attributes.needs_intervention = false;
        self.task.note = note.filter(|text| !text.is_empty()).map(str::to_owned);
        let note = self.task.note.clone();
        self.record(kind, actor, note);
    }

    /// Stops the task and asks a person: to `needs_continuation`.
    pub(super) fn stop(&mut self, reason: String, actor: &str) {
        self.task.note = Some(reason.clone());
        self.task.state = State::NeedsContinuation { reason: reason.clone() };
        self.record(EventKind::PersonNeeded, actor, Some(reason));
    }

    /// Returns the finished transition, with the version incremented.
    pub(super) fn finish(mut self) -> Transition {
        self.task.version += 1;
        // Work goes on in the state in which it was made, wherever its review had got to.
        if matches!(self.task.queue(), Queue::Incoming | Queue::Claimed)
            && let Some(submission) = &mut self.task.submission
        {
            submission.review.state.clone_from(&submission.review.made_in);
        }
        self.task.updated_at = self.context.now;
        if let Some(token) = self.command.token()
            && self.task.state.claim().is_none()
        {
            self.task.settled =
                Some(Settled { token: token.clone(), command: self.command.name().to_owned() });
        }
        Transition { task: self.task, events: self.events, messages: self.messages, subtasks: self.subtasks }
    }

    /// Returns a transition with nothing to persist.
    pub(super) fn repetition(self) -> Transition {
        Transition {
            task: self.before.clone(),
            events: Vec::new(),
            messages: Vec::new(),
            subtasks: Vec::new(),
        }
    }

    pub(super) fn queue(&self) -> Queue {
        self.before.queue()
    }
}

/// Refuses an empty reason.
pub(super) fn need_reason(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::Invalid {
            field: "reason".into(),
            rule: "must not be empty: say why".to_owned(),
        });
    }
    Ok(())
}
