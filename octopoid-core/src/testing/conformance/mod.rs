//! Conformance suites for runners and roles, including third-party ones.
//!
//! Each case compares an implementation's behavior with the documentation of its trait. The crate `octopoid-store` has a suite
//! for stores. A case fails if it panics, or does not end within a minute.

pub mod role;
pub mod runner;

use crate::orchestrator::panics::catch_panic;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// Maximum duration of a case.
const LONGEST: Duration = Duration::from_secs(60);

/// Failure of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// Name of the case, which states the expected behavior.
    pub case: &'static str,
    /// Observed behavior.
    pub what: String,
}

/// Error returned when an implementation fails a suite: all failed cases.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Failures, in the order of the suite.
    pub failures: Vec<Failure>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cases are not passed:", self.failures.len())?;
        for Failure { case, what } in &self.failures {
            write!(f, "\n{case}: {what}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

/// Result of a case; the error describes the observed behavior.
type Verdict = Result<(), String>;

/// Failures so far.
#[derive(Debug, Default)]
struct Failures(Vec<Failure>);

impl Failures {
    async fn run(&mut self, case: &'static str, running: impl Future<Output = Verdict>) {
        let what = match tokio::time::timeout(LONGEST, catch_panic(running)).await {
            Ok(Ok(Ok(()))) => return,
            Ok(Ok(Err(what))) => what,
            Ok(Err(words)) => format!("it panicked: {words}"),
            Err(_) => format!("it has not ended after {} s", LONGEST.as_secs()),
        };
        self.0.push(Failure { case, what });
    }

    fn report(self) -> Result<(), Report> {
        if self.0.is_empty() { Ok(()) } else { Err(Report { failures: self.0 }) }
    }
}

/// Fails a case with the observed behavior unless a condition holds.
fn ensure(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(what()) }
}
