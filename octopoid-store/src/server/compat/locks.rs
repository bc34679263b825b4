//! One at a time, where a request says nothing by which two could be told apart.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use tokio::sync::{Mutex, MutexGuard};

/// How many tasks can be written to at once.
const STRIPES: usize = 64;

/// Locks of tasks, by their ids. Such programs show neither a version nor a token, so what is read has to hold until it is
/// written.
#[derive(Debug)]
pub(crate) struct Locks([Mutex<()>; STRIPES]);

impl Locks {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }

    /// Waits until nobody else writes to a task of this id.
    pub(super) async fn of(&self, id: &str) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        #[expect(clippy::cast_possible_truncation, reason = "it is less than the number of locks")]
        let place = (hasher.finish() % STRIPES as u64) as usize;
        self.0[place].lock().await
    }
}
