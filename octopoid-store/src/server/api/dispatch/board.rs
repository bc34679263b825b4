//! The decision which machine receives what. Pure.

use super::Key;
use super::holders::Holders;
use super::machine::{Machine, Sent};
use super::opening::{Opening, PAUSE};
use crate::server::api::ring::Frame;
use octopoid_core::model::{
    ArtifactKey, Event, EventKind, OrchestratorId, Queue, RunId, Scope, Task, TaskId,
};
use octopoid_core::store::{Interest, Offer};
use octopoid_core::transition::Purpose;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// What is known about an event's task.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The task as it is now.
    pub(super) task: Option<Task>,
    /// The machines that have worked on it before.
    pub(super) earlier: Vec<OrchestratorId>,
    /// Number of tasks in `provisional`, if it may have changed.
    pub(super) provisional: Option<u64>,
    /// The next task in `incoming`, if a machine may wait for room to begin one.
    pub(super) next_work: Option<Task>,
}

/// Largest number of openings of one kind.
const KEPT: usize = 512;

/// Time between two messages that a run is followed. A machine takes one to hold for three times as long.
const FOLLOWED: Duration = Duration::from_secs(20);

/// State of the dispatcher.
#[derive(Debug, Default)]
pub(super) struct Board {
    /// The newest event that was dispatched.
    position: u64,
    machines: BTreeMap<u64, Machine>,
    holders: Holders,
    openings: BTreeMap<Key, Opening>,
    provisional: HashMap<Scope, u64>,
    /// When the machine of a run was last told that it is followed.
    followed: HashMap<RunId, Duration>,
    /// Counts the machines, and the offers.
    number: u64,
}

impl Board {
    pub(super) fn begin(&mut self, position: u64) {
        self.position = self.position.max(position);
    }

    /// Adds a machine. Returns its number, what wakes its listener, and the position.
    pub(super) fn register(&mut self, interest: Interest, now: Duration) -> (u64, Arc<Notify>, u64) {
        self.number += 1;
        let machine = Machine::new(interest, self.number);
        let wakes = Arc::clone(&machine.wakes);
        for ((scope, _), opening) in &mut self.openings {
            if scope == &machine.interest.scope && opening.next.is_none() {
                opening.next = Some(now);
            }
        }
        self.machines.insert(self.number, machine);
        (self.number, wakes, self.position)
    }

    /// Records tasks that a machine holds already.
    pub(super) fn seed(&mut self, held: &[Task]) {
        held.iter().for_each(|task| self.holders.add(task));
    }

    /// Records a claim, before the claimant is answered.
    pub(super) fn claimed(&mut self, task: &Task) {
        if self.concerns_anybody(&task.scope) {
            self.holders.add(task);
        }
    }

    /// Removes a machine. With the last one, everything that is known about tasks is removed: nothing keeps it current.
    pub(super) fn leave(&mut self, number: u64, now: Duration) {
        self.machines.remove(&number);
        if self.machines.is_empty() {
            self.holders = Holders::default();
            self.openings.clear();
            self.provisional.clear();
            self.followed.clear();
            return;
        }
        for opening in self.openings.values_mut() {
            let told = opening.offered.len();
            opening.offered.retain(|(machine, _)| *machine != number);
            // Another machine gets its turn.
            if opening.offered.len() < told && opening.next.is_none() {
                opening.next = Some(now);
            }
        }
    }

    /// Returns whether a machine listens to this scope.
    pub(super) fn concerns_anybody(&self, scope: &Scope) -> bool {
        self.machines.values().any(|machine| &machine.interest.scope == scope)
    }

    pub(super) fn knows_provisional(&self, scope: &Scope) -> bool {
        self.provisional.contains_key(scope)
    }

    /// Returns whether a task in `incoming` is known to wait.
    pub(super) fn has_work(&self, scope: &Scope) -> bool {
        self.openings.iter().any(|((of, _), opening)| of == scope && opening.purpose == Purpose::Work)
    }

