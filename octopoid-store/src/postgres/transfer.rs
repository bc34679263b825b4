//! Moving everything out of a database and into it.

use super::error::damaged;
use super::row::{self, int, number, text};
use super::session::Parameter;
use super::transaction::PostgresTransaction;
use super::write::{kind, kind_of, links};
use crate::backend::{Export, Import, Row, Table, Transaction, claimable_for};
use octopoid_core::model::{EventDraft, Scope, Timestamp};
use octopoid_core::store::{Result, StoreError};

/// Number of rows that are held at once.
const PAGE: i64 = 500;

/// What the database itself numbers: the counter's name and the table's column.
const NUMBERED: [(&str, &str, &str); 3] =
    [("message", "messages", "id"), ("run", "runs", "place"), ("record", "records", "place")];

impl PostgresTransaction<'_> {
    /// Calls `each` with every row of a query that reads a page after a number, `$1`, of at most `$2` rows.
    fn each_page(
        &mut self,
        sql: &str,
        read: impl Fn(&tokio_postgres::Row) -> Result<(u64, Row)>,
        each: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        let mut after = 0;
        loop {
            let page = self.all(sql, &[&int(after), &PAGE], &read)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (_, row) in page {
                each(row)?;
            }
        }
    }

    fn each_counter(&mut self, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let sql = "SELECT name, last FROM counters ORDER BY name";
        for (name, last) in self.all(sql, &[], |row| Ok((text(row, 0)?, number(row, 1)?)))? {
            each(Row::Counter { name, last })?;
        }
        for (name, table, column) in NUMBERED {
            // Numbers that were taken and not used may be given again; what counts is that no number is given twice.
            let sql = format!(
                "SELECT greatest((SELECT coalesce(max({column}), 0) FROM {table}),
                        coalesce((SELECT last_value FROM pg_sequences WHERE schemaname = current_schema()
                                   AND sequencename = '{table}_{column}_seq'), 0))"
            );
            let last = self.first(&sql, &[], |row| number(row, 0))?.unwrap_or_default();
            if last > 0 {
                each(Row::Counter { name: name.to_owned(), last })?;
            }
        }
        Ok(())
    }

    fn each_reply(&mut self, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let sql =
            "SELECT key, digest, body, at FROM replies WHERE (at, key) > ($1, $2) ORDER BY at, key LIMIT $3";
        let mut after = (i64::MIN, String::new());
        loop {
            let page = self.all(sql, &[&after.0, &after.1, &PAGE], |row| {
                let digest: Vec<u8> = row.try_get(1).map_err(damaged)?;
                let digest = digest.try_into().map_err(|_| damaged("a digest has another length"))?;
                let at = Timestamp::from_millis(row.try_get(3).map_err(damaged)?);
                Ok((text(row, 0)?, digest, text(row, 2)?, at))
            })?;
            let Some((key, _, _, at)) = page.last() else { return Ok(()) };
            after = (at.as_millis(), key.clone());
            for (key, digest, body, at) in page {
                each(Row::Reply { key, digest, body, at })?;
            }
        }
    }
}

impl Export for PostgresTransaction<'_> {
    fn each_row(&mut self, table: Table, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        match table {
            Table::Tasks => {
                let sql = "SELECT body, description FROM tasks WHERE seq > $1 ORDER BY seq LIMIT $2";
                self.each_page(
                    sql,
                    |row| row::task(row).map(|task| (task.seq, Row::Task(Box::new(task)))),
                    each,
                )
            }
            Table::Events => {
                let sql = format!("SELECT {} FROM events WHERE seq > $1 ORDER BY seq LIMIT $2", row::EVENT);
                self.each_page(&sql, |row| row::event(row).map(|event| (event.seq, Row::Event(event))), each)
            }
            Table::Messages => {
                let sql = "SELECT id, body FROM messages WHERE id > $1 ORDER BY id LIMIT $2";
                self.each_page(
                    sql,
                    |row| row::message(row).map(|message| (message.id, Row::Message(message))),
                    each,
                )
            }
            Table::Runs => {
                let sql = "SELECT place, body FROM runs WHERE place > $1 ORDER BY place LIMIT $2";
                let read = |row: &_| {
                    row::run(row).map(|(place, run)| (place, Row::Run { place, run: Box::new(run) }))
                };
                self.each_page(sql, read, each)
            }
            Table::Records => {
                let sql = "SELECT place, kind, scope, name, body FROM records WHERE place > $1 ORDER BY place LIMIT $2";
                self.each_page(sql, record, each)
            }
            Table::Counters => self.each_counter(each),
            Table::Replies => self.each_reply(each),
        }
    }
}

