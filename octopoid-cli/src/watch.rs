//! Waiting for something to change in a folder.

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;

/// Tells of changes in a folder, and every second as well: some file systems tell nobody.
#[derive(Debug)]
pub(crate) struct FolderWatch {
    /// Watches as long as it lives; none where the system has no watches left.
    _watcher: Option<RecommendedWatcher>,
    changes: mpsc::Receiver<()>,
    /// Kept so that the channel stays open without a watcher.
    _keep: mpsc::Sender<()>,
}

const SAFETY_NET: Duration = Duration::from_secs(1);

impl FolderWatch {
    /// Watches a folder that exists. Whoever watches first and reads then misses nothing.
    pub(crate) fn new(folder: &Path) -> Self {
        let (sender, changes) = mpsc::channel(1);
        let tell = sender.clone();
        let watcher = notify::recommended_watcher(move |_| {
            // One unread message says it all.
            let _ = tell.try_send(());
        })
        .and_then(|mut watcher| watcher.watch(folder, RecursiveMode::NonRecursive).map(|()| watcher));
        if let Err(error) = &watcher {
            tracing::warn!(%error, folder = %folder.display(), "the folder cannot be watched; looking every second");
        }
        Self { _watcher: watcher.ok(), changes, _keep: sender }
    }

    /// Completes when something may have changed since the last call.
    pub(crate) async fn changed(&mut self) {
        let _ = tokio::time::timeout(SAFETY_NET, self.changes.recv()).await;
    }
}
