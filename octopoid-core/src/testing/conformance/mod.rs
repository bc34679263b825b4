//! Suites for runners and roles, also somebody else's: each case compares what one does with what the documentation of its trait
//! promises. For stores there is one in the crate `octopoid-store`.
//!
//! A case that panics fails, and so does one that has not ended after a minute.

pub mod role;
pub mod runner;

use crate::orchestrator::panics::catch_panic;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// No case has a reason to take longer.
const LONGEST: Duration = Duration::from_secs(60);

/// A case that is not passed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The case's name, which says what should be.
    pub case: &'static str,
    /// What was instead.
    pub what: String,
}

/// Every case that is not passed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// In the order of the suite.
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

/// What is wrong, in words.
type Verdict = Result<(), String>;

/// The cases that were not passed so far.
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

/// Fails a case with what was seen, unless something holds.
fn ensure(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(what()) }
}
