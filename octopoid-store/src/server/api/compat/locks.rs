//! Serialization of writes that show neither a version nor a token.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use tokio::sync::{Mutex, MutexGuard};

/// Number of locks.
const STRIPES: usize = 64;

/// Locks for tasks, by their ids. Programs of the original show neither a version nor a token, so a task that is read must
/// not change until it is written.
#[derive(Debug)]
pub(crate) struct Locks([Mutex<()>; STRIPES]);

impl Locks {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }

    /// Locks the tasks of an id.
    pub(super) async fn of(&self, id: &str) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        #[expect(clippy::cast_possible_truncation, reason = "it is less than the number of locks")]
        let place = (hasher.finish() % STRIPES as u64) as usize;
        self.0[place].lock().await
    }
}