    /// Takes what is to be sent to a machine; `None` if that was too much.
    pub(super) fn sent(&mut self, number: u64) -> Option<Sent> {
        self.machines.get_mut(&number)?.take(self.position)
    }

    /// Tells the machines that hold a task that an artifact of its run is followed, at most once in each period.
    pub(super) fn followed(&mut self, artifact: &ArtifactKey, now: Duration) {
        self.followed.retain(|_, told| now < *told + FOLLOWED);
        let holders = self.holders.of(&(artifact.scope.clone(), artifact.task.clone()));
        if holders.is_empty() || self.followed.contains_key(&artifact.run) {
            return;
        }
        self.followed.insert(artifact.run.clone(), now);
        let holds = |machine: &&mut Machine| {
            machine.interest.scope == artifact.scope && holders.contains(&machine.interest.orchestrator)
        };
        self.machines.values_mut().filter(holds).for_each(|machine| machine.followed(&artifact.run));
    }

    /// Dispatches the next event.
    pub(super) fn take(&mut self, event: &Event, facts: &Facts, now: Duration) {
        self.position = event.seq;
        if !self.concerns_anybody(&event.scope)
            || matches!(event.kind, EventKind::RunRecorded | EventKind::ReviewCommented)
        {
            return;
        }
        if let Some(total) = facts.provisional {
            self.provisional.insert(event.scope.clone(), total);
        }
        self.tell(event, facts);
        if event.kind == EventKind::MessagePosted {
            return;
        }
        let key = (event.scope.clone(), event.task.clone());
        let free = match &facts.task {
            // The claim may be over by now, or another's; the claimant is to be told of that.
            Some(task) if event.kind.is_claim() => {
                self.holders.add(task);
                None
            }
            Some(task) => self.holders.update(task),
            None => self.holders.remove(&key),
        };
        self.open(key, facts.task.as_ref(), now);
        if let Some(branch) = free {
            // The machine that has just landed there is the first to look for the next.
            let lands = |opening: &Opening| opening.purpose == Purpose::Land && opening.branch == branch;
            for ((_, task), opening) in self.openings.iter_mut().filter(|(_, opening)| lands(opening)) {
                begin_again(task, opening, &mut self.machines, now + PAUSE);
            }
        }
        let left = event.from == Some(Queue::Provisional) && event.to != Some(Queue::Provisional);
        if left {
            self.make_room(&event.scope, facts.next_work.as_ref(), now);
        }
        self.call(now);
    }

    /// Sends an event to the machines that it concerns.
    fn tell(&mut self, event: &Event, facts: &Facts) {
        let holders = self.holders.of(&(event.scope.clone(), event.task.clone()));
        let in_project = facts.task.as_ref().is_some_and(|task| task.attributes.project.is_some());
        let everybody = event.kind == EventKind::Deleted
            || holders.is_empty() && in_project && event.kind.may_complete_project();
        let concerns = |machine: &&mut Machine| {
            let id = &machine.interest.orchestrator;
            machine.interest.scope == event.scope
                && (everybody || holders.contains(id) || facts.earlier.contains(id))
        };
        let mut concerned = self.machines.values_mut().filter(concerns).peekable();
        if concerned.peek().is_none() {
            return;
        }
        match Frame::text_of(event) {
            Ok(text) => concerned.for_each(|machine| machine.send(&text)),
            Err(error) => tracing::warn!(%error, "an event cannot be sent"),
        }
    }

    /// Opens what a task can be claimed for now.
    fn open(&mut self, key: Key, task: Option<&Task>, now: Duration) {
        let new = task.and_then(|task| Opening::of(task, now));
        // The task was read later than the event was written: its next events may bring the same again.
        if let (Some(old), Some(new)) = (self.openings.get(&key), &new)
            && (old.version, old.purpose) == (new.version, new.purpose)
        {
            return;
        }
        let holder = task.and_then(|task| task.state.claim()).map(|claim| &claim.holder.orchestrator);
        if let Some(old) = self.openings.remove(&key) {
            self.withdraw(&key.1, &old, holder);
        }
        let Some(new) = new else { return };
        // Machines that could take it have many offers of the same kind already, and look again until there are none.
        if self.openings.values().filter(|other| other.is_like(&new)).count() < KEPT {
            self.openings.insert(key, new);
        }
    }

