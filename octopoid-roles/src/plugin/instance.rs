//! Instances of a role in this process: one for each set of settings, made when it is first needed.

use super::library::Library;
use super::table::RawInstance;
use octopoid_plugin::Error;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Threads of plugins that were told to stop and never came back.
static GIVEN_UP: AtomicUsize = AtomicUsize::new(0);

/// How many threads of plugins in this process were told to stop, never came back, and were given up.
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

/// The place of one instance.
#[derive(Debug, Default)]
pub(super) struct Slot {
    made: Mutex<Option<Arc<RawInstance>>>,
    /// A run of it was given up, so it takes no new ones.
    unresponsive: AtomicBool,
}

impl Slot {
    /// The instance, made now if it is not there yet. Blocks, for as long as the plugin's `create` takes.
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

    /// Gives a thread of it up.
    pub(super) fn give_up(&self) {
        self.unresponsive.store(true, Ordering::SeqCst);
        GIVEN_UP.fetch_add(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
