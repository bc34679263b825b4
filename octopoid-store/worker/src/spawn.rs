//! Work in the background.

use octopoid_store::server::{Spawn, Task};
use worker::wasm_bindgen_futures::spawn_local;

/// Runs futures beside the requests of the object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalSpawn;

impl Spawn for LocalSpawn {
    fn spawn(&self, task: Task) {
        spawn_local(task);
    }
}
