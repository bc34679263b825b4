//! Listeners that hear every notice, such as a program's metrics.

use super::notice::Notice;
use std::fmt::Debug;

/// Receives every notice of an orchestrator, none of which it can miss: [`Events`](super::Events) are for those who wait, this is for
/// those who count. Given to [`Builder::listener`](super::Builder::listener).
///
/// # Examples
///
/// Counts and durations of agent calls, for a metrics library:
///
/// ```
/// use octopoid_core::orchestrator::{Listener, Notice};
/// use std::sync::Mutex;
/// use std::time::Duration;
///
/// #[derive(Debug, Default)]
/// struct Metrics {
///     calls: Mutex<(u64, Duration)>,
/// }
///
/// impl Listener for Metrics {
///     fn hear(&self, notice: &Notice) {
///         // `Stage`, `Step` and `RunSettled` have durations as well.
///         if let Notice::AgentCall { duration, .. } = notice {
///             let mut calls = self.calls.lock().unwrap();
///             calls.0 += 1;
///             calls.1 += *duration;
///         }
///     }
/// }
/// ```
pub trait Listener: Send + Sync + Debug {
    /// Takes note of a notice, in the order in which they are told for each run.
    ///
    /// # Behavior
    /// - The orchestrator waits for it to return, so it must neither block nor wait.
    /// - A panic in it is logged, and changes nothing else.
    fn hear(&self, notice: &Notice);
}
