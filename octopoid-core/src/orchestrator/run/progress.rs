//! Progress of a run, as the status and the limits see it while the agent works.

use crate::model::Usage;

/// Current activity and usage of a run.
#[derive(Debug, Default, Clone)]
pub(crate) struct Progress {
    pub(crate) usage: Usage,
    /// Part of its costs that is in the store, in US dollars.
    pub(crate) recorded_usd: f64,
    pub(crate) last: Option<String>,
    /// The limit of its account that it met, in words. Known before its task is free for others.
    pub(crate) limit: Option<String>,
}
