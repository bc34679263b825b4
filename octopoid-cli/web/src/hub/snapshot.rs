//! The board at one moment, and how it follows from the one before.

use super::{Card, Filter};
use crate::local::LocalFacts;
use octopoid_core::model::{Scope, Task, TaskId, Usage};
use octopoid_core::ops::{Attention, Board, Situation};
use octopoid_core::store::{Result, RunQuery, Store, UsageQuery};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Number of finished tasks on a board.
const FINISHED: u32 = 200;
/// Number of changes that are remembered for boards that come back.
const REMEMBERED: usize = 4096;

/// Number of a state of the board, which a browser gives back as `Last-Event-ID` to get what it has missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Revision {
    /// Random number of this process's board: another process counts from the start.
    pub(crate) board: u32,
    pub(crate) number: u64,
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}.{}", self.board, self.number)
    }
}

impl FromStr for Revision {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let (board, number) = text.split_once('.').ok_or(())?;
        let board = u32::from_str_radix(board, 16).map_err(drop)?;
        Ok(Self { board, number: number.parse().map_err(drop)? })
    }
}

/// The board at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) revision: Revision,
    /// Number of the newest event that is in it.
    pub(crate) seq: u64,
    pub(crate) facts: LocalFacts,
    pub(crate) cards: BTreeMap<TaskId, Arc<Card>>,
    counts: BTreeMap<Attention, usize>,
    usages: BTreeMap<TaskId, Usage>,
    /// The revisions in which cards changed, newest last; those before the first are forgotten.
    changes: Arc<Vec<(u64, TaskId)>>,
}

impl Snapshot {
    /// Returns the cards of a column, first to last.
    pub(crate) fn column(&self, column: Attention) -> Vec<&Arc<Card>> {
        let mut cards: Vec<_> = self.cards.values().filter(|card| card.column() == column).collect();
        cards.sort_by_cached_key(|card| card.order());
        cards
    }

    /// Returns the number of tasks that wait for a person.
    pub(crate) fn needs_you(&self) -> usize {
        self.counts.get(&Attention::NeedsYou).copied().unwrap_or_default()
    }

    /// Returns the number of cards in each column, of those that match.
    pub(crate) fn counts(&self, filter: &Filter) -> BTreeMap<Attention, usize> {
        if filter.is_empty() {
            return self.counts.clone();
        }
        counts(self.cards.values().filter(|card| filter.matches(card)))
    }

    /// Returns the ids of the tasks whose cards changed, came or went after a revision; `None` if that is not known any more.
    pub(crate) fn changed_since(&self, seen: Revision) -> Option<BTreeSet<&TaskId>> {
        let oldest = self.changes.first().map_or(self.revision.number, |(number, _)| *number);
        if seen.board != self.revision.board
            || seen.number > self.revision.number
            || (seen.number < oldest && self.changes.len() >= REMEMBERED)
        {
            return None;
        }
        Some(self.changes.iter().filter(|(number, _)| *number > seen.number).map(|(_, id)| id).collect())
    }
}

/// What an update is made of.
pub(super) struct Update<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) scope: &'a Scope,
    pub(super) facts: LocalFacts,
}

impl Update<'_> {
    /// Reads the first state of the board.
    pub(super) async fn first(self) -> Result<(Board, Snapshot)> {
        let board = Board::read(self.store, self.scope, FINISHED).await?;
        let usages = self.usages(&board).await?;
        let revision = Revision { board: rand::random(), number: 1 };
        let (cards, counts, changes) = (BTreeMap::new(), BTreeMap::new(), Arc::default());
        let seq = board.cursor();
        let mut snapshot = Snapshot { revision, seq, facts: self.facts, cards, counts, usages, changes };
        snapshot.explain(&board, None);
        Ok((board, snapshot))
    }

    /// Returns the state after `before`; `None` if nothing has changed. After an error the board has to be read again.
    pub(super) async fn next(self, board: &mut Board, before: &Snapshot) -> Result<Option<Snapshot>> {
        let is_newer = self.store.last_event().await? > board.cursor();
        if !is_newer && self.facts == before.facts {
            return Ok(None);
        }
        let mut next = Snapshot { facts: self.facts.clone(), ..before.clone() };
        let mut touched = BTreeSet::new();
        if is_newer {
            match board.refresh(self.store).await? {
                None => {
                    next.usages = self.usages(board).await?;
                    touched = board.tasks().map(|task| task.id.clone()).collect();
                }
                Some(changed) => {
                    for id in &changed {
                        let usage = self.usage(id).await?;
                        next.usages.insert(id.clone(), usage);
                    }
                    touched = changed;
                }
            }
        }
        next.seq = board.cursor();
        next.explain(board, Some(before));
        next.note_changes(before, touched);
        Ok(Some(next))
    }

    /// Reads what the tasks of a board have used.
    async fn usages(&self, board: &Board) -> Result<BTreeMap<TaskId, Usage>> {
        let mut usages: BTreeMap<TaskId, Usage> = BTreeMap::new();
        let query = RunQuery::new(self.scope.clone());
        let newest = self.store.list_runs(&query).await?;
        let is_full = newest.len() >= query.limit as usize;
        for run in newest {
            *usages.entry(run.task).or_default() += run.usage;
        }
        if is_full {
            // Older runs may be missing from the sums.
            for task in board.tasks().filter(|task| task.counters.runs > 0 && !task.is_done()) {
                usages.insert(task.id.clone(), self.usage(&task.id).await?);
            }
        }
        Ok(usages)
    }

    async fn usage(&self, task: &TaskId) -> Result<Usage> {
        let mut query = UsageQuery::new(self.scope.clone());
        query.task = Some(task.clone());
        self.store.usage(&query).await
    }
}

