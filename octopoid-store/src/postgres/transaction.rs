//! Transaction on a connection.

use super::error::damaged;
use super::migrate;
use super::query;
use super::row::{self, event_body, int, number, text};
use super::session::{Parameters, Session};
use super::workers::Place;
use crate::backend::{Access, Counter, StoredReply, claimable_for};
use octopoid_core::clock::{Clock, SteadyClock};
use octopoid_core::model::{EventDraft, Scope, Task, TaskId, Timestamp};
use octopoid_core::store::{Result, StoreError};
use octopoid_core::transition::Purpose;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_postgres::Row;

/// How far the database's clock may be behind what was shown before it counts as set back.
const SLACK: Duration = Duration::from_secs(2);

/// The database's clock, as this process has seen it. It is never set back.
#[derive(Debug)]
pub(super) struct DatabaseClock {
    /// Instead of the database's.
    other: Option<SteadyClock>,
    shown: Mutex<Option<(Timestamp, Instant)>>,
}

impl DatabaseClock {
    pub(super) fn new(other: Option<Arc<dyn Clock>>) -> Self {
        Self { other: other.map(SteadyClock::new), shown: Mutex::default() }
    }

    /// Returns the moment to go by, when the database shows `now` and `newest` is the newest moment that was written.
    fn observe(&self, now: Timestamp, newest: Timestamp) -> Timestamp {
        if let Some(other) = &self.other {
            other.at_least(newest);
            return other.now();
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let mut moment = now.max(newest);
        if let Some((before, at)) = *shown {
            let due = before + at.elapsed();
            moment = if due.since(moment) > SLACK { due } else { moment.max(before) };
        }
        *shown = Some((moment, Instant::now()));
        moment
    }
}

/// Tasks that are read ahead for the next claims of the same transaction. Nobody else can write to the scope meanwhile, so they
/// stay true until the transaction itself changes what can be claimed.
#[derive(Debug)]
pub(super) struct Prefetch {
    pub(super) asked: (Purpose, Vec<String>, Vec<String>),
    pub(super) tasks: VecDeque<Task>,
    /// The task that was taken last, until it is written.
    pub(super) taken: Option<u64>,
}

/// Event that gets its number at the end.
pub(super) struct NewEvent {
    scope: Scope,
    task: TaskId,
    event: EventDraft,
    at: Timestamp,
}

/// Open transaction; that of a writing thread serves several requests, one after the other.
pub struct PostgresTransaction<'a> {
    pub(super) session: &'a mut Session,
    pub(super) now: Timestamp,
    /// Whether it may write.
    writes: bool,
    /// The scope whose lock it holds; none where it holds that of the whole store.
    place: Place,
    /// Whether it holds the lock of the counters that scopes share.
    holds_counters: bool,
    /// The number of requests that are still to be carried out, so that no more is read ahead than is of use.
    pub(super) waiting: i64,
    /// Tasks of the scope as they are now; none where there is no such task.
    pub(super) tasks: HashMap<TaskId, Option<Task>>,
    /// Replies as they are now.
    pub(super) replies: HashMap<String, Option<StoredReply>>,
    /// Claim tokens of the scope that are not in use.
    pub(super) free_tokens: HashSet<String>,
    pub(super) prefetch: Option<Prefetch>,
    counters: HashMap<String, u64>,
    changed_counters: HashSet<String>,
    events: Vec<NewEvent>,
    pub(super) new_replies: Vec<(String, Timestamp)>,
    newest_event: Option<u64>,
    wrote: bool,
}

/// The clock of the database, the newest moment that was written, and what programs must know.
const STATE: &str =
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint, f.moment, s.version, s.oldest
                       FROM feed f, schema_version s";

impl<'a> PostgresTransaction<'a> {
    fn new(session: &'a mut Session, writes: bool, place: Place) -> Self {
        Self {
            session,
            now: Timestamp::default(),
            writes,
            place,
            holds_counters: false,
            waiting: 1,
            tasks: HashMap::new(),
            replies: HashMap::new(),
            free_tokens: HashSet::new(),
            prefetch: None,
            counters: HashMap::new(),
            changed_counters: HashSet::new(),
            events: Vec::new(),
            new_replies: Vec::new(),
            newest_event: None,
            wrote: false,
        }
    }

