//! How to reach a server.

use octopoid_core::clock::Clock;
use octopoid_core::model::{OrchestratorId, Scope};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Gives the present key, where there is one.
pub type KeySource = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// How to reach a server.
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// Where it is, such as `https://octopoid.example.org`.
    pub url: String,
    /// The key of the scope.
    pub key: Option<String>,
    /// Gives the key anew, where the server no longer takes the one before.
    pub renew: Option<KeySource>,
    /// The scope whose events are waited for; all of them where nothing is said and no key binds to one.
    pub scope: Option<Scope>,
    /// The machine on whose behalf is asked: it sees the tokens of its own claims.
    pub orchestrator: Option<OrchestratorId>,
    /// A file with certificates that are trusted beside the system's, in PEM.
    pub certificates: Option<PathBuf>,
    /// How long one attempt may take. 10 seconds.
    pub timeout: Duration,
    /// How long a request is tried again. 15 seconds.
    pub patience: Duration,
    /// How long the feed of events may be silent before it is taken for dead and asked for again. 40 seconds: the server
    /// says at least every 15 seconds that it is there.
    pub silence: Duration,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
}

impl HttpOptions {
    /// The usual options.
    pub fn new(url: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            url: url.into(),
            key: None,
            renew: None,
            scope: None,
            orchestrator: None,
            certificates: None,
            timeout: Duration::from_secs(10),
            patience: Duration::from_secs(15),
            silence: Duration::from_secs(40),
            clock,
        }
    }

    /// With the key of a scope.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// With a source that is asked for the key again when the server no longer takes the one before, because it was rotated
    /// say: a program that reads the key from a file can go on with what stands there now.
    #[must_use]
    pub fn with_renewed_key(mut self, source: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        self.renew = Some(Arc::new(source));
        self
    }

    /// For the events of one scope.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// On behalf of a machine.
    #[must_use]
    pub fn with_orchestrator(mut self, orchestrator: OrchestratorId) -> Self {
        self.orchestrator = Some(orchestrator);
        self
    }

    /// Trusting the certificates in a file as well.
    #[must_use]
    pub fn with_certificates(mut self, file: impl Into<PathBuf>) -> Self {
        self.certificates = Some(file.into());
        self
    }

    /// With another time for one attempt.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// With another time for all attempts.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// With another bound on the feed's silence.
    #[must_use]
    pub fn with_silence(mut self, silence: Duration) -> Self {
        self.silence = silence;
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