impl Snapshot {
    /// Fills the board with the cards of its tasks. Cards that cannot have changed since `before` are taken over.
    fn explain(&mut self, board: &Board, before: Option<&Snapshot>) {
        let mut situation = Situation::clone(&self.facts.situation);
        situation.blockers = board.tasks().map(|task| (task.id.clone(), task.queue())).collect();
        let work = self.facts.status.iter().flat_map(|status| {
            status.agents.iter().filter_map(|agent| agent.work.as_ref()).chain(&status.landings)
        });
        let says: BTreeMap<_, _> = work.map(|work| (&work.task, (work.usage, work.last.clone()))).collect();
        let before = before.filter(|before| before.facts.situation == self.facts.situation);
        let card = |task: &Task| {
            let (now, said) = says.get(&task.id).cloned().unwrap_or_default();
            let mut usage = self.usages.get(&task.id).copied().unwrap_or_default();
            // The record lags behind what the orchestrator counts while the agent works.
            usage.turns = usage.turns.max(now.turns);
            let said = said.filter(|_| task.state.claim().is_some());
            let known = before.and_then(|before| before.cards.get(&task.id)).filter(|card| {
                card.task.version == task.version
                    && card.usage == usage
                    && card.says == said
                    && task.unresolved_blockers().next().is_none()
            });
            let card = match known {
                Some(card) => Arc::clone(card),
                None => Arc::new(Card::new(task.clone(), &situation, usage, said)),
            };
            (task.id.clone(), card)
        };
        self.cards = board.tasks().map(card).collect();
        self.counts = counts(self.cards.values());
    }

    /// Takes over the cards that have not changed, and notes those that have, under the next revision. A task that something
    /// has happened to counts too: its page shows more than its card.
    fn note_changes(&mut self, before: &Snapshot, mut touched: BTreeSet<TaskId>) {
        for (id, card) in &mut self.cards {
            match before.cards.get(id) {
                Some(same) if Arc::ptr_eq(same, card) => {}
                Some(same) if same == card => *card = Arc::clone(same),
                _ => drop(touched.insert(id.clone())),
            }
        }
        touched.extend(before.cards.keys().filter(|id| !self.cards.contains_key(*id)).cloned());
        if touched.is_empty() {
            return;
        }
        self.revision.number += 1;
        let number = self.revision.number;
        let mut all = before.changes.to_vec();
        all.extend(touched.into_iter().map(|id| (number, id)));
        let forgotten = all.len().saturating_sub(REMEMBERED);
        all.drain(..forgotten);
        self.changes = Arc::new(all);
    }
}

/// Counts cards by column.
fn counts<'a>(cards: impl Iterator<Item = &'a Arc<Card>>) -> BTreeMap<Attention, usize> {
    let mut counts: BTreeMap<_, _> = Attention::ALL.into_iter().map(|column| (column, 0)).collect();
    for card in cards {
        *counts.entry(card.column()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_read_as_it_is_written() {
        let revision = Revision { board: 0xab, number: 42 };
        assert_eq!(revision.to_string(), "000000ab.42");
        assert_eq!(revision.to_string().parse(), Ok(revision));
        assert_eq!("x.1".parse::<Revision>(), Err(()));
        assert_eq!("".parse::<Revision>(), Err(()));
    }
}
