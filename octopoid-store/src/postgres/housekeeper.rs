//! Which of several servers expires leases and removes what is old.
//!
//! A row says which, and until when by the database's clock. A server that is frozen or gone does not renew that, so another
//! takes over; a lock of its connection would last for as long as that stays open.

use super::error::damaged;
use super::session::Session;
use octopoid_core::store::Result;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long it is one server, in milliseconds.
const TERM: i64 = 15_000;
/// How long what was found out is gone by: less than a term, so that it is renewed in time.
const FRESH: Duration = Duration::from_secs(5);

/// This server's part in it.
#[derive(Debug)]
pub(super) struct Housekeeper {
    name: String,
    /// Whether it is this server, and when that was found out.
    known: Mutex<Option<(bool, Instant)>>,
}

impl Default for Housekeeper {
    fn default() -> Self {
        Self { name: uuid::Uuid::new_v4().to_string(), known: Mutex::default() }
    }
}

impl Housekeeper {
    /// Returns what was found out lately.
    pub(super) fn known(&self) -> Option<bool> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.filter(|(_, at)| at.elapsed() < FRESH).map(|(is_it, _)| is_it)
    }

    /// Returns whether it was this server when that was found out last.
    pub(super) fn is_it(&self) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|(is_it, _)| is_it)
    }

    /// Finds out whether it is this server, which it becomes where it is none.
    pub(super) fn ask(&self, session: &mut Session) -> Result<bool> {
        // Counted from before the question, so that the term is never thought longer than it is.
        let asked = Instant::now();
        session.connect()?;
        let sql = "WITH clock AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now)
                   UPDATE housekeeper SET name = $1, until = clock.now + $2 FROM clock
                    WHERE name = $1 OR until < clock.now OR until > clock.now + $2 RETURNING true";
        let row = session.row(sql, &[&self.name, &TERM])?;
        let is_it = row.map(|row| row.try_get(0).map_err(damaged)).transpose()?.unwrap_or(false);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((is_it, asked));
        Ok(is_it)
    }

    /// Leaves it to another server.
    pub(super) fn resign(&self, session: &mut Session) -> Result<()> {
        session.connect()?;
        session.execute("UPDATE housekeeper SET until = 0 WHERE name = $1", &[&self.name]).map(drop)
    }
}
