//! Watching a folder for changes.

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;

/// A watch on a folder. It wakes on changes, and now and then without: some file systems report nothing.
#[derive(Debug)]
pub(crate) struct FolderWatch {
    /// The system's watcher; none if the system has no watches left.
    watcher: Option<RecommendedWatcher>,
    changes: mpsc::Receiver<()>,
    /// Kept so that the channel stays open without a watcher.
    _keep: mpsc::Sender<()>,
    longest: Duration,
}

/// The longest time between two wake-ups.
const SAFETY_NET: Duration = Duration::from_secs(1);
/// The same for programs that run for days, if the system reports changes.
const SELDOM: Duration = Duration::from_secs(20);

/// The shortest time between two wake-ups.
const AT_LEAST: Duration = Duration::from_millis(50);

impl FolderWatch {
    /// Starts to watch an existing folder. Watch first and then read, to miss nothing.
    pub(crate) fn new(folder: &Path) -> Self {
        let (sender, changes) = mpsc::channel(1);
        let tell = sender.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // An error may stand for lost events, so it counts as a change. To look at the files is none, or each look would be
            // the reason for the next.
            if event.map_or(true, |event| is_change(event.kind)) {
                // One unread message says it all.
                let _ = tell.try_send(());
            }
        })
        .and_then(|mut watcher| watcher.watch(folder, RecursiveMode::NonRecursive).map(|()| watcher));
        if let Err(error) = &watcher {
            tracing::warn!(%error, folder = %folder.display(), "the folder cannot be watched; looking every second");
        }
        Self { watcher: watcher.ok(), changes, _keep: sender, longest: SAFETY_NET }
    }

    /// Lengthens the pauses, for programs that run for days.
    pub(crate) fn for_days(mut self) -> Self {
        if self.watcher.is_some() {
            self.longest = SELDOM;
        }
        self
    }

    /// Completes when something may have changed since the last call; several changes in a row are one.
    pub(crate) async fn changed(&mut self) {
        tokio::time::sleep(AT_LEAST).await;
        let _ = tokio::time::timeout(self.longest, self.changes.recv()).await;
    }
}

fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Any
        | EventKind::Other => true,
        EventKind::Access(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, AccessMode, CreateKind, RemoveKind};

    #[test]
    fn reading_a_file_is_no_change() {
        let opened = EventKind::Access(AccessKind::Open(AccessMode::Read));
        let written = EventKind::Modify(notify::event::ModifyKind::Any);
        assert!(!is_change(opened) && is_change(written));
        assert!(
            is_change(EventKind::Create(CreateKind::File)) && is_change(EventKind::Remove(RemoveKind::File))
        );
    }
}
