//! What tests may say with a request, where a deployment is set up for tests.

use crate::clock::PlatformClock;
use crate::settings::Settings;
use octopoid_core::clock::Clock;
use octopoid_core::model::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use worker::{Request, Result};

/// Header with the moment that the store takes for the present, in milliseconds.
const NOW: &str = "octopoid-testing-now";
/// Header with the set of objects that the request is for.
const SET: &str = "octopoid-testing-set";

/// Returns the name of an object, which is another one in each set of objects.
pub(crate) fn object_name(settings: &Settings, request: &Request, name: &str) -> Result<String> {
    let set = if settings.testing { request.headers().get(SET)? } else { None };
    Ok(match set {
        Some(set) => format!("{set}/{name}"),
        None => name.to_owned(),
    })
}

/// Clock of the store of an object.
#[derive(Debug, Clone)]
pub(crate) enum StoreClock {
    /// The platform's.
    Platform(Arc<PlatformClock>),
    /// As the requests say.
    Told(Arc<ToldClock>),
}

impl StoreClock {
    /// Returns the clock of a deployment.
    pub(crate) fn of(testing: bool) -> Self {
        if testing { Self::Told(Arc::default()) } else { Self::Platform(Arc::default()) }
    }

    /// Takes the time from a request, where that is allowed.
    pub(crate) fn hear(&self, request: &Request) {
        if let Self::Told(clock) = self
            && let Ok(Some(now)) = request.headers().get(NOW)
            && let Ok(now) = now.parse()
        {
            clock.now.fetch_max(now, Ordering::Relaxed);
        }
    }

    /// Returns the clock.
    pub(crate) fn get(&self) -> Arc<dyn Clock> {
        match self {
            Self::Platform(clock) => clock.clone(),
            Self::Told(clock) => clock.clone(),
        }
    }
}

/// Clock that shows the latest moment that a request named; the platform's before that.
#[derive(Debug, Default)]
pub(crate) struct ToldClock {
    now: AtomicI64,
    platform: PlatformClock,
}

#[async_trait::async_trait]
impl Clock for ToldClock {
    fn now(&self) -> Timestamp {
        match self.now.load(Ordering::Relaxed) {
            0 => self.platform.now(),
            now => Timestamp::from_millis(now),
        }
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.now().as_millis()).unwrap_or_default())
    }

    async fn sleep_until(&self, end: Duration) {
        let left = end.saturating_sub(self.monotonic());
        self.platform.sleep(left).await;
    }
}
