//! Writes.

use super::error::damaged;
use super::row::{RUN, TASK, int, number, run_columns, task_columns, written};
use super::transaction::PostgresTransaction;
use crate::backend::{Counter, RecordKey, RecordKind, StoredReply, Transaction, token_in_use};
use octopoid_core::model::{EventDraft, Message, MessageDraft, Run, Scope, Task, TaskId, Timestamp};
use octopoid_core::store::{Result, StoreError};
use serde_json::Value;
use std::sync::LazyLock;
use tokio_postgres::types::ToSql;

/// Number of replies that are removed by one statement.
const PART: i64 = 5000;

fn marks(number: usize) -> String {
    (1..=number).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

static INSERT_TASK: LazyLock<String> = LazyLock::new(|| {
    format!("INSERT INTO tasks ({}, description) VALUES ({})", TASK.join(", "), marks(TASK.len() + 1))
});

/// Changes a task, unless its token holds another one.
static UPDATE_TASK: LazyLock<String> = LazyLock::new(|| {
    // The place, the scope and the id stay as they are.
    let set: Vec<_> =
        TASK.iter().zip(1..).skip(3).map(|(name, place)| format!("{name} = ${place}")).collect();
    format!(
        "UPDATE tasks SET {}, description = coalesce(${}, description)
          WHERE seq = $1 AND scope = $2 AND id = $3
            AND ($17::text IS NULL OR NOT EXISTS (SELECT FROM tasks o WHERE o.scope = $2 AND o.claim_token = $17 AND o.seq <> $1))",
        set.join(", "),
        TASK.len() + 1
    )
});

static PUT_RUN: LazyLock<String> = LazyLock::new(|| {
    let set: Vec<_> = RUN.iter().skip(2).map(|name| format!("{name} = excluded.{name}")).collect();
    format!(
        "INSERT INTO runs ({}) VALUES ({}) ON CONFLICT (scope, id) DO UPDATE SET {}",
        RUN.join(", "),
        marks(RUN.len()),
        set.join(", ")
    )
});

impl PostgresTransaction<'_> {
    fn update_task(&mut self, before: &Task, after: &Task) -> Result<()> {
        let mut values = task_columns(after)?;
        values.push(Box::new((before.description != after.description).then(|| after.description.clone())));
        let token = after.state.claim().map(|claim| &claim.token);
        let is_new = token.filter(|token| before.state.claim().map(|claim| &claim.token) != Some(token));
        match is_new {
            Some(token) if !self.free_tokens.remove(token.as_str()) => {
                let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(AsRef::as_ref).collect();
                if self.execute(&UPDATE_TASK, &values)? == 0 {
                    return Err(token_in_use(None));
                }
                Ok(())
            }
            _ => self.send(&UPDATE_TASK, values),
        }
    }

    fn write_blockers(&mut self, task: &Task) -> Result<()> {
        let open: Vec<String> = task.unresolved_blockers().map(|id| id.as_str().to_owned()).collect();
        if open.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO blockers (scope, blocker, task) SELECT $1, unnest($2::text[]), $3 ON CONFLICT DO NOTHING";
        self.send(
            sql,
            vec![Box::new(task.scope.as_str().to_owned()), Box::new(open), Box::new(int(task.seq))],
        )
    }

    fn delete(&mut self, sql: &'static str, scope: &Scope, task: &TaskId) -> Result<()> {
        self.send(sql, vec![Box::new(scope.as_str().to_owned()), Box::new(task.as_str().to_owned())])
    }
}

/// Returns the columns of a record's key. A record of the whole store has no scope, which is no scope's name.
pub(super) fn record_key(key: RecordKey<'_>) -> [String; 3] {
    let scope = key.scope.map_or("", Scope::as_str);
    [kind(key.kind).to_owned(), scope.to_owned(), key.name.to_owned()]
}

/// Returns the name of a kind of record, as the column `kind` has it.
pub(super) const fn kind(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Project => "project",
        RecordKind::Draft => "draft",
        RecordKind::Action => "action",
        RecordKind::Flow => "flow",
        RecordKind::Role => "role",
        RecordKind::Review => "review",
        RecordKind::Machine => "machine",
        RecordKind::Key => "key",
        RecordKind::Counter => "counter",
        RecordKind::Reply => "reply",
    }
}

/// Returns the kind of a record by its name.
pub(super) fn kind_of(name: &str) -> Option<RecordKind> {
    RecordKind::ALL.into_iter().find(|of| kind(*of) == name)
}

/// Returns what a draft is linked to: a task and a project.
pub(super) fn links(kind: RecordKind, body: &str) -> [Option<String>; 2] {
    if kind != RecordKind::Draft {
        return [None, None];
    }
    let draft: Value = serde_json::from_str(body).unwrap_or_default();
    ["linked_task", "linked_project"].map(|field| draft[field].as_str().map(str::to_owned))
}

