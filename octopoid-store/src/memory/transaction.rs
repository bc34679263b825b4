//! Writes, each of which can be undone.

use super::tables::{Record, Tables};
use crate::backend::{Counter, RecordKey, StoredReply, Transaction, token_in_use};
use octopoid_core::model::{
    EventDraft, EventKind, Message, MessageDraft, Run, Scope, Task, TaskId, Timestamp,
};
use octopoid_core::store::Result;

/// Transaction on the tables, under their lock. Undoes its writes when it is dropped without a commit.
pub struct MemoryTransaction<'a> {
    pub(super) tables: &'a mut Tables,
    pub(super) now: Timestamp,
    undo: Vec<Undo>,
}

/// Takes one write back, after those that came later.
type Undo = Box<dyn FnOnce(&mut Tables)>;

impl<'a> MemoryTransaction<'a> {
    pub(super) fn new(tables: &'a mut Tables, now: Timestamp) -> Self {
        Self { tables, now, undo: Vec::new() }
    }

    /// Keeps what was written.
    pub(super) fn commit(mut self) {
        self.undo.clear();
    }

    fn undo_with(&mut self, undo: impl FnOnce(&mut Tables) + 'static) {
        self.undo.push(Box::new(undo));
    }

    fn remove_run(&mut self, place: u64) {
        if let Some(run) = self.tables.remove_run(place) {
            self.undo_with(move |tables| drop(tables.insert_run(place, run)));
        }
    }

    fn remove_event(&mut self, seq: u64) {
        if let Some(event) = self.tables.remove_event(seq) {
            self.undo_with(move |tables| tables.insert_event(event));
        }
    }
}

impl Drop for MemoryTransaction<'_> {
    fn drop(&mut self) {
        while let Some(undo) = self.undo.pop() {
            undo(self.tables);
        }
    }
}

impl std::fmt::Debug for MemoryTransaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryTransaction").field("tables", &self.tables).finish_non_exhaustive()
    }
}

