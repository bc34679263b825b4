//! The usage of starts that were cut off.

use super::folder::StartFolder;
use super::output::Output;
use super::{OutputLine, OutputStream};
use crate::model::Usage;

/// Returns what the starts of the same call before this one have used: the machine went down under them, or the orchestrator
/// while it stopped them.
///
/// `read` takes a line of standard output into the state of one start, and `usage` returns what that state has counted.
pub async fn usage_of_earlier_starts<S: Default + Send>(
    folder: &StartFolder,
    read: impl Fn(&mut S, &str) + Send + Sync,
    usage: impl Fn(&S) -> Usage,
) -> Usage {
    let mut sum = Usage::default();
    for earlier in folder.earlier() {
        let mut state = S::default();
        let mut each = |line: OutputLine<'_>| {
            if line.stream == OutputStream::Stdout {
                read(&mut state, line.text);
            }
        };
        if let Err(error) = Output::new(&earlier).read_all(&mut each).await {
            tracing::warn!(%error, "cannot read what an earlier start has used");
        }
        sum += usage(&state);
    }
    sum
}
