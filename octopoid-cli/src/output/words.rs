//! Where a task stands, in words, and what can be done about it.

use super::text;
use octopoid_core::model::{Hold, Provisional, Queue, Review, RoleName, State, Task, TaskId, Timestamp};
use octopoid_core::orchestrator::Status;
use octopoid_core::transition::Purpose;
use std::collections::BTreeMap;

/// What is known around a task when it is explained.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    pub(crate) now: Timestamp,
    /// What the running orchestrator says of itself; none when none runs.
    pub(crate) status: Option<Status>,
    /// Whether `octopoid pause` holds.
    pub(crate) paused: bool,
    /// What each configured, unpaused agent's role claims tasks for.
    pub(crate) roles: BTreeMap<RoleName, Purpose>,
    /// Whether a person must approve before anything lands.
    pub(crate) person_approves: bool,
    /// Where the tasks stand that others wait for.
    pub(crate) blockers: BTreeMap<TaskId, Queue>,
}

/// A task's place in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Explained {
    pub(crate) text: String,
    /// Whether nothing goes on without a person.
    pub(crate) person: bool,
    /// What a person can type.
    pub(crate) commands: Vec<String>,
}

impl Explained {
    fn waits(text: impl Into<String>) -> Self {
        Self { text: text.into(), person: false, commands: Vec::new() }
    }

    fn needs(text: impl Into<String>, commands: impl IntoIterator<Item = String>) -> Self {
        Self { text: text.into(), person: true, commands: commands.into_iter().collect() }
    }
}

/// Describes the lack of an agent that reviews a task.
fn no_reviewer(task: &Task) -> String {
    let open: Vec<_> = task.review().into_iter().flat_map(Review::open).map(RoleName::as_str).collect();
    match open.as_slice() {
        [] => "waits for review, and no agent reviews".to_owned(),
        roles => format!("waits for review by `{}`, and no agent here has that role", roles.join("` or `")),
    }
}

/// Whether it was broken down.
fn in_parts(task: &Task) -> bool {
    task.breakdown.as_ref().is_some_and(|breakdown| breakdown.done)
}

impl Surroundings {
    /// Where a task stands, why it does not move, and what a person can do.
    pub(crate) fn explain(&self, task: &Task) -> Explained {
        let explained = self.without_own_state(task);
        match task.flow_state().filter(|_| task.queue() != Queue::Custom) {
            Some(state) => Explained { text: format!("in `{state}`: {}", explained.text), ..explained },
            None => explained,
        }
    }

    fn without_own_state(&self, task: &Task) -> Explained {
        let id = &task.id;
        match &task.state {
            State::Backlog => Explained {
                text: "put aside".to_owned(),
                person: false,
                commands: vec![format!("octopoid retry {id}")],
            },
            State::Custom { state } => Explained::needs(
                format!("in `{state}`, from which a person or a program of its flow moves it"),
                [format!("octopoid retry {id}"), format!("octopoid force {id} QUEUE --reason \"…\"")],
            ),
            State::Blocked => self.blocked(task),
            State::Incoming => self.incoming(task),
            State::Claimed { claim } => Explained::waits(format!(
                "{} works on it since {}",
                claim.holder.agent,
                text::relative(claim.claimed_at, self.now)
            )),
            State::Provisional(provisional) => self.provisional(task, provisional),
            State::NeedsContinuation { reason } => Explained::needs(
                format!("stopped: {reason}"),
                [format!("octopoid retry {id} --note \"…\""), format!("octopoid cancel {id}")],
            ),
            State::Done { landed: Some(commit), at } => {
                Explained::waits(format!("landed as {} {}", commit.short(), text::relative(*at, self.now)))
            }
            State::Done { landed: None, at }
                if task.settled.as_ref().is_some_and(|by| by.command == "accept") =>
            {
                Explained::waits(format!("done without anything to merge {}", text::relative(*at, self.now)))
            }
            State::Done { landed: None, at } if in_parts(task) => {
                Explained::waits(format!("done in parts {}", text::relative(*at, self.now)))
            }
            State::Done { landed: None, at } => {
                Explained::waits(format!("accepted by a person {}", text::relative(*at, self.now)))
            }
            State::Failed { reason } if task.state.is_cancelled() => Explained {
                text: reason.clone(),
                person: false,
                commands: vec![format!("octopoid retry {id} --note \"…\"")],
            },
            State::Failed { reason } => {
                Explained::needs(format!("given up: {reason}"), [format!("octopoid retry {id} --note \"…\"")])
            }
            _ => Explained::waits(task.queue().as_str()),
        }
    }

