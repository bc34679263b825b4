//! Sessions and one-time links: secrets of which only digests are kept.

use super::Viewer;
use octopoid_core::clock::Clock;
use rand::Rng;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// How long a session lasts.
const SESSION: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a one-time link can be used.
const LINK: Duration = Duration::from_secs(15 * 60);
/// Most sessions, and most links that are open, at one time; the oldest make place.
const MOST: usize = 1000;
/// Number of wrong secrets that may be tried at once, and the time after which one more may be.
const TRIES: (u32, Duration) = (20, Duration::from_secs(3));

type Secret = [u8; 32];

/// What a secret opens.
#[derive(Debug, Clone)]
struct Entry {
    viewer: Viewer,
    ends: Duration,
}

/// The sessions of this process.
#[derive(Debug)]
pub(crate) struct Sessions {
    clock: Arc<dyn Clock>,
    /// Key of the tokens against forged requests.
    secret: Secret,
    open: Mutex<HashMap<Secret, Entry>>,
    links: Mutex<HashMap<Secret, Entry>>,
    /// Failed tries, and when the last of them was.
    failed: Mutex<(u32, Duration)>,
}

/// Result of a try to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Admission {
    /// This token is the session's, for the cookie.
    Granted(String),
    /// The secret is wrong, used or too old.
    Refused,
    /// Too many wrong secrets were tried.
    TooMany,
}

impl Sessions {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let mut secret = Secret::default();
        rand::rng().fill_bytes(&mut secret);
        Self { clock, secret, open: Mutex::default(), links: Mutex::default(), failed: Mutex::default() }
    }

    /// Begins a session; returns its token.
    pub(crate) fn begin(&self, viewer: Viewer) -> String {
        self.keep(&self.open, viewer, SESSION)
    }

    /// Creates a one-time link; returns its token.
    pub(crate) fn link(&self, viewer: Viewer) -> String {
        self.keep(&self.links, viewer, LINK)
    }

    /// Trades the token of a link for a session. A second time it is refused.
    pub(crate) fn trade(&self, token: &str) -> Admission {
        if !self.may_try() {
            return Admission::TooMany;
        }
        let entry =
            locked(&self.links).remove(&digest(token)).filter(|entry| entry.ends > self.clock.monotonic());
        match entry {
            Some(Entry { viewer, .. }) => Admission::Granted(self.begin(viewer)),
            None => {
                self.count_failure();
                Admission::Refused
            }
        }
    }

    /// Returns the viewer of a session.
    pub(crate) fn viewer(&self, token: &str) -> Option<Viewer> {
        let now = self.clock.monotonic();
        locked(&self.open)
            .get(&digest(token))
            .filter(|entry| entry.ends > now)
            .map(|entry| entry.viewer.clone())
    }

    pub(crate) fn end(&self, token: &str) {
        locked(&self.open).remove(&digest(token));
    }

    /// Returns whether another secret may be tried.
    pub(crate) fn may_try(&self) -> bool {
        let mut failed = locked(&self.failed);
        let now = self.clock.monotonic();
        let regained = now.saturating_sub(failed.1).as_millis() / TRIES.1.as_millis();
        if regained > 0 {
            *failed = (failed.0.saturating_sub(u32::try_from(regained).unwrap_or(u32::MAX)), now);
        }
        failed.0 < TRIES.0
    }

    pub(crate) fn count_failure(&self) {
        let mut failed = locked(&self.failed);
        *failed = (failed.0 + 1, self.clock.monotonic());
    }

    /// Returns the token that a viewer's forms carry, which no other site can know.
    pub(crate) fn csrf(&self, of: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.secret);
        hash.update(of.as_bytes());
        hex(&hash.finalize())
    }

    /// Returns whether a form carries the right token.
    pub(crate) fn is_own_form(&self, of: &str, shown: &str) -> bool {
        self.csrf(of).as_bytes().ct_eq(shown.as_bytes()).into()
    }

    fn keep(&self, entries: &Mutex<HashMap<Secret, Entry>>, viewer: Viewer, lasts: Duration) -> String {
        let mut bytes = Secret::default();
        rand::rng().fill_bytes(&mut bytes);
        let token = hex(&bytes);
        let now = self.clock.monotonic();
        let mut entries = locked(entries);
        entries.retain(|_, entry| entry.ends > now);
        while entries.len() >= MOST {
            let Some(oldest) = entries.iter().min_by_key(|(_, entry)| entry.ends).map(|(key, _)| *key) else {
                break;
            };
            entries.remove(&oldest);
        }
        entries.insert(digest(&token), Entry { viewer, ends: now + lasts });
        token
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn digest(token: &str) -> Secret {
    Sha256::digest(token.as_bytes()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use octopoid_core::model::Scope;
    use octopoid_core::testing::ManualClock;

    fn sessions() -> (Arc<ManualClock>, Sessions, Viewer) {
        let clock = Arc::new(ManualClock::default());
        (clock.clone(), Sessions::new(clock), Viewer::new("Ada", Scope::single()))
    }

    #[test]
    fn a_link_opens_one_session_and_only_for_a_while() {
        let (clock, sessions, ada) = sessions();
        let link = sessions.link(ada.clone());
        let Admission::Granted(token) = sessions.trade(&link) else { panic!("refused") };
        assert_eq!(sessions.viewer(&token), Some(ada.clone()));
        assert_eq!(sessions.trade(&link), Admission::Refused);
        let late = sessions.link(ada);
        clock.advance(LINK);
        assert_eq!(sessions.trade(&late), Admission::Refused);
        sessions.end(&token);
        assert_eq!(sessions.viewer(&token), None);
    }

    #[test]
    fn a_session_ends_by_itself() {
        let (clock, sessions, ada) = sessions();
        let token = sessions.begin(ada);
        clock.advance(SESSION);
        assert_eq!(sessions.viewer(&token), None);
    }

    #[test]
    fn guessing_is_slow() {
        let (clock, sessions, ada) = sessions();
        for _ in 0..TRIES.0 {
            assert_eq!(sessions.trade("guess"), Admission::Refused);
        }
        let link = sessions.link(ada);
        assert_eq!(sessions.trade(&link), Admission::TooMany);
        clock.advance(TRIES.1);
        assert!(matches!(sessions.trade(&link), Admission::Granted(_)));
    }
}
