//! Moving everything out of a file and into it.

use super::columns::{self, int};
use super::driver::{self, params};
use super::error::{damaged, failed};
use super::query_ext::all;
use super::row;
use super::transaction::SqliteTransaction;
use crate::backend::{Counter, Export, Import, RecordKey, Row, Table, Transaction};
use octopoid_core::model::{Scope, Timestamp};
use octopoid_core::store::Result;

/// Number of rows that are held at once.
const PAGE: i64 = 500;

/// What SQLite itself numbers: the counter's name and the table.
const NUMBERED: [(&str, &str); 4] =
    [("task", "tasks"), ("message", "messages"), ("run", "runs"), ("record", "records")];

/// What the counters of scopes are named.
const NUMBER_OF: &str = "task of ";

impl SqliteTransaction<'_> {
    /// Calls `each` with every row of a query that reads a page after a number, `?1`, of at most `?2` rows.
    fn each_page(
        &self,
        sql: &str,
        read: impl Fn(&driver::Row<'_>) -> Result<(u64, Row)>,
        each: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        let mut after = 0;
        loop {
            let page = all(self.connection, sql, params![int(after), PAGE], &read)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (_, row) in page {
                each(row)?;
            }
        }
    }

    fn each_counter(&self, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        let named = |row: &driver::Row<'_>| Ok((text(row, 0)?, number(row, 1)?));
        let sql = "SELECT name, last FROM counters UNION ALL SELECT 'task of ' || scope, last FROM numbers ORDER BY 1";
        for (name, last) in all(self.connection, sql, [], named)? {
            each(Row::Counter { name, last })?;
        }
        for (name, table) in NUMBERED {
            let sql = "SELECT name, seq FROM sqlite_sequence WHERE name = ?1";
            for (_, last) in all(self.connection, sql, [table], named)? {
                each(Row::Counter { name: name.to_owned(), last })?;
            }
        }
        Ok(())
    }
}

fn text(row: &driver::Row<'_>, column: usize) -> Result<String> {
    row.get(column).map_err(failed)
}

fn number(row: &driver::Row<'_>, column: usize) -> Result<u64> {
    u64::try_from(row.get::<_, i64>(column).map_err(failed)?).map_err(damaged)
}

impl Export for SqliteTransaction<'_> {
    fn each_row(&mut self, table: Table, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        match table {
            Table::Tasks => {
                let sql = row::select_task!("WHERE t.seq > ?1 ORDER BY t.seq LIMIT ?2");
                let read = |row: &driver::Row<'_>| {
                    row::task(self.connection, row).map(|task| (task.seq, Row::Task(Box::new(task))))
                };
                self.each_page(sql, read, each)
            }
            Table::Events => {
                let sql = format!("SELECT {} FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2", row::EVENT);
                self.each_page(&sql, |row| row::event(row).map(|event| (event.seq, Row::Event(event))), each)
            }
            Table::Messages => {
                let sql = format!("SELECT {} FROM messages WHERE id > ?1 ORDER BY id LIMIT ?2", row::MESSAGE);
                let read = |row: &driver::Row<'_>| {
                    row::message(row).map(|message| (message.id, Row::Message(message)))
                };
                self.each_page(&sql, read, each)
            }
            Table::Runs => {
                let sql =
                    format!("SELECT place, {} FROM runs WHERE place > ?1 ORDER BY place LIMIT ?2", row::RUN);
                let read = |row: &driver::Row<'_>| {
                    let (place, run) = (number(row, 0)?, Box::new(row::run_from(row, 1)?));
                    Ok((place, Row::Run { place, run }))
                };
                self.each_page(&sql, read, each)
            }
            Table::Records => {
                let sql = "SELECT place, kind, scope, id, body FROM records WHERE place > ?1 ORDER BY place LIMIT ?2";
                self.each_page(sql, record, each)
            }
            Table::Counters => self.each_counter(each),
            Table::Replies => {
                let sql = "SELECT place, key, digest, body, at FROM replies WHERE place > ?1 ORDER BY place LIMIT ?2";
                let read = |row: &driver::Row<'_>| {
                    let at = Timestamp::from_millis(row.get(4).map_err(failed)?);
                    let (key, body) = (text(row, 1)?, text(row, 3)?);
                    Ok((number(row, 0)?, Row::Reply { key, digest: row.get(2).map_err(failed)?, body, at }))
                };
                self.each_page(sql, read, each)
            }
        }
    }
}

