//! What a test of one's own flow needs: time that stands still, an agent that does as it is told, a repository of its
//! own.

mod clock;
mod repository;
mod role;
mod runner;

pub use clock::ManualClock;
pub use repository::{TempRemote, TempRepository};
pub use role::PlainRole;
pub use runner::{Scene, ScriptedRunner};
