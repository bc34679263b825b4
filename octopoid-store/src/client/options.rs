//! Options for the HTTP client.

use octopoid_core::clock::Clock;
use octopoid_core::model::{OrchestratorId, Scope};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Source of the current key, if there is one.
pub type KeySource = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// Options for the HTTP client.
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// Address of the server, such as `https://octopoid.example.org`.
    pub url: String,
    /// Key of the scope.
    pub key: Option<String>,
    /// Source of a new key, for when the server refuses the current one.
    pub key_source: Option<KeySource>,
    /// Scope of the event feed. Default: the key's; without a key, all scopes.
    pub scope: Option<Scope>,
    /// Machine that uses the client: it sees the tokens of its own claims.
    pub orchestrator: Option<OrchestratorId>,
    /// PEM file with certificates that are trusted beside the system's.
    pub certificates: Option<PathBuf>,
    /// How long one attempt may take. Default: 10 seconds.
    pub timeout: Duration,
    /// How long a request is sent again before it fails. Default: 15 seconds.
    pub retry_timeout: Duration,
    /// How long the event feed may be idle before it is reopened. Default: 40 seconds; the server sends something at least every
    /// 15 seconds.
    pub idle_timeout: Duration,
    /// Source of time.
    pub clock: Arc<dyn Clock>,
}

impl HttpOptions {
    /// Creates the default options.
    pub fn new(url: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            url: url.into(),
            key: None,
            key_source: None,
            scope: None,
            orchestrator: None,
            certificates: None,
            timeout: Duration::from_secs(10),
            retry_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(40),
            clock,
        }
    }

    /// Sets the key of the scope.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets a source that is asked for a new key when the server refuses the current one, for example because it was rotated.
    #[must_use]
    pub fn with_key_source(mut self, source: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        self.key_source = Some(Arc::new(source));
        self
    }

    /// Sets the scope of the event feed.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Sets the machine that uses the client.
    #[must_use]
    pub fn with_orchestrator(mut self, orchestrator: OrchestratorId) -> Self {
        self.orchestrator = Some(orchestrator);
        self
    }

    /// Sets a PEM file with certificates that are trusted beside the system's.
    #[must_use]
    pub fn with_certificates(mut self, file: impl Into<PathBuf>) -> Self {
        self.certificates = Some(file.into());
        self
    }

    /// Sets how long one attempt may take.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long a request is sent again before it fails.
    #[must_use]
    pub fn with_retry_timeout(mut self, timeout: Duration) -> Self {
        self.retry_timeout = timeout;
        self
    }

    /// Sets how long the event feed may be idle before it is reopened.
    #[must_use]
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }
}

impl fmt::Debug for HttpOptions {
    /// Without the key (I28).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("url", &self.url)
            .field("scope", &self.scope)
            .field("orchestrator", &self.orchestrator)
            .finish_non_exhaustive()
    }
}
