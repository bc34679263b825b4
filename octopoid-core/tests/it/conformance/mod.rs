//! The suites for runners and roles let pass what is right, and refuse what is wrong in any one way.

mod role;
mod runner;

use octopoid_core::testing::conformance::Report;

/// Checks that the report names a case, and says what was seen.
fn fails(report: Result<(), Report>, case: &str) {
    let Err(report) = report else { panic!("{case}: the fault was not found") };
    let failure = report.failures.iter().find(|failure| failure.case == case);
    let failure = failure.unwrap_or_else(|| panic!("{case} passed; {report}"));
    assert!(!failure.what.is_empty());
}
