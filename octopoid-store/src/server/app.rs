//! What every handler works with.

use super::auth::Keyring;
use super::hub::Hub;
use super::shell::{Metrics, Stopping};
use octopoid_core::clock::Clock;
use octopoid_core::store::Store;
use std::sync::Arc;

/// Shared by all requests.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) keyring: Keyring,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hub: Hub,
    /// Whether programs written for the original server are served.
    pub(crate) compat: bool,
    /// Ends long answers.
    pub(crate) stopping: Stopping,
    pub(crate) metrics: Metrics,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.inner
    }
}