impl Transaction for PostgresTransaction<'_> {
    fn put_task(&mut self, before: Option<&Task>, after: &Task) -> Result<()> {
        match before {
            Some(before) => {
                self.update_task(before, after)?;
                if before.blockers != after.blockers {
                    self.send("DELETE FROM blockers WHERE task = $1", vec![Box::new(int(after.seq))])?;
                    self.write_blockers(after)?;
                }
            }
            None => {
                let mut values = task_columns(after)?;
                values.push(Box::new(after.description.clone()));
                self.send(&INSERT_TASK, values)?;
                self.write_blockers(after)?;
            }
        }
        self.note_task(before, after);
        Ok(())
    }

    fn remove_task(&mut self, task: &Task) -> Result<()> {
        self.flush_events()?;
        self.prefetch = None;
        self.delete("DELETE FROM runs WHERE scope = $1 AND task = $2", &task.scope, &task.id)?;
        self.delete("DELETE FROM messages WHERE scope = $1 AND task = $2", &task.scope, &task.id)?;
        let events = "DELETE FROM events WHERE scope = $1 AND task = $2 AND kind <> 'deleted'";
        self.delete(events, &task.scope, &task.id)?;
        self.tasks.insert(task.id.clone(), None);
        self.send("DELETE FROM tasks WHERE seq = $1", vec![Box::new(int(task.seq))])
    }

    fn append_event(&mut self, scope: &Scope, task: &TaskId, event: EventDraft, at: Timestamp) -> Result<()> {
        self.add_event(scope, task, event, at);
        Ok(())
    }

    fn append_message(
        &mut self,
        scope: &Scope,
        task: &TaskId,
        message: MessageDraft,
        at: Timestamp,
    ) -> Result<Message> {
        let mut message = message.at(0, scope.clone(), task.clone(), at);
        let sql = "INSERT INTO messages (scope, task, body) VALUES ($1, $2, $3) RETURNING id";
        let row = self.returning(sql, &[&scope.as_str(), &task.as_str(), &written(&message)?])?;
        message.id = number(&row.ok_or_else(|| damaged("a message has no id"))?, 0)?;
        Ok(message)
    }

    fn put_run(&mut self, run: &Run) -> Result<()> {
        self.send(&PUT_RUN, run_columns(run)?)
    }

    fn put_record(&mut self, key: RecordKey<'_>, body: String) -> Result<()> {
        let [kind, scope, name] = record_key(key);
        let [task, project] = links(key.kind, &body);
        let sql = "INSERT INTO records (kind, scope, name, body, linked_task, linked_project) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (kind, scope, name) DO UPDATE SET body = excluded.body, linked_task = excluded.linked_task,
                   linked_project = excluded.linked_project";
        let values: Vec<super::session::Parameter> = vec![
            Box::new(kind),
            Box::new(scope),
            Box::new(name),
            Box::new(body),
            Box::new(task),
            Box::new(project),
        ];
        self.send(sql, values)
    }

    fn remove_record(&mut self, key: RecordKey<'_>) -> Result<()> {
        let [kind, scope, name] = record_key(key);
        let sql = "DELETE FROM records WHERE kind = $1 AND scope = $2 AND name = $3";
        self.send(sql, vec![Box::new(kind), Box::new(scope), Box::new(name)])
    }

    fn remove_events(&mut self, numbers: &[u64]) -> Result<()> {
        self.flush_events()?;
        let numbers: Vec<i64> = numbers.iter().copied().map(int).collect();
        self.send("DELETE FROM events WHERE seq = ANY($1)", vec![Box::new(numbers)])
    }

    fn remove_runs(&mut self, places: &[u64]) -> Result<()> {
        let places: Vec<i64> = places.iter().copied().map(int).collect();
        self.send("DELETE FROM runs WHERE place = ANY($1)", vec![Box::new(places)])
    }

    fn set_counter(&mut self, counter: Counter<'_>, last: u64) -> Result<()> {
        self.set_last(counter, last)
    }

    fn put_reply(&mut self, key: &str, reply: &StoredReply, at: Timestamp) -> Result<()> {
        if key.contains('\0') {
            return Err(StoreError::internal("the key of a request has a NUL"));
        }
        self.replies.insert(key.to_owned(), Some(reply.clone()));
        self.new_replies.push((key.to_owned(), at));
        Ok(())
    }

    fn remove_replies(&mut self, before: Timestamp) -> Result<u64> {
        self.settle_replies()?;
        // In parts, so that no statement takes longer than is waited for.
        let sql =
            "DELETE FROM replies WHERE key IN (SELECT key FROM replies WHERE at < $1 ORDER BY at LIMIT $2)";
        let mut removed = 0;
        loop {
            let part = self.execute(sql, &[&before.as_millis(), &PART])?;
            removed += part;
            if part < u64::try_from(PART).unwrap_or_default() {
                return Ok(removed);
            }
        }
    }
}
