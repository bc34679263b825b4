//! Checkpoints: moving the log into the file, beside the writes.
//!
//! Left to itself, SQLite does it at the end of a commit: all who wait for that commit then wait until a long log is copied
//! and has reached the disk. Here a reading thread copies it while others commit. What they have added by then, and the wait
//! for the disk, is left to a commit: the log begins anew once all of it is copied, which without a pause between the writes
//! no thread beside them could achieve.

use super::error::failed;
use super::workers::Reads;
use octopoid_core::store::Result;
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use std::ffi::c_int;
use tokio::sync::oneshot::{self, error::TryRecvError};

/// Number of pages in the log from which on there is a checkpoint: four megabytes.
const ENOUGH: c_int = 1_000;

/// Type of the missing hook of a connection.
type NoHook = fn(&mut Wal, c_int) -> rusqlite::Result<()>;

/// Checkpoints whenever the connection, which writes, has filled the log.
pub(super) fn start_checkpointer(connection: &mut Connection, reads: Reads) -> Result<()> {
    let mut checkpointer = Checkpointer { reads, running: None };
    let committed = move |log: &mut Wal, pages| {
        checkpointer.committed(log, pages);
        Ok(())
    };
    connection.wal_hook(Some(committed)).map_err(failed)
}

/// Ends the checkpoints, and with them the use of the reading threads.
pub(super) fn stop_checkpointer(connection: &mut Connection) -> Result<()> {
    connection.wal_hook(None::<NoHook>).map_err(failed)
}

struct Checkpointer {
    reads: Reads,
    /// The checkpoint of a reading thread, until it is known to be done.
    running: Option<oneshot::Receiver<Result<()>>>,
}

impl Checkpointer {
    /// Decides after a commit, by the number of pages that are in the log then.
    fn committed(&mut self, log: &mut Wal, pages: c_int) {
        let running = self.running.as_mut().map(oneshot::Receiver::try_recv);
        if matches!(running, Some(Err(TryRecvError::Empty))) {
            return;
        }
        self.running = None;
        match running {
            // What is in the log by now, where it has not begun anew already.
            Some(_) if pages >= ENOUGH => checkpoint_here(log),
            None if pages >= ENOUGH => self.running = Some(self.reads.send(checkpoint)),
            _ => {}
        }
    }
}

/// Copies as much as is possible without anybody waiting for it.
fn checkpoint(connection: &Connection) -> Result<()> {
    let done = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    done.inspect_err(not_done).map_err(failed)
}

/// Like [`checkpoint`], but in the thread that has just committed. The commit stands either way.
fn checkpoint_here(log: &mut Wal) {
    let _ = log.checkpoint().inspect_err(not_done);
}

fn not_done(error: &rusqlite::Error) {
    tracing::debug!(%error, "the database's log could not be checkpointed; it grows until that is possible");
}
