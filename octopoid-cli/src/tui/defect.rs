//! Defects on purpose, for the tests of what becomes of the terminal then; none in a release.

use crate::context::Context;

/// Panics where the environment of a test asks for it.
pub(super) fn defect(place: &str, context: &Context) {
    if cfg!(debug_assertions) && context.environment.get("OCTOPOID_TEST_DEFECT") == Some(place) {
        panic!("a defect, for the test");
    }
}
