//! What to tell, and when. Pure.

use super::message::{Message, Told};
use octopoid_core::model::{TaskId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What happens in so short a time is told together.
pub(super) const TOGETHER: Duration = Duration::from_secs(5);

/// How a task stands, as far as it matters to somebody who is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It waits for a person.
    NeedsYou {
        /// Why.
        why: String,
        /// The commands that get it on.
        commands: Vec<String>,
    },
    /// It goes on by itself.
    Open,
    /// It is put aside, or was called off by a person.
    Aside,
    /// It is done.
    Done {
        /// What came of it, such as the commit.
        what: String,
    },
}

/// Task as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) task: TaskId,
    pub(super) title: String,
    pub(super) standing: Standing,
}

/// Decides what to tell by how the tasks stand.
#[derive(Debug)]
pub(super) struct Decider {
    /// The time after which what still needs a person is told again, once; none for never.
    remind: Option<Duration>,
    /// Whether the tasks were seen before: what stands at the beginning is no news.
    has_begun: bool,
    /// The tasks that need a person, and what was told of them.
    needed: BTreeMap<TaskId, Needed>,
    /// The tasks that are done.
    done: BTreeSet<TaskId>,
    /// Whether anything goes on by itself.
    is_busy: bool,
    /// What is to be told at the end of the window.
    pending: BTreeMap<TaskId, Told>,
    is_empty_pending: bool,
    window_ends: Option<Timestamp>,
}

/// Task that needs a person.
#[derive(Debug, Clone)]
struct Needed {
    seen: Seen,
    since: Timestamp,
    /// Whether it was told a second time.
    is_reminded: bool,
}

impl Decider {
    pub(super) fn new(remind: Option<Duration>) -> Self {
        Self {
            remind,
            has_begun: false,
            needed: BTreeMap::new(),
            done: BTreeSet::new(),
            is_busy: false,
            pending: BTreeMap::new(),
            is_empty_pending: false,
            window_ends: None,
        }
    }

    /// Takes up how all tasks stand. Returns what is to be told now.
    pub(super) fn see(&mut self, tasks: Vec<Seen>, now: Timestamp) -> Option<Message> {
        let is_busy = tasks.iter().any(|seen| seen.standing == Standing::Open);
        let mut needed = BTreeMap::new();
        let mut done = BTreeSet::new();
        for seen in tasks {
            match &seen.standing {
                Standing::NeedsYou { .. } => {
                    let known = self.needed.remove(&seen.task);
                    // Another reason is another question.
                    let is_same = known.as_ref().is_some_and(|known| known.seen.standing == seen.standing);
                    let entry = match known.filter(|_| is_same) {
                        Some(known) => known,
                        None => {
                            self.tell(Told::of(&seen, false), now);
                            Needed { seen: seen.clone(), since: now, is_reminded: false }
                        }
                    };
                    needed.insert(seen.task, entry);
                }
                Standing::Done { .. } => {
                    if !self.done.contains(&seen.task) {
                        self.tell(Told::of(&seen, false), now);
                    }
                    done.insert(seen.task);
                }
                Standing::Open | Standing::Aside => {
                    // What was to be told of it is over.
                    self.pending.remove(&seen.task);
                }
            }
        }
        if self.is_busy && !is_busy {
            self.is_empty_pending = true;
            self.open_window(now);
        } else if is_busy {
            self.is_empty_pending = false;
        }
        (self.needed, self.done, self.is_busy) = (needed, done, is_busy);
        if !std::mem::replace(&mut self.has_begun, true) {
            (self.is_empty_pending, self.window_ends) = (false, None);
            self.pending.clear();
        }
        self.wake(now)
    }

    /// Returns what is to be told by now without anything new.
    pub(super) fn wake(&mut self, now: Timestamp) -> Option<Message> {
        if let Some(remind) = self.remind {
            let due: Vec<_> = self
                .needed
                .values_mut()
                .filter(|needed| !needed.is_reminded && needed.since + remind <= now)
                .map(|needed| {
                    needed.is_reminded = true;
                    Told::of(&needed.seen, true)
                })
                .collect();
            for told in due {
                self.tell(told, now);
            }
        }
        match self.window_ends {
            Some(end) if end <= now => self.flush(now),
            _ => None,
        }
    }

    /// Returns what is to be told, without waiting for more.
    pub(super) fn flush(&mut self, now: Timestamp) -> Option<Message> {
        self.window_ends = None;
        let (tasks, is_empty) =
            (std::mem::take(&mut self.pending), std::mem::take(&mut self.is_empty_pending));
        if tasks.is_empty() && !is_empty {
            return None;
        }
        Some(Message::new(tasks.into_values().collect(), is_empty, self.needed.len(), now))
    }

    /// Returns when there is something to tell without anything new.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let reminders = self.remind.into_iter().flat_map(|remind| {
            self.needed.values().filter(|needed| !needed.is_reminded).map(move |needed| needed.since + remind)
        });
        reminders.chain(self.window_ends).min()
    }

    fn tell(&mut self, told: Told, now: Timestamp) {
        self.pending.insert(told.task.clone(), told);
        self.open_window(now);
    }

    fn open_window(&mut self, now: Timestamp) {
        self.window_ends.get_or_insert(now + TOGETHER);
    }
}
