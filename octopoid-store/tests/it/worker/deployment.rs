//! Which deployment a test talks to.

use super::teller::Teller;
use octopoid_core::clock::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Secret of the operator of [`Deployment::Keys`].
pub(crate) const ADMIN: &str = "the secret of the house";

/// Deployment that is set up for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deployment {
    /// One object for all scopes.
    One,
    /// An object for each scope.
    Scopes,
    /// The same, where a key is required.
    Keys,
}

impl Deployment {
    const fn variable(self) -> &'static str {
        match self {
            Self::One => "OCTOPOID_TEST_WORKER_ONE",
            Self::Scopes => "OCTOPOID_TEST_WORKER_SCOPES",
            Self::Keys => "OCTOPOID_TEST_WORKER_KEYS",
        }
    }

    /// Returns the address of the deployment; none where there is none.
    pub(crate) fn url(self) -> Option<String> {
        variable(self.variable())
    }

    /// Opens a part of the deployment that nobody else uses, and whose time is a clock's.
    pub(crate) async fn open(self, clock: Arc<dyn Clock>) -> Option<String> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Some(Teller::start(self.url()?, clock, format!("{}.{number}", std::process::id())).await)
    }
}

/// Returns a variable of the environment, unless it is empty.
#[expect(clippy::disallowed_methods, reason = "how .ci/worker says where the Worker is")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