    fn blocked(&self, task: &Task) -> Explained {
        let mut commands = Vec::new();
        let names: Vec<_> = task
            .unresolved_blockers()
            .map(|blocker| match self.blockers.get(blocker) {
                Some(queue) => {
                    if matches!(queue, Queue::Failed | Queue::NeedsContinuation | Queue::Backlog) {
                        commands.push(format!("octopoid retry {blocker}"));
                        commands.push(format!("octopoid unblock {} --blocker {blocker}", task.id));
                    }
                    format!("{blocker} ({queue})")
                }
                None => {
                    commands.push(format!("octopoid unblock {} --blocker {blocker}", task.id));
                    format!("{blocker} (gone)")
                }
            })
            .collect();
        let what = if in_parts(task) { "done in parts; waits for" } else { "waits for" };
        let text = format!("{what} {}", names.join(", "));
        Explained { text, person: !commands.is_empty(), commands }
    }

    fn incoming(&self, task: &Task) -> Explained {
        let again = match (&task.note, task.counters.runs) {
            (Some(note), 1..) => format!(" (before: {})", text::one_line(note, 80)),
            _ => String::new(),
        };
        if self.roles.get(&task.role) != Some(&Purpose::Work) {
            return Explained::needs(
                format!("no agent has the role `{}`", task.role),
                [format!("add `- {{ name: {0}, role: {0} }}` to .octopoid/agents.yaml", task.role)],
            );
        }
        match self.obstacle() {
            Some(explained) => Explained { text: format!("ready; {}{again}", explained.text), ..explained },
            None => Explained::waits(format!("ready; waits for an agent of role `{}`{again}", task.role)),
        }
    }

    /// Why nothing moves at all.
    fn obstacle(&self) -> Option<Explained> {
        if self.status.is_none() {
            return Some(Explained {
                text: "no orchestrator runs".to_owned(),
                person: false,
                commands: vec!["octopoid start".to_owned()],
            });
        }
        self.paused.then(|| Explained {
            text: "the orchestrator is paused".to_owned(),
            person: false,
            commands: vec!["octopoid resume".to_owned()],
        })
    }

    /// Returns whether an agent here reviews in a role whose word the task still waits for.
    fn has_reviewer(&self, task: &Task) -> bool {
        let mut reviewing = self.roles.iter().filter(|(_, purpose)| **purpose == Purpose::Review);
        reviewing.any(|(role, _)| task.review().is_none_or(|review| review.wants(role)))
    }

    fn provisional(&self, task: &Task, provisional: &Provisional) -> Explained {
        let id = &task.id;
        let decide = || {
            let approve = match &task.attributes.project {
                // The same word, asked for in the project's name: it also sees that nothing of the project is left to do.
                Some(project) if task.attributes.lands_project => {
                    format!("octopoid project approve {project}")
                }
                _ => format!("octopoid approve {id}"),
            };
            [
                approve,
                format!("octopoid reject {id} --reason \"…\""),
                format!("octopoid retry {id} --note \"…\""),
            ]
        };
        match (&provisional.hold, &provisional.approval) {
            (Hold::Person { reason }, _) => {
                Explained::needs(format!("waits for a person: {reason}"), decide())
            }
            (Hold::Claimed { claim }, approval) => {
                let what = if approval.is_some() { "is landed" } else { "is reviewed" };
                let since = text::relative(claim.claimed_at, self.now);
                Explained::waits(format!("{what} by {} since {since}", claim.holder.agent))
            }
            (Hold::Free, Some(approval)) if self.person_approves && !approval.person => {
                Explained::needs(format!("approved by {}; a person must approve too", approval.by), decide())
            }
            (Hold::Free, Some(approval)) => {
                let wait = self.status.as_ref().and_then(|status| status.waiting.get(id));
                match (wait, self.obstacle()) {
                    (Some(idle), _) => Explained::waits(format!("waits to land: {}", idle.reason)),
                    (None, Some(explained)) => Explained {
                        text: format!("approved by {}; {}", approval.by, explained.text),
                        ..explained
                    },
                    (None, None) => Explained::waits(format!("approved by {}; lands next", approval.by)),
                }
            }
            (Hold::Free, None) if !self.has_reviewer(task) => Explained::needs(no_reviewer(task), decide()),
            (Hold::Free, None) => match self.obstacle() {
                Some(explained) => {
                    Explained { text: format!("waits for review; {}", explained.text), ..explained }
                }
                None => Explained::waits("waits for a reviewer"),
            },
        }
    }
}