impl Transaction for MemoryTransaction<'_> {
    fn put_task(&mut self, _before: Option<&Task>, after: &Task) -> Result<()> {
        let tenant = self.tables.tenant_mut(&after.scope);
        let holds = after.state.claim().and_then(|claim| tenant.index.by_token(&claim.token));
        if holds.is_some_and(|seq| seq != after.seq) {
            return Err(token_in_use(None));
        }
        let replaced = tenant.insert(after.clone());
        let (scope, seq) = (after.scope.clone(), after.seq);
        self.undo_with(move |tables| {
            let tenant = tables.tenant_mut(&scope);
            match replaced {
                Some(task) => drop(tenant.insert(task)),
                None => drop(tenant.remove(seq)),
            }
        });
        Ok(())
    }

    fn remove_task(&mut self, task: &Task) -> Result<()> {
        let tenant = self.tables.tenant_mut(&task.scope);
        let removed = tenant.remove(task.seq);
        let thread = tenant.messages.remove(&task.id);
        let history = tenant.history.get(&task.id).cloned().unwrap_or_default();
        let (scope, id) = (task.scope.clone(), task.id.clone());
        self.undo_with(move |tables| {
            let tenant = tables.tenant_mut(&scope);
            removed.into_iter().for_each(|task| drop(tenant.insert(task)));
            thread.into_iter().for_each(|thread| drop(tenant.messages.insert(id.clone(), thread)));
        });
        let runs = self.tables.runs.iter().filter(|(_, run)| run.scope == task.scope && run.task == task.id);
        let runs: Vec<u64> = runs.map(|(place, _)| *place).collect();
        runs.into_iter().for_each(|place| self.remove_run(place));
        for seq in history {
            if self.tables.events.get(&seq).is_some_and(|event| event.kind != EventKind::Deleted) {
                self.remove_event(seq);
            }
        }
        Ok(())
    }

    fn append_event(&mut self, scope: &Scope, task: &TaskId, event: EventDraft, at: Timestamp) -> Result<()> {
        self.tables.last_event += 1;
        let seq = self.tables.last_event;
        self.tables.insert_event(event.at(seq, scope.clone(), task.clone(), at));
        self.undo_with(move |tables| {
            tables.remove_event(seq);
            tables.last_event = seq - 1;
        });
        Ok(())
    }

    fn append_message(
        &mut self,
        scope: &Scope,
        task: &TaskId,
        message: MessageDraft,
        at: Timestamp,
    ) -> Result<Message> {
        self.tables.last_message += 1;
        let message = message.at(self.tables.last_message, scope.clone(), task.clone(), at);
        self.tables.tenant_mut(scope).messages.entry(task.clone()).or_default().push(message.clone());
        let (scope, task) = (scope.clone(), task.clone());
        self.undo_with(move |tables| {
            if let Some(thread) = tables.tenant_mut(&scope).messages.get_mut(&task) {
                thread.pop();
            }
            tables.last_message -= 1;
        });
        Ok(message)
    }

    fn put_run(&mut self, run: &Run) -> Result<()> {
        let known = self.tables.tenant(&run.scope).and_then(|tenant| tenant.run_ids.get(&run.id).copied());
        let place = known.unwrap_or(self.tables.last_run + 1);
        self.tables.last_run = self.tables.last_run.max(place);
        let replaced = self.tables.insert_run(place, run.clone());
        self.undo_with(move |tables| match replaced {
            Some(run) => drop(tables.insert_run(place, run)),
            None => drop(tables.remove_run(place)),
        });
        Ok(())
    }

    fn put_record(&mut self, key: RecordKey<'_>, body: String) -> Result<()> {
        let place = self.tables.place(key).unwrap_or(self.tables.last_record + 1);
        self.tables.last_record = self.tables.last_record.max(place);
        let record = Record { scope: key.scope.cloned(), name: key.name.to_owned(), body };
        let place = (key.kind, place);
        let replaced = self.tables.records.insert(place, record);
        self.undo_with(move |tables| match replaced {
            Some(record) => drop(tables.records.insert(place, record)),
            None => drop(tables.records.remove(&place)),
        });
        Ok(())
    }

    fn remove_record(&mut self, key: RecordKey<'_>) -> Result<()> {
        let Some(place) = self.tables.place(key).map(|place| (key.kind, place)) else { return Ok(()) };
        if let Some(record) = self.tables.records.remove(&place) {
            self.undo_with(move |tables| drop(tables.records.insert(place, record)));
        }
        Ok(())
    }

    fn remove_events(&mut self, numbers: &[u64]) -> Result<()> {
        numbers.iter().for_each(|seq| self.remove_event(*seq));
        Ok(())
    }

    fn remove_runs(&mut self, places: &[u64]) -> Result<()> {
        places.iter().for_each(|place| self.remove_run(*place));
        Ok(())
    }

    fn set_counter(&mut self, counter: Counter<'_>, last: u64) -> Result<()> {
        let name = counter.name();
        let before = self.tables.counters.insert(name.clone(), last);
        self.undo_with(move |tables| {
            tables.counters.insert(name, before.unwrap_or_default());
        });
        Ok(())
    }

    fn put_reply(&mut self, key: &str, reply: &StoredReply, at: Timestamp) -> Result<()> {
        let key = key.to_owned();
        self.tables.replies.insert(key.clone(), (reply.clone(), at));
        self.undo_with(move |tables| drop(tables.replies.remove(&key)));
        Ok(())
    }

    fn remove_replies(&mut self, before: Timestamp) -> Result<u64> {
        let old: Vec<_> = self.tables.replies.extract_if(|_, (_, at)| *at < before).collect();
        let removed = old.len() as u64;
        self.undo_with(move |tables| tables.replies.extend(old));
        Ok(removed)
    }
}
