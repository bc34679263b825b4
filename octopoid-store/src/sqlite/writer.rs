//! The writing thread: group commit of many callers' requests, with one wait for the disk.

use super::SqliteOptions;
use super::backend::SqliteBackend;
use super::checkpoints::stop_checkpointer;
use super::error::failed;
use super::presence::Presence;
use super::transaction::SqliteTransaction;
use crate::backend::job::{self, answer, refuse};
use crate::feed::Feed;
use octopoid_core::clock::{Clock, SteadyClock};
use octopoid_core::model::Timestamp;
use octopoid_core::store::{ErrorKind, Result, StoreError};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Time to spin for one more request of the callers that were just answered.
const MOMENT: Duration = Duration::from_micros(50);

/// Request of one caller.
type Job = Box<dyn job::Job<SqliteBackend>>;

/// Handle of the writing thread.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    sender: Sender<Job>,
}

impl Requests {
    /// Hands a request in. Once it is handed in it is carried out, whether or not the answer is awaited.
    pub(super) fn send<T: Send + 'static>(
        &self,
        work: impl Fn(&mut SqliteTransaction<'_>) -> Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T>> {
        let (request, answer) = job::job::<SqliteBackend, _, _>(work);
        // A writer that is gone drops the request, which the caller sees.
        let _ = self.sender.send(request);
        answer
    }
}

/// State of the writing thread.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) clock: Arc<SteadyClock>,
    pub(super) feed: Arc<Feed>,
    pub(super) options: SqliteOptions,
    pub(super) presence: Arc<Presence>,
    /// They checkpoint the log, and must be gone before the file is left alone.
    pub(super) readers: Vec<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. It ends once every [`Requests`] is dropped and what they sent is carried out.
    pub(super) fn start(self) -> Result<(Requests, JoinHandle<()>)> {
        let (sender, requests) = channel();
        let not_started = |error: std::io::Error| {
            StoreError::unavailable("cannot start the writing thread").with_source(error)
        };
        let thread = std::thread::Builder::new()
            .name("octopoid-writer".to_owned())
            .spawn(move || self.work(&requests))
            .map_err(not_started)?;
        Ok((Requests { sender }, thread))
    }

    fn work(mut self, requests: &Receiver<Job>) {
        let mut usual = 1;
        while let Some(first) = look_out(requests).or_else(|| requests.recv().ok()) {
            usual = self.commit_group(first, requests, usual);
        }
        self.let_go();
    }

    /// Leaves a single file behind where no other process has it open.
    fn let_go(mut self) {
        match stop_checkpointer(&mut self.connection) {
            // Nobody else can give them work any more, so they end.
            Ok(()) => self.readers.into_iter().for_each(join),
            Err(error) => {
                tracing::error!(%error, "the checkpoints of the database's log could not be stopped")
            }
        }
        if self.presence.check().is_err() {
            // Closing removes the log under its name, which by now may be that of another database.
            let off = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            if let Err(error) = off {
                tracing::error!(%error, "the log of a database that is gone may be removed");
            }
            return;
        }
        if let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::debug!(error = %error, "the database's log was not checkpointed at the end");
        }
    }

    /// Carries out one request and all that wait behind it, commits, and answers. Returns their number.
    ///
    /// Callers that were just answered often ask again at once. While there are fewer than the `usual`, the last group's
    /// size, the commit waits a moment for each next one: it costs nearly as much for the first few as for all.
    fn commit_group(&mut self, first: Job, requests: &Receiver<Job>, usual: usize) -> usize {
        let most = self.options.group.max(1);
        let mut jobs = vec![first];
        jobs.extend(requests.try_iter().take(most - 1));
        let more = |jobs: &mut Vec<Job>| {
            let before = jobs.len();
            jobs.extend(requests.try_iter().take(most - before));
            if jobs.len() == before && before < usual.min(most) {
                jobs.extend(look_out(requests));
            }
        };
        let there = self
            .presence
            .check()
            .map_err(|gone| self.presence.save(&self.connection, &gone, self.clock.now()));
        let result = there.and_then(|()| self.transaction(&mut jobs, more));
        let size = jobs.len();
        match result {
            Ok(()) => answer(jobs),
            // One of them is at fault and must not take the others with it.
            Err(error) if *error.kind() == ErrorKind::Internal => {
                for job in jobs {
                    let mut alone = vec![job];
                    match self.transaction(&mut alone, |_| {}) {
                        Ok(()) => answer(alone),
                        Err(error) => refuse(alone, &error),
                    }
                }
            }
            // Said once, where it was noticed.
            Err(error) if error.is_gone() => refuse(jobs, &error),
            Err(error) => {
                tracing::warn!(error = %error, requests = jobs.len(), "nothing could be written");
                refuse(jobs, &error);
            }
        }
        size
    }

    /// Carries out requests in one transaction, and those that `more` adds once they are through.
    fn transaction(&mut self, jobs: &mut Vec<Job>, more: impl Fn(&mut Vec<Job>)) -> Result<()> {
        let result = self.attempt(jobs, more);
        if result.is_err() && !self.connection.is_autocommit() {
            // A rollback cannot fail in a way that leaves something: the log's last frames are simply not valid.
            if let Err(error) = self.connection.execute_batch("ROLLBACK") {
                tracing::error!(error = %error, "a transaction could not be undone");
            }
        }
        result
    }

    fn attempt(&mut self, jobs: &mut Vec<Job>, more: impl Fn(&mut Vec<Job>)) -> Result<()> {
        execute(&self.connection, "BEGIN IMMEDIATE")?;
        let mut transaction = SqliteTransaction::new(&self.connection, self.clock.now());
        let mut done = 0;
        while done < jobs.len() {
            transaction.begin_request(self.clock.now(), jobs.len() - done);
            jobs[done].run(&mut transaction)?;
            done += 1;
            if done == jobs.len() {
                more(jobs);
            }
        }
        execute(&self.connection, "COMMIT")?;
        if let Some(newest) = transaction.newest_event() {
            self.feed.publish(newest);
        }
        Ok(())
    }
}

impl SqliteTransaction<'_> {
    /// Begins with a request. `waiting` requests are to be carried out in all, this one included.
    fn begin_request(&mut self, now: Timestamp, waiting: usize) {
        self.now = now;
        self.waiting = waiting.max(1);
    }
}

/// Returns the next request, if it comes within a moment. Spins, yielding the processor in between: to sleep and be woken would
/// take as long as most requests take to come.
fn look_out(requests: &Receiver<Job>) -> Option<Job> {
    let began = Instant::now();
    loop {
        match requests.try_recv() {
            Ok(request) => return Some(request),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) if began.elapsed() > MOMENT => return None,
            Err(TryRecvError::Empty) => std::thread::yield_now(),
        }
    }
}

/// Waits for the end of a thread.
pub(super) fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("a thread of the database ended by a panic");
    }
}

fn execute(connection: &Connection, sql: &str) -> Result<()> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(drop).map_err(failed)
}
