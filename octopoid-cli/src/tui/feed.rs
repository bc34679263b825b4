//! Following the queue: reads it again when the store has something new, or when the orchestrator here writes its status.

use super::desk::{DONE, Desk};
use super::event::Event;
use super::snapshot::Snapshot;
use crate::error::{CliError, Result};
use crate::watch::FolderWatch;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::TaskId;
use octopoid_core::ops::Board;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Events in so short a time are read together.
const TOGETHER: Duration = Duration::from_millis(100);
/// The pause after a failure of the store.
const AGAIN: Duration = Duration::from_secs(3);

/// Sends what is known of the queue whenever it changes, until the receiver is dropped.
pub(super) async fn follow(desk: Arc<Desk>, events: mpsc::Sender<Event>, mut refresh: mpsc::Receiver<()>) {
    let mut watch = desk.installation.as_ref().map(|installation| {
        let folder = installation.layout.runtime();
        // It may not be there before the first start; without it changes are looked for every second.
        let _ = std::fs::create_dir_all(&folder);
        FolderWatch::new(&folder).for_days()
    });
    let mut known = Known::default();
    loop {
        let read = known.read(&desk).await;
        let failed = read.is_err();
        let (snapshot, changed) = read.unwrap_or_else(|error| {
            (desk.without_queue(known.sent.as_ref(), error.message), Some(BTreeSet::new()))
        });
        if known.sent.as_ref() != Some(&snapshot)
            || changed.as_ref().is_none_or(|changed| !changed.is_empty())
        {
            known.sent = Some(snapshot.clone());
            let event = Event::Snapshot { snapshot: Box::new(snapshot), changed, now: SystemClock.now() };
            if events.send(event).await.is_err() {
                return;
            }
        }
        let cursor = known.board.as_ref().map_or(0, Board::cursor);
        let news = async {
            // A store that has just failed is not asked at once again.
            if failed || desk.store.wait_for_event(cursor).await.is_err() {
                tokio::time::sleep(AGAIN).await;
            }
        };
        let changed = async {
            match &mut watch {
                Some(watch) => watch.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = news => tokio::time::sleep(TOGETHER).await,
            () = changed => {}
            wanted = refresh.recv() => {
                if wanted.is_none() {
                    return;
                }
            }
        }
    }
}

/// What was read and sent so far.
#[derive(Default)]
struct Known {
    board: Option<Board>,
    sent: Option<Snapshot>,
}

impl Known {
    /// Reads what is new. Returns it with the tasks that have changed, none for all of them.
    async fn read(&mut self, desk: &Desk) -> Result<(Snapshot, Option<BTreeSet<TaskId>>), CliError> {
        let changed = match &mut self.board {
            Some(board) => board.refresh(&*desk.store).await?,
            None => {
                self.board = Some(Board::read(&*desk.store, &desk.scope, DONE).await?);
                None
            }
        };
        let Some(board) = &self.board else { return Err(CliError::failure("the board is gone")) };
        Ok((desk.snapshot(board).await?, changed))
    }
}