    /// Begins a transaction that writes to one scope, or to the whole store.
    pub(super) fn begin(session: &'a mut Session, place: &Place, clock: &DatabaseClock) -> Result<Self> {
        let lock = match place {
            Some(_) => {
                "SELECT pg_advisory_xact_lock_shared(hashtext(current_schema()), 0),
                        pg_advisory_xact_lock(hashtext(current_schema() || ' scope'), hashtext($1))"
            }
            None => "SELECT pg_advisory_xact_lock(hashtext(current_schema()), 0), $1::text",
        };
        let name = place.as_ref().map(|scope| scope.as_str());
        let state = connected(session, |session| session.lock_and_row("BEGIN", (lock, &[&name]), STATE))?;
        session.allow(false);
        let mut transaction = Self::new(session, true, place.clone());
        transaction.started(state, clock)?;
        Ok(transaction)
    }

    /// Begins a transaction that reads one state of the whole store.
    pub(super) fn begin_read(session: &'a mut Session, clock: &DatabaseClock) -> Result<Self> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let state = connected(session, |session| session.batch_and_rows(begin, STATE, &[]))?;
        let mut transaction = Self::new(session, false, None);
        transaction.started(state, clock)?;
        Ok(transaction)
    }

    fn started(&mut self, state: Vec<Row>, clock: &DatabaseClock) -> Result<()> {
        let row = state.first().ok_or_else(|| damaged("the table `feed` is empty"))?;
        let moment = |column| row.try_get(column).map(Timestamp::from_millis).map_err(damaged);
        let schema = self.session.connector.url.schema.clone();
        let checked =
            migrate::check(&schema, row.try_get(2).map_err(damaged)?, row.try_get(3).map_err(damaged)?);
        // It may be updated while this server runs, which then waits for its own update.
        if let Err(error) = checked {
            self.session.disconnect();
            return Err(StoreError::unavailable(error.to_string()));
        }
        self.now = clock.observe(moment(0)?, moment(1)?);
        Ok(())
    }

    /// Ends a transaction that only read.
    pub(super) fn end_read(self) {
        if self.session.is_connected() && self.session.batch("COMMIT").is_err() {
            self.session.disconnect();
        }
    }

    /// Returns why a request failed: because of a statement that was sent before, if one of them did.
    pub(super) fn cause(&mut self, error: StoreError) -> StoreError {
        self.session.cause(error)
    }

