//! Listeners that receive every notice, for example to collect metrics.

use super::notice::Notice;
use std::fmt::Debug;

/// Callback that receives every notice of an orchestrator. Set with [`Builder::listener`](super::Builder::listener).
///
/// Unlike the stream [`Events`](super::Events), which loses notices when its receiver is slow, a listener misses none.
///
/// # Examples
///
/// A listener that counts agent calls and sums their durations for a metrics library:
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
    /// Receives a notice. The notices of one run arrive in the order in which they were sent.
    ///
    /// # Behavior
    /// - The orchestrator waits for this to return, so it must not block.
    /// - A panic is logged and has no other effect.
    fn hear(&self, notice: &Notice);
}
