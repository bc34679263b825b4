//! Folding the log into the file, beside the writes.
//!
//! Left to itself, SQLite does it at the end of a commit: all who wait for that commit then wait until a long log is copied
//! and has reached the disk. Here a reading thread copies it while others commit. What they have added by then, and to wait
//! for the disk, is left to a commit: the log begins anew once all of it is folded, which without a pause between the writes
//! no thread beside them could achieve.

use super::error::failed;
use super::workers::Reads;
use octopoid_core::store::Result;
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use std::ffi::c_int;
use tokio::sync::oneshot::{self, error::TryRecvError};

/// The pages in the log from which on it is folded: four megabytes.
const ENOUGH: c_int = 1_000;

/// A hook of a connection, for those that have none.
type NoHook = fn(&mut Wal, c_int) -> rusqlite::Result<()>;

/// Has the log folded whenever the connection, which writes, has filled it.
pub(super) fn start_checkpointer(connection: &mut Connection, reads: Reads) -> Result<()> {
    let mut folding = Folding { reads, beside: None };
    let committed = move |log: &mut Wal, pages| {
        folding.committed(log, pages);
        Ok(())
    };
    connection.wal_hook(Some(committed)).map_err(failed)
}

/// Ends that, and with it the use of the reading threads.
pub(super) fn stop_checkpointer(connection: &mut Connection) -> Result<()> {
    connection.wal_hook(None::<NoHook>).map_err(failed)
}

struct Folding {
    reads: Reads,
    /// What a reading thread does, until it is known to be done.
    beside: Option<oneshot::Receiver<Result<()>>>,
}

impl Folding {
    /// After a commit, with the pages that are in the log then.
    fn committed(&mut self, log: &mut Wal, pages: c_int) {
        let beside = self.beside.as_mut().map(oneshot::Receiver::try_recv);
        if matches!(beside, Some(Err(TryRecvError::Empty))) {
            return;
        }
        self.beside = None;
        match beside {
            // What is in the log by now, where it has not begun anew already.
            Some(_) if pages >= ENOUGH => fold_here(log),
            None if pages >= ENOUGH => self.beside = Some(self.reads.send(fold)),
            _ => {}
        }
    }
}

/// As much as is possible without anybody waiting for it.
fn fold(connection: &Connection) -> Result<()> {
    let folded = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    folded.inspect_err(not_folded).map_err(failed)
}

/// The same, by whoever has just committed. The commit stands either way.
fn fold_here(log: &mut Wal) {
    let _ = log.checkpoint().inspect_err(not_folded);
}

fn not_folded(error: &rusqlite::Error) {
    tracing::debug!(%error, "the database's log was not folded into it; it grows until that is possible");
}
