//! What the dashboard remembers for people while it runs: files they have viewed, and what it has to tell them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// Most marks that are remembered; the oldest are forgotten.
const MOST: usize = 50_000;

#[derive(Debug, Default)]
struct Remembered {
    viewed: HashSet<u64>,
    order: VecDeque<u64>,
    said: HashMap<u64, String>,
}

/// Marks and notices of people.
#[derive(Debug, Default)]
pub(crate) struct Marks(Mutex<Remembered>);

impl Marks {
    /// Marks a file's change as viewed by a person, or not. A file that changes again is a new one.
    pub(crate) fn set_viewed(&self, person: &str, file: u64, viewed: bool) {
        let mark = digest(&(person, file));
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !viewed {
            remembered.viewed.remove(&mark);
        } else if remembered.viewed.insert(mark) {
            remembered.order.push_back(mark);
            if remembered.order.len() > MOST
                && let Some(oldest) = remembered.order.pop_front()
            {
                remembered.viewed.remove(&oldest);
            }
        }
    }

    pub(crate) fn is_viewed(&self, person: &str, file: u64) -> bool {
        let mark = digest(&(person, file));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).viewed.contains(&mark)
    }

    /// Keeps a sentence for a session.
    pub(crate) fn say(&self, session: &str, words: String) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.said.len() < MOST {
            remembered.said.insert(digest(&session), words);
        }
    }

    /// Takes the sentence that was kept for a session.
    pub(crate) fn take_said(&self, session: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).said.remove(&digest(&session))
    }
}

/// Returns a number for a value; equal for equal values of this process.
pub(crate) fn digest(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