fn record(row: &tokio_postgres::Row) -> Result<(u64, Row)> {
    let place = number(row, 0)?;
    let scope = Some(text(row, 2)?).filter(|scope| !scope.is_empty());
    let scope = scope.map(Scope::new).transpose().map_err(damaged)?;
    let kind = kind_of(&text(row, 1)?).ok_or_else(|| damaged("a record is of an unknown kind"))?;
    Ok((place, Row::Record { place, kind, scope, name: text(row, 3)?, body: text(row, 4)? }))
}

impl Import for PostgresTransaction<'_> {
    fn is_empty(&mut self) -> Result<bool> {
        let sql = "SELECT NOT EXISTS (SELECT FROM tasks) AND NOT EXISTS (SELECT FROM records)
                      AND NOT EXISTS (SELECT FROM events) AND NOT EXISTS (SELECT FROM counters)";
        let empty = self.first(sql, &[], |row| row.try_get(0).map_err(damaged))?;
        Ok(empty.unwrap_or(false))
    }

    fn clear(&mut self) -> Result<()> {
        // What waits behind it is answered `Unavailable` after the usual time, and asks again.
        self.session.allow(true);
        for table in ["blockers", "tasks", "events", "messages", "runs", "records", "counters", "replies"] {
            self.send(&format!("DELETE FROM {table}"), Vec::new())?;
        }
        self.send("UPDATE feed SET last = 0, moment = 0", Vec::new())?;
        self.forget();
        Ok(())
    }

    fn add_row(&mut self, row: Row) -> Result<()> {
        match row {
            Row::Task(task) => self.put_task(None, &task),
            Row::Event(event) => {
                let mut draft = EventDraft::new(event.kind, event.actor, event.from, event.to);
                draft.note = event.note;
                let body = row::event_body(&draft)?;
                let (seq, at) = (int(event.seq), event.at.as_millis());
                let sql =
                    "INSERT INTO events (seq, scope, task, kind, at, body) VALUES ($1, $2, $3, $4, $5, $6)";
                let values: Vec<Parameter> = vec![
                    Box::new(seq),
                    Box::new(event.scope.as_str().to_owned()),
                    Box::new(event.task.as_str().to_owned()),
                    Box::new(event.kind.as_str()),
                    Box::new(at),
                    Box::new(body),
                ];
                self.send(sql, values)?;
                let sql = "UPDATE feed SET last = greatest(last, $1), moment = greatest(moment, $2)";
                self.send(sql, vec![Box::new(seq), Box::new(at)])
            }
            Row::Message(message) => {
                let id = int(message.id);
                let (scope, task) = (message.scope.as_str().to_owned(), message.task.as_str().to_owned());
                let body = row::written(&message)?;
                let sql = "INSERT INTO messages (id, scope, task, body) VALUES ($1, $2, $3, $4)";
                self.send(sql, vec![Box::new(id), Box::new(scope), Box::new(task), Box::new(body)])
            }
            Row::Run { place, run } => {
                let mut values = row::run_columns(&run)?;
                values.push(Box::new(int(place)));
                let marks = (1..=values.len()).map(|mark| format!("${mark}")).collect::<Vec<_>>().join(", ");
                let sql = format!("INSERT INTO runs ({}, place) VALUES ({marks})", row::RUN.join(", "));
                self.send(&sql, values)
            }
            Row::Record { place, kind: of, scope, name, body } => {
                let [task, project] = links(of, &body);
                let scope = scope.map_or_else(String::new, |scope| scope.as_str().to_owned());
                let sql = "INSERT INTO records (place, kind, scope, name, body, linked_task, linked_project)
                           VALUES ($1, $2, $3, $4, $5, $6, $7)";
                let values: Vec<Parameter> = vec![
                    Box::new(int(place)),
                    Box::new(kind(of)),
                    Box::new(scope),
                    Box::new(name),
                    Box::new(body),
                    Box::new(task),
                    Box::new(project),
                ];
                self.send(sql, values)
            }
            Row::Counter { name, last } => self.add_counter(name, last),
            Row::Reply { key, digest, body, at } => {
                let sql = "INSERT INTO replies (key, digest, body, at) VALUES ($1, $2, $3, $4)";
                let (digest, at) = (digest.to_vec(), at.as_millis());
                self.send(sql, vec![Box::new(key), Box::new(digest), Box::new(body), Box::new(at)])
            }
        }
    }
}

