//! Groups: requests of one scope that are committed together.

use super::job::{Job, answer, refuse};
use super::session::Session;
use super::transaction::{DatabaseClock, PostgresTransaction};
use super::workers::Place;
use crate::feed::Feed;
use octopoid_core::store::{ErrorKind, Result, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How often a request is carried out again that others were in the way of.
const ATTEMPTS: usize = 5;
/// Time between two looks for what became of a commit.
const LOOK: Duration = Duration::from_millis(200);

/// What the writing threads share.
pub(super) struct Writer {
    pub(super) clock: Arc<DatabaseClock>,
    pub(super) feed: Arc<Feed>,
    pub(super) group: usize,
}

impl Writer {
    /// Carries out requests of one scope, and those that `more` adds meanwhile, commits, and answers.
    pub(super) fn commit_group(
        &self,
        session: &mut Session,
        place: &Place,
        first: Vec<Job>,
        more: impl Fn(usize) -> Vec<Job>,
    ) {
        let mut jobs = first;
        let result =
            self.transaction(session, place, &mut jobs, |done| more(self.group.saturating_sub(done)));
        match result {
            Ok(()) => answer(jobs),
            // One of them is at fault and must not take the others with it.
            Err(error) if *error.kind() == ErrorKind::Internal || session.take_raced() => {
                for job in jobs {
                    self.commit_alone(session, place, job);
                }
            }
            Err(error) => {
                tracing::warn!(%error, requests = jobs.len(), "nothing could be written");
                refuse(jobs, &error);
            }
        }
    }

    fn commit_alone(&self, session: &mut Session, place: &Place, job: Job) {
        let mut alone = vec![job];
        let mut attempt = 1;
        loop {
            match self.transaction(session, place, &mut alone, |_| Vec::new()) {
                Ok(()) => return answer(alone),
                Err(_) if session.take_raced() && attempt < ATTEMPTS => attempt += 1,
                Err(error) => return refuse(alone, &error),
            }
        }
    }

    /// Carries out requests in one transaction.
    fn transaction(
        &self,
        session: &mut Session,
        place: &Place,
        jobs: &mut Vec<Job>,
        more: impl Fn(usize) -> Vec<Job>,
    ) -> Result<()> {
        let mut transaction = PostgresTransaction::begin(session, place, &self.clock)?;
        let written = carry_out(&mut transaction, jobs, more);
        match written {
            Ok(Written { event, xid }) => {
                commit(session, xid)?;
                event.into_iter().for_each(|newest| self.feed.publish(newest));
                Ok(())
            }
            Err(error) => {
                roll_back(session);
                Err(error)
            }
        }
    }
}

/// What a transaction has written before its commit.
struct Written {
    /// The number of its newest event.
    event: Option<u64>,
    /// Its id, if it has written anything.
    xid: Option<String>,
}

fn carry_out(
    transaction: &mut PostgresTransaction<'_>,
    jobs: &mut Vec<Job>,
    more: impl Fn(usize) -> Vec<Job>,
) -> Result<Written> {
    let mut done = 0;
    while done < jobs.len() {
        transaction.expect(jobs[done..].iter().map(|job| &job.access))?;
        for job in &mut jobs[done..] {
            if let Err(error) = job.run(transaction) {
                return Err(transaction.cause(error));
            }
            done += 1;
        }
        let later = more(done);
        jobs.extend(later);
    }
    let (event, xid) = transaction.flush()?;
    Ok(Written { event, xid })
}

fn roll_back(session: &mut Session) {
    // What follows a failed statement is refused, which says nothing new.
    let ended = session.is_connected() && (session.finish().is_ok() || session.is_connected());
    if !ended || session.batch("ROLLBACK").is_err() {
        session.disconnect();
    }
}

/// Commits. Where the answer is lost, finds out what became of it.
fn commit(session: &mut Session, xid: Option<String>) -> Result<()> {
    let Err(error) = session.batch("COMMIT") else { return Ok(()) };
    session.disconnect();
    let Some(xid) = xid else { return Err(error) };
    let began = Instant::now();
    while began.elapsed() < session.connector.timeout {
        match outcome(session, &xid) {
            Ok(Some("committed")) => return Ok(()),
            Ok(Some("aborted")) => return Err(error),
            // It is still under way, or there is no connection yet.
            Ok(Some(_)) | Err(_) => session.pause(LOOK, &Notify::new()),
            Ok(None) => break,
        }
    }
    let message = "the connection was lost during a commit, and what became of it cannot be found out; ask again under the same key";
    Err(StoreError::unavailable(message).with_source(error))
}

fn outcome(session: &mut Session, xid: &str) -> Result<Option<&'static str>> {
    session.connect()?;
    let row = session.row("SELECT pg_xact_status($1::text::xid8)", &[&xid])?;
    let status: Option<String> = row.and_then(|row| row.get(0));
    Ok(status.map(|status| match status.as_str() {
        "committed" => "committed",
        "aborted" => "aborted",
        _ => "in progress",
    }))
}
