//! Starts of the same call that were cut off: the machine went down under them, or the orchestrator while it stopped them.

use super::folder::StartFolder;
use super::output::{Line, Output, Source};
use octopoid_core::model::Usage;

/// Returns what earlier starts of the same call have used. `read` takes a line of their output into the state of one start.
pub(crate) async fn used_before<S: Default + Send>(
    folder: &StartFolder,
    read: impl Fn(&mut S, &str) + Send + Sync,
    usage: impl Fn(&S) -> Usage,
) -> Usage {
    let mut sum = Usage::default();
    for earlier in folder.earlier() {
        let mut state = S::default();
        let mut hear = |line: Line<'_>| {
            if line.source == Source::Stdout {
                read(&mut state, line.text);
            }
        };
        if let Err(error) = Output::new(&earlier).read_all(&mut hear).await {
            tracing::warn!(%error, "cannot read what an earlier start has used");
        }
        sum += usage(&state);
    }
    sum
}
