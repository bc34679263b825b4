//! Watch for commits of other processes.
//!
//! The kernel notifies when the log beside the database is written to. That is a moment before the commit can be seen, since
//! its writer waits for the disk in between, so every touch starts a short series of looks, each twice as long after the
//! one before. The series ends in one look a second, which is also the safety net where the kernel says nothing.

use super::presence::Presence;
use super::query;
use super::{SqliteOptions, file};
use crate::feed::Feed;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use octopoid_core::store::{Result, StoreError};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Time to the first look after a notification.
const SOON: Duration = Duration::from_millis(1);
/// Longest time between two looks.
const SELDOM: Duration = Duration::from_secs(1);
/// Longest time between two looks where the kernel does not notify.
const UNAIDED: Duration = Duration::from_millis(50);

/// The watching thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    stop: Option<Sender<()>>,
    touch: SyncSender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    pub(super) fn start(
        path: PathBuf,
        options: SqliteOptions,
        presence: Arc<Presence>,
        feed: Arc<Feed>,
    ) -> Result<Self> {
        // One touch that is not yet looked after stands for any number of them.
        let (touch, touches) = sync_channel(1);
        let (stop, stopped) = channel();
        let sender = touch.clone();
        let thread = std::thread::Builder::new()
            .name("octopoid-watch".to_owned())
            .spawn(move || {
                let watched = watch(&path, &options, &presence, &feed, sender, &touches, &stopped);
                if presence.check().is_err() {
                    // Those who wait ask again, and get the error. It may have been gone before it could be watched.
                    feed.close();
                } else if let Err(error) = watched {
                    tracing::error!(error = %error, "events of other processes are not noticed");
                }
            })
            .map_err(|error| {
                StoreError::unavailable("cannot start the watching thread").with_source(error)
            })?;
        Ok(Self { stop: Some(stop), touch, thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.take();
        let _ = self.touch.try_send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn watch(
    path: &Path,
    options: &SqliteOptions,
    presence: &Presence,
    feed: &Feed,
    touch: SyncSender<()>,
    touches: &Receiver<()>,
    stopped: &Receiver<()>,
) -> Result<()> {
    let connection = file::open_reader(path, options)?;
    let notifier = notifier(path, touch);
    let seldom = match &notifier {
        Ok(_) => SELDOM,
        Err(error) => {
            tracing::warn!(error = %error, "changes by other processes are looked for every {UNAIDED:?}");
            UNAIDED
        }
    };
    let mut pause = SOON;
    loop {
        if presence.check().is_err() {
            return Ok(());
        }
        match query::last_event(&connection) {
            Ok(newest) => feed.publish(newest),
            Err(error) => tracing::debug!(error = %error, "the newest event could not be read"),
        }
        // Under a rain of touches, a look every millisecond is enough.
        if stopped.recv_timeout(SOON) == Err(RecvTimeoutError::Disconnected) {
            return Ok(());
        }
        pause = match touches.recv_timeout(pause) {
            Ok(()) => SOON,
            Err(_) => (pause * 2).min(seldom),
        };
    }
}

/// Asks the kernel to notify of writes to the database or its log.
fn notifier(path: &Path, touch: SyncSender<()>) -> notify::Result<RecommendedWatcher> {
    let path = path.canonicalize()?;
    let names: Vec<OsString> = ["", "-wal"]
        .iter()
        .filter_map(|suffix| {
            let mut name = path.file_name()?.to_owned();
            name.push(suffix);
            Some(name)
        })
        .collect();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // An error may stand for lost events, so it counts as a touch.
        let relevant = event.map_or(true, |event| {
            matches!(
                event.kind,
                EventKind::Modify(_) | EventKind::Create(_) | EventKind::Any | EventKind::Other
            ) && event
                .paths
                .iter()
                .any(|path| path.file_name().is_some_and(|name| names.iter().any(|n| n == name)))
        });
        if relevant {
            let _ = touch.try_send(());
        }
    })?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}
