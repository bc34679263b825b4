//! Test kits for programs that embed Octopoid.
//!
//! | to test | use |
//! |---|---|
//! | a flow from end to end | [`ScriptedRunner`], [`PlainRole`], [`TempRepository`], [`ManualClock`] |
//! | a role alone | [`TestHost`] |
//! | a step alone | [`step_context`] |
//! | a runner's or a role's conformance to its trait | [`conformance`] |

mod clock;
pub mod conformance;
mod host;
mod repository;
mod role;
mod runner;
mod sample;

pub use clock::ManualClock;
pub use host::TestHost;
pub use repository::{TempRemote, TempRepository, git_in};
pub use role::PlainRole;
pub use runner::{Scene, ScriptedRunner};
pub use sample::{step_context, task};
