//! Upload chore: what runs left for people is sent to where other machines can read it, once they are over.

use crate::orchestrator::scheduler::Scheduler;
use crate::orchestrator::scheduler::next_wake::NextWake;
use crate::orchestrator::upload::{bounded, pending, send_rest};
use std::time::Duration;

/// Time until an upload that failed is tried again.
const AGAIN: Duration = Duration::from_secs(60);

impl Scheduler {
    /// Starts the uploads for the runs that are over, if any are due and none is running.
    pub(in crate::orchestrator::scheduler) fn upload(&mut self, ticked: &mut NextWake) {
        if self.shared.artifacts.is_none() || !self.state.uploads.is_empty() {
            return;
        }
        let Some(due) = self.state.upload_due else { return };
        if due > self.shared.now() {
            ticked.by(due);
            return;
        }
        self.state.upload_due = None;
        let mut runs = pending(&self.shared);
        runs.retain(|run| !self.state.active.contains_key(run));
        if !runs.is_empty() {
            let shared = self.shared.clone();
            self.state.uploads.spawn(async move { send_rest(&shared, runs).await });
        }
    }

    /// Records the end of the uploads.
    pub(in crate::orchestrator::scheduler) fn uploaded(
        &mut self,
        ended: Result<bool, tokio::task::JoinError>,
    ) {
        match ended {
            Ok(true) => {}
            Ok(false) => {
                let again = self.shared.now() + AGAIN;
                self.state.upload_due = Some(self.state.upload_due.map_or(again, |due| due.min(again)));
            }
            Err(error) => self.shared.warn(format!("an upload ended by a defect: {error}")),
        }
    }

    /// Uploads what is left before the orchestrator ends, for a while at most. The next start goes on with the rest.
    pub(in crate::orchestrator::scheduler) async fn finish_uploads(&mut self) {
        let shared = self.shared.clone();
        bounded(&shared, async {
            while let Some(ended) = self.state.uploads.join_next().await {
                self.uploaded(ended);
            }
            self.upload(&mut NextWake::default());
            while self.state.uploads.join_next().await.is_some() {}
        })
        .await;
        self.state.uploads.abort_all();
    }
}
