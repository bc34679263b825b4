//! Moving everything from one database to another, as lines of JSON.
//!
//! The first line names the format and its version, the last one the number of rows: a file that was cut off is refused. Every
//! number that a store has given stays as it is, so whoever follows the events goes on where it was. The files that runs
//! leave for people (artifacts) are no part of it.

use crate::backend::{Backend, BackendStore, Export, Import, Reader as _, Row, Table, is_fault};
use octopoid_core::store::{Result, StoreError};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;

/// Name of the format.
const FORMAT: &str = "octopoid";
/// Its version: raised where an older program could not read what a newer one writes.
const VERSION: u32 = 1;

/// Number of rows by what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Rows {
    /// Tasks.
    pub tasks: u64,
    /// Events.
    pub events: u64,
    /// Messages.
    pub messages: u64,
    /// Runs.
    pub runs: u64,
    /// Projects, drafts, machines, keys and the like.
    pub records: u64,
    /// Counters.
    pub counters: u64,
    /// Replies to requests.
    pub replies: u64,
}

impl Rows {
    /// Returns the number of all rows.
    pub fn total(&self) -> u64 {
        self.tasks + self.events + self.messages + self.runs + self.records + self.counters + self.replies
    }

    fn count(&mut self, row: &Row) {
        match row {
            Row::Task(_) => self.tasks += 1,
            Row::Event(_) => self.events += 1,
            Row::Message(_) => self.messages += 1,
            Row::Run { .. } => self.runs += 1,
            Row::Record { .. } => self.records += 1,
            Row::Counter { .. } => self.counters += 1,
            Row::Reply { .. } => self.replies += 1,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trailer {
    rows: u64,
}

/// Writes one state of a database as lines of JSON, while others go on with it. Returns what was written, and where to.
///
/// # Errors
/// `Unavailable` where the database cannot be read or the lines not be written.
pub async fn export<B, W>(store: &BackendStore<B>, to: W) -> Result<(Rows, W)>
where
    B: Backend,
    for<'a> B::Reader<'a>: Export,
    W: Write + Send + 'static,
{
    store
        .backend()
        .read(move |reader| {
            let mut to = BufWriter::new(to);
            line(&mut to, &Header { format: FORMAT.to_owned(), version: VERSION })?;
            let mut rows = Rows::default();
            for table in Table::ALL {
                reader.each_row(table, &mut |row| {
                    rows.count(&row);
                    line(&mut to, &row)
                })?;
            }
            line(&mut to, &Trailer { rows: rows.total() })?;
            Ok((rows, to.into_inner().map_err(|error| not_written(error.into_error()))?))
        })
        .await
}

fn line(to: &mut impl Write, value: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *to, value).map_err(|error| not_written(error.into()))?;
    to.write_all(b"\n").map_err(not_written)
}

fn not_written(error: std::io::Error) -> StoreError {
    StoreError::unavailable("the export cannot be written").with_source(error)
}

/// Puts what [`export`] wrote to a file into a database, as a whole or not at all. With `replace`, what is in the database is
/// removed first.
///
/// # Errors
/// `Invalid` for a file that is no export, was cut off or was written by a newer version, and for a database that is not empty;
/// `Unavailable` where the file cannot be read or the database not be written. Then nothing has changed.
pub async fn import<B>(store: &BackendStore<B>, file: PathBuf, replace: bool) -> Result<Rows>
where
    B: Backend,
    for<'a> B::Transaction<'a>: Import,
{
    let imported = store.backend().transact(move |transaction| {
        // Read once before anything is written, so that a wrong file changes nothing.
        let rows = read(&file, &mut |_| Ok(()))?;
        if !replace && !transaction.is_empty()? {
            return Err(StoreError::invalid("database", "is not empty"));
        }
        let mut write = || {
            transaction.clear()?;
            read(&file, &mut |row| transaction.add_row(row))
        };
        write().map_err(as_fault)?;
        Ok(rows)
    });
    imported.await
}

/// A refusal after the first write would leave a half.
fn as_fault(error: StoreError) -> StoreError {
    match is_fault(&error) {
        true => error,
        false => StoreError::internal(error.to_string()).with_source(error),
    }
}

/// Calls `each` with every row of a file.
fn read(file: &PathBuf, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<Rows> {
    let opened = std::fs::File::open(file).map_err(|error| not_read(file, error))?;
    read_lines(BufReader::new(opened), file, each)
}

fn not_read(file: &std::path::Path, error: std::io::Error) -> StoreError {
    StoreError::unavailable(format!("cannot read {}: {error}", file.display()))
}

fn read_lines(
    mut lines: impl BufRead,
    file: &std::path::Path,
    each: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<Rows> {
    let wrong = |number: u64, why: &str| {
        StoreError::invalid("file", format_args!("`{}`, line {number}: {why}", file.display()))
    };
    let mut next = || -> Result<Option<String>> {
        let mut line = String::new();
        // Bounded, so that a file without lines does not fill the memory.
        let read =
            lines.by_ref().take(LONGEST).read_line(&mut line).map_err(|error| not_read(file, error))?;
        Ok((read > 0).then_some(line))
    };
    let header = next()?.and_then(|line| serde_json::from_str::<Header>(&line).ok());
    let Some(header) = header.filter(|header| header.format == FORMAT) else {
        return Err(wrong(1, "it is not an export of Octopoid"));
    };
    if header.version > VERSION {
        return Err(wrong(1, "it was written by a newer Octopoid; update this one"));
    }
    let (mut rows, mut number) = (Rows::default(), 1);
    while let Some(line) = next()? {
        number += 1;
        if let Ok(trailer) = serde_json::from_str::<Trailer>(&line) {
            return match trailer.rows == rows.total() && next()?.is_none() {
                true => Ok(rows),
                false => Err(wrong(number, "rows are missing, or there are too many")),
            };
        }
        let row: Row = serde_json::from_str(&line).map_err(|error| wrong(number, &error.to_string()))?;
        rows.count(&row);
        each(row)?;
    }
    Err(wrong(number, "it ends before its last line: it was cut off"))
}

/// The longest line, in bytes.
const LONGEST: u64 = 256 << 20;

/// Returns what is wrong within a database, by its own rules and beyond them; nothing where it is sound. Reads all of it.
///
/// # Errors
/// `Unavailable` where it cannot be read.
pub async fn check<B>(store: &BackendStore<B>) -> Result<(Rows, Vec<String>)>
where
    B: Backend,
    for<'a> B::Reader<'a>: Export,
{
    store
        .backend()
        .read(|reader| {
            let mut checked = Checked::default();
            for table in Table::ALL {
                reader.each_row(table, &mut |row| {
                    checked.row(&row);
                    Ok(())
                })?;
            }
            let last = reader.last_event()?;
            Ok((checked.rows, checked.findings(last)))
        })
        .await
}

/// What was seen of a database.
#[derive(Default)]
struct Checked {
    rows: Rows,
    /// The highest number that was seen, and the last that a counter says was given, by counter.
    numbers: std::collections::BTreeMap<&'static str, (u64, Option<u64>)>,
    /// The tasks that others wait for, with whether they are done.
    done: std::collections::HashMap<(String, String), bool>,
    waiting: Vec<(String, String, String)>,
    findings: Vec<String>,
}

impl Checked {
    fn see(&mut self, counter: &'static str, number: u64) {
        let seen = &mut self.numbers.entry(counter).or_default().0;
        *seen = number.max(*seen);
    }

    fn row(&mut self, row: &Row) {
        self.rows.count(row);
        match row {
            Row::Task(task) => {
                self.see("task", task.seq);
                let scope = task.scope.to_string();
                self.done.insert((scope.clone(), task.id.to_string()), task.is_done());
                for blocker in task.unresolved_blockers() {
                    self.waiting.push((scope.clone(), task.id.to_string(), blocker.to_string()));
                }
            }
            Row::Event(event) => self.see("event", event.seq),
            Row::Message(message) => self.see("message", message.id),
            Row::Run { place, .. } => self.see("run", *place),
            Row::Record { place, .. } => self.see("record", *place),
            Row::Counter { name, last } => {
                for counter in ["task", "message", "run", "record"] {
                    if name == counter {
                        self.numbers.entry(counter).or_default().1 = Some(*last);
                    }
                }
            }
            Row::Reply { .. } => {}
        }
    }

    fn findings(mut self, last_event: u64) -> Vec<String> {
        self.numbers.entry("event").or_default().1 = Some(last_event);
        for (counter, (seen, last)) in &self.numbers {
            if last.unwrap_or_default() < *seen {
                self.findings.push(format!(
                    "the {counter} {seen} is there, and the last number that was given is {}",
                    last.unwrap_or_default()
                ));
            }
        }
        for (scope, task, blocker) in &self.waiting {
            match self.done.get(&(scope.clone(), blocker.clone())) {
                Some(false) => {}
                Some(true) => {
                    self.findings.push(format!("{task} of {scope} waits for {blocker}, which is done"));
                }
                None => {
                    self.findings.push(format!("{task} of {scope} waits for {blocker}, which does not exist"))
                }
            }
        }
        self.findings
    }
}
