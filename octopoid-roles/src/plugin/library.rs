//! Libraries in this process: each is loaded once, by its digest, and never unloaded.

#![expect(unsafe_code, reason = "loading a library runs its code; see the docs of the module above")]

use super::error::PluginError;
use super::file::Checked;
use super::manifest;
use super::table::Table;
use libloading::os::unix::{Library as Opened, RTLD_LOCAL, RTLD_NOW};
use octopoid_plugin::abi::{EntryFn, SYMBOL};
use octopoid_plugin::message::Manifest;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

/// A library that was loaded into this process.
#[derive(Debug)]
pub(super) struct Library {
    pub(super) table: Table,
    pub(super) manifest: Manifest,
    /// Held while an instance is created: one at a time.
    pub(super) creating: Mutex<()>,
    /// The reason that no more instances can be created: a call of `create` did not return.
    pub(super) stuck: OnceLock<String>,
}

static LOADED: LazyLock<Mutex<HashMap<String, Arc<Library>>>> = LazyLock::new(Mutex::default);

/// Returns the library of this digest, if it was loaded before.
pub(super) fn loaded(sha256: &str) -> Option<Arc<Library>> {
    LOADED.lock().unwrap_or_else(PoisonError::into_inner).get(sha256).cloned()
}

/// Loads a checked file from its private copy, or returns the library of the same digest that was loaded before.
pub(super) fn load(checked: &Checked, copy: &Path) -> Result<Arc<Library>, PluginError> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = loaded.get(&checked.sha256) {
        return Ok(library.clone());
    }
    let (table, text) = open(copy).map_err(|reason| {
        PluginError::new(&checked.path, reason, "check the library in a process of its own")
    })?;
    let manifest =
        manifest::read(&text).map_err(|(reason, remedy)| PluginError::new(&checked.path, reason, remedy))?;
    let library =
        Arc::new(Library { table, manifest, creating: Mutex::default(), stuck: OnceLock::default() });
    loaded.insert(checked.sha256.clone(), library.clone());
    Ok(library)
}

/// Loads a private copy, and returns its table and the text of its manifest.
pub(super) fn open(copy: &Path) -> Result<(Table, String), String> {
    let failed = |error: libloading::Error| format!("cannot be loaded: {}", with_causes(&error));
    let copy: PathBuf = copy.canonicalize().map_err(|error| format!("cannot be loaded: {error}"))?;
    // SAFETY: this runs the library's own initialisers: an in-process plugin is trusted, as its docs say. Its bytes were
    // checked to be a whole library for this machine, and this copy is not written to.
    let library = unsafe { Opened::open(Some(&copy), RTLD_NOW | RTLD_LOCAL) }.map_err(failed)?;
    // SAFETY: a symbol of this name has this type; the major version of the ABI is in the name.
    let entry: EntryFn = *unsafe { library.get::<EntryFn>(SYMBOL.as_bytes()) }.map_err(failed)?;
    // Unloading is a lottery: thread-locals and threads of the library may still be at work.
    std::mem::forget(library);
    // SAFETY: just looked up, in a library that stays.
    unsafe { Table::ask(entry) }
}

fn with_causes(error: &libloading::Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