    /// Withdraws an opening from the machines that it was offered to, except the one that has claimed it.
    fn withdraw(&mut self, task: &TaskId, opening: &Opening, holder: Option<&OrchestratorId>) {
        for (number, role) in &opening.offered {
            if let Some(machine) = self.machines.get_mut(number) {
                let say = opening.purpose != Purpose::Land && Some(&machine.interest.orchestrator) != holder;
                machine.withdraw(task, opening.purpose, role.clone(), say);
            }
        }
    }

    /// Offers work again to machines that may have waited for fewer tasks in `provisional`.
    fn make_room(&mut self, scope: &Scope, next: Option<&Task>, now: Duration) {
        let waiting = self
            .openings
            .iter_mut()
            .find(|((of, _), opening)| of == scope && opening.purpose == Purpose::Work);
        match (waiting, next) {
            // Others are still to be told, and may take it.
            (Some((_, opening)), _) if opening.next.is_some() => opening.again = true,
            (Some((key, opening)), _) => begin_again(&key.1, opening, &mut self.machines, now),
            (None, Some(task)) => self.open((task.scope.clone(), task.id.clone()), Some(task), now),
            (None, None) => {}
        }
    }

    /// Returns when the next call is due, by the monotonic clock.
    pub(super) fn next_call(&self) -> Option<Duration> {
        self.openings.values().filter_map(|opening| opening.next).min()
    }

    /// Makes the calls that are due.
    pub(super) fn call(&mut self, now: Duration) {
        let Self { openings, machines, holders, provisional, number, .. } = self;
        // One landing at a time is offered on each branch.
        let mut branches = Vec::new();
        let mut counts = None;
        for ((scope, task), opening) in openings {
            if opening.next.is_none_or(|at| at > now) {
                continue;
            }
            if opening.purpose == Purpose::Land {
                if holders.lands_on(&opening.branch) {
                    opening.next = None;
                    continue;
                }
                if branches.contains(&opening.branch) {
                    opening.next = Some(now + PAUSE);
                    continue;
                }
                branches.push(opening.branch.clone());
            }
            let counts = counts.get_or_insert_with(|| holders.counts());
            let mut suited: Vec<_> = machines
                .iter_mut()
                .filter(|(_, machine)| &machine.interest.scope == scope)
                .filter(|(number, _)| opening.offered.iter().all(|(told, _)| told != *number))
                .filter_map(|(number, machine)| Some((*number, opening.suits(&machine.interest)?, machine)))
                .filter(|(_, role, machine)| !machine.has_enough(opening.purpose, role.as_ref()))
                .collect();
            if suited.is_empty() {
                opening.next = None;
                if opening.again {
                    begin_again(task, opening, machines, now + PAUSE);
                }
                continue;
            }
            suited.sort_by_key(|(_, _, machine)| {
                let held = counts.get(&(scope, &machine.interest.orchestrator)).copied().unwrap_or_default();
                // The last in the list is the first to be told.
                Reverse((held, machine.turn))
            });
            for _ in 0..opening.width {
                let Some((told, role, machine)) = suited.pop() else { break };
                *number += 1;
                machine.turn = *number;
                let total = provisional.get(scope).copied().unwrap_or_default();
                machine.offer(&Offer::new(task.clone(), opening.purpose, role.clone(), total));
                opening.offered.push((told, role));
            }
            opening.widen(now);
        }
    }
}

/// Starts the calls for an opening again, also to machines that it was offered to before.
fn begin_again(task: &TaskId, opening: &mut Opening, machines: &mut BTreeMap<u64, Machine>, at: Duration) {
    (opening.width, opening.next, opening.again) = (1, Some(at), false);
    for (number, role) in std::mem::take(&mut opening.offered) {
        if let Some(machine) = machines.get_mut(&number) {
            machine.withdraw(task, opening.purpose, role, false);
        }
    }
}