fn record(row: &driver::Row<'_>) -> Result<(u64, Row)> {
    let place = number(row, 0)?;
    let scope = Some(text(row, 2)?).filter(|scope| !scope.is_empty());
    let scope = scope.map(Scope::new).transpose().map_err(damaged)?;
    let kind = columns::kind_of(&text(row, 1)?).ok_or_else(|| damaged("a record is of an unknown kind"))?;
    Ok((place, Row::Record { place, kind, scope, name: text(row, 3)?, body: text(row, 4)? }))
}

impl Import for SqliteTransaction<'_> {
    fn is_empty(&mut self) -> Result<bool> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM tasks) AND NOT EXISTS (SELECT 1 FROM records)
                      AND NOT EXISTS (SELECT 1 FROM events) AND NOT EXISTS (SELECT 1 FROM counters)
                      AND NOT EXISTS (SELECT 1 FROM numbers)";
        let found = all(self.connection, sql, [], |row| row.get::<_, bool>(0).map_err(failed))?;
        Ok(found.first() == Some(&true))
    }

    fn clear(&mut self) -> Result<()> {
        self.prefetch = None;
        for sql in [
            "DELETE FROM tasks",
            "DELETE FROM events",
            "DELETE FROM messages",
            "DELETE FROM runs",
            "DELETE FROM records",
            "DELETE FROM counters",
            "DELETE FROM numbers",
            "DELETE FROM replies",
            "DELETE FROM sqlite_sequence",
        ] {
            self.execute(sql, [])?;
        }
        Ok(())
    }

    fn add_row(&mut self, row: Row) -> Result<()> {
        match row {
            Row::Task(task) => {
                self.insert_task(&task)?;
                if task.submission.is_some() {
                    self.write_submission(&task)?;
                }
                Ok(())
            }
            Row::Event(event) => {
                let sql = "INSERT INTO events (seq, scope, task, kind, actor, from_queue, to_queue, note, at)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
                let params = params![
                    int(event.seq),
                    event.scope.as_str(),
                    event.task.as_str(),
                    event.kind.as_str(),
                    event.actor,
                    event.from.map(|queue| queue.as_str()),
                    event.to.map(|queue| queue.as_str()),
                    event.note,
                    event.at.as_millis(),
                ];
                self.execute(sql, params)?;
                self.newest_event = self.newest_event.max(Some(event.seq));
                Ok(())
            }
            Row::Message(message) => {
                let sql =
                    "INSERT INTO messages (id, scope, task, kind, author, body, addressee, parent, label, at)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
                let params = params![
                    int(message.id),
                    message.scope.as_str(),
                    message.task.as_str(),
                    message.kind.as_str(),
                    message.author,
                    message.body,
                    message.to,
                    message.parent.map(int),
                    message.label,
                    message.at.as_millis(),
                ];
                self.execute(sql, params)
            }
            Row::Run { place, run } => {
                self.put_run(&run)?;
                let sql = "UPDATE runs SET place = ?1 WHERE scope = ?2 AND id = ?3";
                self.execute(sql, params![int(place), run.scope.as_str(), run.id.as_str()])
            }
            Row::Record { place, kind, scope, name, body } => {
                let key = match &scope {
                    Some(scope) => RecordKey::scoped(kind, scope, &name),
                    None => RecordKey::global(kind, &name),
                };
                self.put_record(key, body)?;
                let [kind, scope, id] = columns::record_key(key);
                let sql = "UPDATE records SET place = ?1 WHERE kind = ?2 AND scope = ?3 AND id = ?4";
                self.execute(sql, params![int(place), kind, scope, id])
            }
            Row::Counter { name, last } => self.add_counter(&name, last),
            Row::Reply { key, digest, body, at } => {
                let sql = "INSERT INTO replies (key, digest, body, at) VALUES (?1, ?2, ?3, ?4)";
                self.execute(sql, params![key, digest, body, at.as_millis()])
            }
        }
    }
}

impl SqliteTransaction<'_> {
    fn add_counter(&mut self, name: &str, last: u64) -> Result<()> {
        if let Some((_, table)) = NUMBERED.iter().find(|(numbered, _)| *numbered == name) {
            self.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [table])?;
            let sql = "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)";
            return self.execute(sql, params![table, int(last)]);
        }
        match name.strip_prefix(NUMBER_OF) {
            Some(scope) => {
                let scope = Scope::new(scope).map_err(damaged)?;
                self.set_counter(Counter::TaskNumber(&scope), last)
            }
            None => {
                let sql = "INSERT INTO counters (name, last) VALUES (?1, ?2)";
                self.execute(sql, params![name, int(last)])
            }
        }
    }
}