    /// Reads ahead what requests are known to read.
    pub(super) fn expect<'b>(
        &mut self,
        requests: impl ExactSizeIterator<Item = &'b Access> + Clone,
    ) -> Result<()> {
        self.waiting = i64::try_from(requests.len()).unwrap_or(1).max(1);
        if requests.len() < 2 {
            // Asked for all at once or one by one, it is one question each.
            return Ok(());
        }
        let wanted = |of: &dyn Fn(&'b Access) -> Option<&'b str>| -> Vec<String> {
            requests.clone().filter_map(of).map(str::to_owned).collect()
        };
        let keys = wanted(&|access| access.reply.as_deref().filter(|key| !self.replies.contains_key(*key)));
        let ids = wanted(&|access| {
            access.task.as_ref().filter(|id| !self.tasks.contains_key(*id)).map(AsRef::as_ref)
        });
        let tokens = wanted(&|access| access.token.as_ref().map(|token| token.as_str()));
        let place = self.place.as_ref().map_or("", |scope| scope.as_str());
        let [replies, tasks, held] = self.session.rows_of_three([
            ("SELECT digest, body, key FROM replies WHERE key = ANY($1)", &[&keys]),
            ("SELECT body, description FROM tasks WHERE scope = $1 AND id = ANY($2)", &[&place, &ids]),
            ("SELECT claim_token FROM tasks WHERE scope = $1 AND claim_token = ANY($2)", &[&place, &tokens]),
        ])?;
        self.replies.extend(keys.into_iter().map(|key| (key, None)));
        for row in replies {
            self.replies.insert(text(&row, 2)?, Some(query::reply(&row)?));
        }
        if self.place.is_none() {
            return Ok(());
        }
        for id in ids {
            self.tasks.insert(TaskId::new(id).map_err(damaged)?, None);
        }
        for row in tasks {
            let task = row::task(&row)?;
            self.tasks.insert(task.id.clone(), Some(task));
        }
        self.free_tokens.extend(tokens);
        for row in held {
            self.free_tokens.remove(&text(&row, 0)?);
        }
        Ok(())
    }

    pub(super) fn place(&self) -> Option<&Scope> {
        self.place.as_ref()
    }

    /// Returns the rows of a query.
    pub(super) fn rows(&mut self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>> {
        self.session.rows(sql, parameters)
    }

    /// Returns what a query's first row has.
    pub(super) fn first<T>(
        &mut self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl Fn(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        self.session.rows(sql, parameters)?.first().map(read).transpose()
    }

    /// Returns what each row of a query has.
    pub(super) fn all<T>(
        &mut self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl Fn(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.session.rows(sql, parameters)?.iter().map(read).collect()
    }

    /// Sends a write, whose answer is waited for before the commit.
    pub(super) fn send(&mut self, sql: &str, parameters: Vec<super::session::Parameter>) -> Result<()> {
        self.wrote = true;
        self.session.send(sql, parameters)
    }

    /// Runs a write, and returns the number of its rows.
    pub(super) fn execute(&mut self, sql: &str, parameters: Parameters<'_>) -> Result<u64> {
        self.wrote = true;
        self.session.execute(sql, parameters)
    }

    /// Returns what a write returns.
    pub(super) fn returning(&mut self, sql: &str, parameters: Parameters<'_>) -> Result<Option<Row>> {
        self.wrote = true;
        self.session.row(sql, parameters)
    }

    /// Notes how a task is now.
    pub(super) fn note_task(&mut self, before: Option<&Task>, after: &Task) {
        if self.place() == Some(&after.scope) {
            self.tasks.insert(after.id.clone(), Some(after.clone()));
        }
        let survives = self.prefetch.as_mut().is_some_and(|prefetch| {
            let was_taken = prefetch.taken.take() == Some(after.seq);
            claimable_for(after).is_none()
                && (was_taken || before.is_some_and(|task| claimable_for(task).is_none()))
        });
        if !survives {
            self.prefetch = None;
        }
    }

    /// Forgets what was read and noted, since all of it is gone.
    pub(super) fn forget(&mut self) {
        self.tasks.clear();
        self.replies.clear();
        self.free_tokens.clear();
        self.counters.clear();
        self.prefetch = None;
    }

    /// Returns the last number of a counter. What scopes share is locked until the commit.
    pub(super) fn last_of(&mut self, counter: Counter<'_>) -> Result<u64> {
        let name = counter.name();
        if let Some(last) = self.counters.get(&name) {
            return Ok(*last);
        }
        let shared = !matches!(counter, Counter::TaskNumber(_));
        if shared && self.writes && self.place.is_some() && !self.holds_counters {
            self.session.rows("SELECT pg_advisory_xact_lock(hashtext(current_schema()), 1)", &[])?;
            self.holds_counters = true;
        }
        let sql = "SELECT last FROM counters WHERE name = $1";
        let last = self.first(sql, &[&name], |row| number(row, 0))?.unwrap_or_default();
        if self.writes {
            self.counters.insert(name, last);
        }
        Ok(last)
    }

    /// Notes the last number of a counter.
    pub(super) fn set_last(&mut self, counter: Counter<'_>, last: u64) -> Result<()> {
        // Its lock is held from here on at the latest.
        self.last_of(counter)?;
        self.changed_counters.insert(counter.name());
        self.counters.insert(counter.name(), last);
        Ok(())
    }

    /// Notes an event.
    pub(super) fn add_event(&mut self, scope: &Scope, task: &TaskId, event: EventDraft, at: Timestamp) {
        self.events.push(NewEvent { scope: scope.clone(), task: task.clone(), event, at });
    }

    /// Writes the noted events under the next numbers. The feed is held from then on until the commit.
    pub(super) fn flush_events(&mut self) -> Result<()> {
        let events = std::mem::take(&mut self.events);
        if events.is_empty() {
            return Ok(());
        }
        let scopes: Vec<&str> = events.iter().map(|new| new.scope.as_str()).collect();
        let tasks: Vec<&str> = events.iter().map(|new| new.task.as_str()).collect();
        let kinds: Vec<&str> = events.iter().map(|new| new.event.kind.as_str()).collect();
        let moments: Vec<i64> = events.iter().map(|new| new.at.as_millis()).collect();
        let bodies = events.iter().map(|new| event_body(&new.event)).collect::<Result<Vec<String>>>()?;
        let (count, now) = (int(events.len() as u64), self.now.as_millis());
        let sql = "WITH feed AS (UPDATE feed SET last = last + $6, moment = greatest(moment, $7) RETURNING last)
                   INSERT INTO events (seq, scope, task, kind, at, body)
                   SELECT feed.last - $6 + new.number, new.scope, new.task, new.kind, new.at, new.body FROM feed,
                          unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])
                          WITH ORDINALITY AS new (scope, task, kind, at, body, number)
                   RETURNING seq";
        self.wrote = true;
        let written = self.session.rows(sql, &[&scopes, &tasks, &kinds, &moments, &bodies, &count, &now])?;
        let numbers = written.iter().map(|row| number(row, 0)).collect::<Result<Vec<_>>>()?;
        self.newest_event = numbers.into_iter().max();
        Ok(())
    }

    /// Writes what was noted. Returns the number of the newest event, and the id of the transaction if it has written anything.
    pub(super) fn flush(&mut self) -> Result<(Option<u64>, Option<String>)> {
        let done = self.flush_all();
        done.map_err(|error| self.cause(error))
    }

    fn flush_all(&mut self) -> Result<(Option<u64>, Option<String>)> {
        self.flush_replies()?;
        self.flush_counters()?;
        self.flush_events()?;
        if !self.wrote {
            return Ok((None, None));
        }
        if let Some(newest) = self.newest_event {
            let channel = channel(&self.session.connector.url.schema);
            self.session
                .send("SELECT pg_notify($1, $2)", vec![Box::new(channel), Box::new(newest.to_string())])?;
        }
        let xid = self.first("SELECT pg_current_xact_id_if_assigned()::text", &[], |row| {
            row.try_get::<_, Option<String>>(0).map_err(damaged)
        })?;
        self.session.finish()?;
        Ok((self.newest_event, xid.flatten()))
    }

    fn flush_replies(&mut self) -> Result<()> {
        let new = std::mem::take(&mut self.new_replies);
        if new.is_empty() {
            return Ok(());
        }
        let mut columns: (Vec<String>, Vec<Vec<u8>>, Vec<String>, Vec<i64>) = Default::default();
        for (key, at) in new {
            let Some(Some(reply)) = self.replies.get(&key) else { continue };
            columns.1.push(reply.digest.to_vec());
            columns.2.push(reply.body.clone());
            columns.3.push(at.as_millis());
            columns.0.push(key);
        }
        let sql = "INSERT INTO replies (key, digest, body, at)
                   SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::bigint[])";
        self.send(
            sql,
            vec![Box::new(columns.0), Box::new(columns.1), Box::new(columns.2), Box::new(columns.3)],
        )
    }

    fn flush_counters(&mut self) -> Result<()> {
        let changed = std::mem::take(&mut self.changed_counters);
        for name in changed {
            let last = int(self.counters.get(&name).copied().unwrap_or_default());
            let sql = "INSERT INTO counters (name, last) VALUES ($1, $2)
                       ON CONFLICT (name) DO UPDATE SET last = excluded.last";
            self.send(sql, vec![Box::new(name), Box::new(last)])?;
        }
        Ok(())
    }

    /// Writes the noted replies, for what reads them all.
    pub(super) fn settle_replies(&mut self) -> Result<()> {
        self.flush_replies()?;
        self.replies.clear();
        Ok(())
    }
}

/// Returns the channel of notifications.
pub(super) fn channel(schema: &str) -> String {
    format!("{schema}_events")
}

/// Begins on a connection that is there. One that was lost while nobody used it is made again.
fn connected<T>(session: &mut Session, begin: impl Fn(&mut Session) -> Result<T>) -> Result<T> {
    let is_new = session.connect()?;
    match begin(session) {
        Err(_) if !is_new && !session.is_connected() => {
            session.connect()?;
            begin(session)
        }
        begun => {
            if begun.is_err() {
                // An open transaction is not left behind.
                session.disconnect();
            }
            begun
        }
    }
}

impl fmt::Debug for PostgresTransaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresTransaction").field("now", &self.now).finish_non_exhaustive()
    }
}
