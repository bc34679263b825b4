//! Review comments: where they are by now, and what the next attempt is told of them.
//!
//! A comment keeps the place that it was made for. Where that place is in the work as it is now is computed when it is read, by
//! [`position()`], which is pure; nothing that is stored changes with it (I40).

mod anchor;
mod position;
mod threads;

pub use anchor::anchor_in;
pub use position::position;
pub use threads::threads;
