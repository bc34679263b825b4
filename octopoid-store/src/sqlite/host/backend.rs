//! The backend over the host's database.

use super::connection::Connection;
use super::database::HostDatabase;
use super::error::failed;
use super::migrate::migrate;
use crate::backend::Backend;
use crate::feed::Feed;
use crate::sqlite::transaction::SqliteTransaction;
use crate::sqlite::{query, query_ext};
use octopoid_core::clock::{Clock, SteadyClock};
use octopoid_core::model::Timestamp;
use octopoid_core::store::{Result, StoreError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Backend over the SQLite of the host, which nobody else writes to.
#[derive(Debug)]
pub struct HostBackend {
    connection: Connection,
    feed: Feed,
    /// Leases are measured by it, so it is never set back.
    clock: SteadyClock,
}

impl HostBackend {
    /// Returns a backend over a database, whose tables are made or brought up to date.
    ///
    /// # Errors
    /// `Invalid` for a database that a newer version has written; `Unavailable` where it cannot be read or written.
    pub fn new(database: Arc<dyn HostDatabase>, clock: Arc<dyn Clock>) -> Result<Self> {
        let connection = Connection { database };
        migrate(&connection)?;
        let feed = Feed::new(query::last_event(&connection)?);
        // The host's clock may have been set back meanwhile.
        let clock = SteadyClock::new(clock);
        query::newest_moment(&connection)?.into_iter().for_each(|moment| clock.at_least(moment));
        Ok(Self { connection, feed, clock })
    }

    /// Returns when the first lease ends, of the claims of all scopes; `None` if nothing is claimed.
    ///
    /// # Errors
    /// `Unavailable` where the database cannot be read.
    pub fn first_lease_end(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(lease_expires_at) FROM tasks WHERE lease_expires_at IS NOT NULL";
        let end =
            query_ext::first(&self.connection, sql, (), |row| row.get::<_, Option<i64>>(0).map_err(failed))?;
        Ok(end.flatten().map(Timestamp::from_millis))
    }
}

impl Backend for HostBackend {
    type Reader<'a> = SqliteTransaction<'a>;
    type Transaction<'a> = SqliteTransaction<'a>;

    async fn transact<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut SqliteTransaction<'_>) -> Result<T> + Send + 'static,
    {
        let mut result = Err(StoreError::internal("the transaction was not carried out"));
        let mut newest = None;
        let mut run = || {
            let mut transaction = SqliteTransaction::new(&self.connection, self.clock.now());
            let done = catch_unwind(AssertUnwindSafe(|| work(&mut transaction)));
            result = done.unwrap_or_else(|_| Err(StoreError::internal("a defect: the transaction panicked")));
            newest = transaction.newest_event();
            result.is_ok()
        };
        self.connection.database.transaction(&mut run).map_err(failed)?;
        if let (Ok(_), Some(newest)) = (&result, newest) {
            self.feed.publish(newest);
        }
        result
    }

    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteTransaction<'_>) -> Result<T> + Send + 'static,
    {
        work(&mut SqliteTransaction::new(&self.connection, self.clock.now()))
    }

    async fn wait_for_event(&self, after: u64) -> Result<()> {
        self.feed.wait(after).await
    }
}
