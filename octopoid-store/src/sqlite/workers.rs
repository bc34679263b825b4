//! The threads that work on the file: one that writes, and a few that read.

use super::writer::Requests;
use super::{SqliteOptions, file};
use octopoid_core::store::{Result, StoreError};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// Handles of the threads.
#[derive(Debug)]
pub(super) struct Workers {
    pub(super) writes: Requests,
    pub(super) reads: Reads,
}

/// Handle of the reading threads.
#[derive(Debug, Clone)]
pub(super) struct Reads {
    sender: Sender<Job>,
}

impl Reads {
    /// Starts the threads. They end once every [`Reads`] is dropped.
    pub(super) fn start(path: &Path, options: &SqliteOptions) -> Result<(Self, Vec<JoinHandle<()>>)> {
        let (sender, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let mut threads = Vec::new();
        for number in 1..=options.readers.max(1) {
            let connection = file::open_reader(path, options)?;
            let jobs = Arc::clone(&jobs);
            let thread = std::thread::Builder::new()
                .name(format!("octopoid-reader-{number}"))
                .spawn(move || work(&connection, &jobs))
                .map_err(|error| {
                    StoreError::unavailable("cannot start a reading thread").with_source(error)
                })?;
            threads.push(thread);
        }
        Ok((Self { sender }, threads))
    }

    /// Hands a read in.
    pub(super) fn send<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T>> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = catch_unwind(AssertUnwindSafe(|| work(connection)));
            let result = result.unwrap_or_else(|_| Err(StoreError::internal("a defect: the read panicked")));
            // A caller that no longer waits has nothing to be told.
            let _ = reply.send(result);
        });
        // Threads that are gone drop the reply, which the caller sees.
        let _ = self.sender.send(job);
        answer
    }
}

fn work(connection: &Connection, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job(connection),
            Err(_) => return,
        }
    }
}