impl PostgresTransaction<'_> {
    fn add_counter(&mut self, name: String, last: u64) -> Result<()> {
        let Some((_, table, column)) = NUMBERED.iter().find(|(numbered, ..)| *numbered == name) else {
            let sql = "INSERT INTO counters (name, last) VALUES ($1, $2)";
            return self.send(sql, vec![Box::new(name), Box::new(int(last))]);
        };
        if last == 0 {
            return Err(StoreError::internal(format!("the counter `{name}` has given nothing")));
        }
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), greatest($1, nextval(pg_get_serial_sequence('{table}', '{column}')) - 1, 1))"
        );
        self.first(&sql, &[&int(last)], |_| Ok(())).map(drop)
    }
}

impl PostgresTransaction<'_> {
    /// Compares each task's columns with the task.
    pub(super) fn check_integrity(&mut self) -> Result<Vec<String>> {
        let mut findings = Vec::new();
        let sql = "SELECT t.body, t.description, t.queue, t.claimable_for, t.claim_token, t.lease_expires_at, t.role, t.seq, t.unresolved,
                          ARRAY(SELECT b.blocker FROM blockers b WHERE b.task = t.seq ORDER BY b.blocker)
                     FROM tasks t WHERE t.seq > $1 ORDER BY t.seq LIMIT $2";
        let mut after = 0_i64;
        loop {
            let page = self.rows(sql, &[&after, &PAGE])?;
            let Some(last) = page.last() else { return Ok(findings) };
            after = last.try_get(7).map_err(damaged)?;
            for row in &page {
                if let Some(finding) = disagreement(row)? {
                    findings.push(finding);
                }
            }
        }
    }
}

fn disagreement(row: &tokio_postgres::Row) -> Result<Option<String>> {
    let task = row::task(row)?;
    let claim = task.state.claim();
    let mut open: Vec<String> = task.unresolved_blockers().map(|id| id.as_str().to_owned()).collect();
    open.sort_unstable();
    open.dedup();
    let own = (
        task.queue().as_str().to_owned(),
        claimable_for(&task).map(|purpose| row::purpose_name(purpose).to_owned()),
        claim.map(|claim| claim.token.as_str().to_owned()),
        claim.map(|claim| claim.lease_expires_at.as_millis()),
        task.role.as_str().to_owned(),
        int(task.seq),
        open,
    );
    let columns = (
        text(row, 2)?,
        row.try_get(3).map_err(damaged)?,
        row.try_get(4).map_err(damaged)?,
        row.try_get(5).map_err(damaged)?,
        text(row, 6)?,
        row.try_get(7).map_err(damaged)?,
        row.try_get(9).map_err(damaged)?,
    );
    Ok((own != columns)
        .then(|| format!("the row of {} in {} does not say what the task says", task.id, task.scope)))
}
