//! Writes.

use super::columns::{self, int};
use super::driver::params;
use super::query_ext::QueryExt;
use super::transaction::SqliteTransaction;
use crate::backend::{Counter, RecordKey, StoredReply, Transaction};
use octopoid_core::model::{
    EventDraft, Message, MessageDraft, RoleName, Run, Scope, Task, TaskId, Timestamp,
};
use octopoid_core::store::{Result, StoreError};

impl Transaction for SqliteTransaction<'_> {
    fn put_task(&mut self, before: Option<&Task>, after: &Task) -> Result<()> {
        match before {
            Some(before) => self.update_task(before, after),
            None => self.insert_task(after),
        }
    }

    fn remove_task(&mut self, task: &Task) -> Result<()> {
        self.prefetch = None;
        let id = [task.scope.as_str(), task.id.as_str()];
        self.execute("DELETE FROM runs WHERE scope = ?1 AND task = ?2", id)?;
        self.execute("DELETE FROM messages WHERE scope = ?1 AND task = ?2", id)?;
        self.execute("DELETE FROM events WHERE scope = ?1 AND task = ?2 AND kind <> 'deleted'", id)?;
        self.execute("DELETE FROM tasks WHERE seq = ?1", [int(task.seq)])
    }

    fn append_event(&mut self, scope: &Scope, task: &TaskId, event: EventDraft, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO events (scope, task, kind, actor, from_queue, to_queue, note, at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let params = params![
            scope.as_str(),
            task.as_str(),
            event.kind.as_str(),
            event.actor,
            event.from.map(|queue| queue.as_str()),
            event.to.map(|queue| queue.as_str()),
            event.note,
            at.as_millis(),
        ];
        self.execute(sql, params)?;
        self.newest_event = u64::try_from(self.connection.last_insert_rowid()).ok();
        Ok(())
    }

    fn append_message(
        &mut self,
        scope: &Scope,
        task: &TaskId,
        message: MessageDraft,
        at: Timestamp,
    ) -> Result<Message> {
        let sql = "INSERT INTO messages (scope, task, kind, author, body, addressee, parent, label, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let kind = message.kind.as_str();
        let params = params![
            scope.as_str(),
            task.as_str(),
            kind,
            message.author,
            message.body,
            message.to,
            message.parent.map(int),
            message.label,
            at.as_millis()
        ];
        self.execute(sql, params)?;
        let id = u64::try_from(self.connection.last_insert_rowid()).unwrap_or_default();
        Ok(message.at(id, scope.clone(), task.clone(), at))
    }

    fn put_run(&mut self, run: &Run) -> Result<()> {
        let json = |error: serde_json::Error| {
            StoreError::internal("a run cannot be written as JSON").with_source(error)
        };
        let outcome = run.outcome.as_ref().map(serde_json::to_string).transpose().map_err(json)?;
        let stopped = run.stopped.as_ref().map(serde_json::to_string).transpose().map_err(json)?;
        let steps = serde_json::to_string(&run.steps).map_err(json)?;
        let sql = "INSERT INTO runs (id, scope, task, number, agent, role, orchestrator, stage, started_at, finished_at,
                outcome, note, turns, input_tokens, output_tokens, cost_usd, commits, head, session, steps,
                stopped, last_words, model, base)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)
                ON CONFLICT (scope, id) DO UPDATE SET task = excluded.task, number = excluded.number,
                agent = excluded.agent, role = excluded.role, orchestrator = excluded.orchestrator,
                stage = excluded.stage, started_at = excluded.started_at, finished_at = excluded.finished_at,
                outcome = excluded.outcome, note = excluded.note, turns = excluded.turns,
                input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
                cost_usd = excluded.cost_usd, commits = excluded.commits, head = excluded.head,
                session = excluded.session, steps = excluded.steps,
                stopped = excluded.stopped, last_words = excluded.last_words,
                model = excluded.model, base = excluded.base";
        let params = params![
            run.id.as_str(),
            run.scope.as_str(),
            run.task.as_str(),
            run.number,
            run.agent.as_str(),
            run.role.as_ref().map(RoleName::as_str),
            run.orchestrator.as_str(),
            run.stage.as_str(),
            run.started_at.as_millis(),
            run.finished_at.map(Timestamp::as_millis),
            outcome,
            run.note,
            run.usage.turns,
            int(run.usage.input_tokens),
            int(run.usage.output_tokens),
            run.usage.cost_usd,
            run.commits,
            run.head.as_ref().map(AsRef::<str>::as_ref),
            run.session.as_ref().map(AsRef::<str>::as_ref),
            steps,
            stopped,
            run.last_words,
            run.model,
            run.base.as_ref().map(AsRef::<str>::as_ref),
        ];
        self.execute(sql, params)
    }

    fn put_record(&mut self, key: RecordKey<'_>, body: String) -> Result<()> {
        let sql = "INSERT INTO records (kind, scope, id, body) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (kind, scope, id) DO UPDATE SET body = excluded.body";
        let [kind, scope, id] = columns::record_key(key);
        self.execute(sql, [kind, scope, id, &body])
    }

    fn remove_record(&mut self, key: RecordKey<'_>) -> Result<()> {
        let sql = "DELETE FROM records WHERE kind = ?1 AND scope = ?2 AND id = ?3";
        self.execute(sql, columns::record_key(key))
    }

    fn remove_events(&mut self, numbers: &[u64]) -> Result<()> {
        let sql = "DELETE FROM events WHERE seq IN (SELECT value FROM json_each(?1))";
        self.execute(sql, [columns::written(&numbers)?])
    }

    fn remove_runs(&mut self, places: &[u64]) -> Result<()> {
        let sql = "DELETE FROM runs WHERE place IN (SELECT value FROM json_each(?1))";
        self.execute(sql, [columns::written(&places)?])
    }

    fn set_counter(&mut self, counter: Counter<'_>, last: u64) -> Result<()> {
        match counter {
            // SQLite itself notes it, with the task that has the place.
            Counter::TaskPlace => Ok(()),
            Counter::TaskNumber(scope) => {
                let sql = "INSERT INTO numbers (scope, last) VALUES (?1, ?2)
                        ON CONFLICT DO UPDATE SET last = excluded.last";
                self.execute(sql, params![scope.as_str(), int(last)])
            }
            Counter::Draft | Counter::Action | Counter::Key | Counter::ReviewComment => {
                let sql = "INSERT INTO counters (name, last) VALUES (?1, ?2)
                        ON CONFLICT DO UPDATE SET last = excluded.last";
                self.execute(sql, params![counter.name(), int(last)])
            }
        }
    }

    fn put_reply(&mut self, key: &str, reply: &StoredReply, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO replies (key, digest, body, at) VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, params![key, reply.digest, reply.body, at.as_millis()])
    }

    fn remove_replies(&mut self, before: Timestamp) -> Result<u64> {
        // They lie in the order of their coming, so only those that go are read.
        let sql = "DELETE FROM replies WHERE place <
                coalesce((SELECT place FROM replies WHERE at >= ?1 ORDER BY place LIMIT 1), 9223372036854775807)
                RETURNING 1";
        let removed = self.all(sql, [before.as_millis()], |_| Ok(()))?;
        Ok(removed.len() as u64)
    }
}
