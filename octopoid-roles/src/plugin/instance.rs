//! Instances of a role in this process: one for each set of settings, created when it is first needed.

use super::library::Library;
use super::table::RawInstance;
use octopoid_plugin::Error;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The number of threads of plugins that were abandoned.
static GIVEN_UP: AtomicUsize = AtomicUsize::new(0);

/// Returns how many threads of plugins in this process were abandoned: told to stop, they did not.
pub fn threads_given_up() -> usize {
    GIVEN_UP.load(Ordering::Relaxed)
}

/// A role's instances, by their settings.
#[derive(Debug, Default)]
pub(super) struct Instances {
    slots: Mutex<HashMap<String, Arc<Slot>>>,
}

impl Instances {
    pub(super) fn slot(&self, config: &str) -> Arc<Slot> {
        lock(&self.slots).entry(config.to_owned()).or_default().clone()
    }
}

/// The slot for the instance of one set of settings.
#[derive(Debug, Default)]
pub(super) struct Slot {
    made: Mutex<Option<Arc<RawInstance>>>,
    /// Whether a run of it was abandoned, so that it takes no new ones.
    unresponsive: AtomicBool,
}

impl Slot {
    /// Returns the instance, and creates it if there is none yet. Blocks for as long as the plugin's `create` takes.
    pub(super) fn instance(
        &self,
        library: &Library,
        role: &str,
        config: &str,
        creating: &AtomicBool,
    ) -> Result<Arc<RawInstance>, Error> {
        if let Some(instance) = self.present() {
            return Ok(instance);
        }
        let _turn = lock(&library.creating);
        if let Some(instance) = self.present() {
            return Ok(instance);
        }
        creating.store(true, Ordering::SeqCst);
        let made = library.table.create(role, config);
        creating.store(false, Ordering::SeqCst);
        let instance = Arc::new(made?);
        *lock(&self.made) = Some(instance.clone());
        Ok(instance)
    }

    pub(super) fn present(&self) -> Option<Arc<RawInstance>> {
        lock(&self.made).clone()
    }

    pub(super) fn is_unresponsive(&self) -> bool {
        self.unresponsive.load(Ordering::SeqCst)
    }

    /// Abandons a thread of it.
    pub(super) fn give_up(&self) {
        self.unresponsive.store(true, Ordering::SeqCst);
        GIVEN_UP.fetch_add(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
