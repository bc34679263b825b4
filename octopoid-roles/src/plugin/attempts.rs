//! Libraries that ended this process while they were loaded.
//!
//! A library that ends the process while it is loaded would do so with every start. So each load is written down before it begins,
//! and struck out when it is over; what stays are the deaths.

use super::error::PluginError;
use std::fs;
use std::path::{Path, PathBuf};

/// How often a library may end the process before it is refused.
const MOST: u32 = 2;

/// The record of loads of one library, by its digest.
#[derive(Debug)]
pub(super) struct Attempts {
    file: PathBuf,
}

impl Attempts {
    /// Returns the record of a library in the folder of private copies.
    pub(super) fn of(copies: &Path, sha256: &str) -> Self {
        Self { file: copies.join(format!("{sha256}.loading")) }
    }

    /// Checks that the library has not ended the process too often.
    pub(super) fn check(&self, library: &Path) -> Result<(), PluginError> {
        let deaths = self.deaths();
        if deaths < MOST {
            return Ok(());
        }
        let file = self.file.display();
        Err(PluginError::new(
            library,
            format!("has ended this program {deaths} times while it was loaded"),
            format!(
                "replace it, or run it with `isolation: process`; to try it once more as it is, remove {file}"
            ),
        ))
    }

    /// Loads the library, and keeps a note of that on disk for as long as it takes.
    pub(super) fn during<T>(&self, load: impl FnOnce() -> T) -> T {
        let before = self.deaths();
        // Without the note it is loaded all the same: the folder's trouble is not the library's.
        if let Err(error) = fs::write(&self.file, (before + 1).to_string()) {
            tracing::warn!(%error, "cannot write down that a plugin is being loaded");
        }
        let loaded = load();
        if let Err(error) = fs::remove_file(&self.file) {
            tracing::warn!(%error, "cannot write down that a plugin was loaded");
        }
        loaded
    }

    fn deaths(&self) -> u32 {
        fs::read_to_string(&self.file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_refused_after_the_second_load_that_never_came_back() {
        let folder = tempfile::tempdir().unwrap();
        let attempts = Attempts::of(folder.path(), "abc");
        let library = Path::new("tool.so");
        attempts.during(|| attempts.check(library).unwrap());
        for _ in 0..2 {
            attempts.check(library).unwrap();
            let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                attempts.during(|| std::panic::resume_unwind(Box::new(())))
            }));
            assert!(died.is_err());
        }
        let refused = attempts.check(library).unwrap_err();
        assert_eq!(refused.reason, "has ended this program 2 times while it was loaded");
        assert!(refused.remedy.contains("isolation: process"), "{}", refused.remedy);
        assert!(Attempts::of(folder.path(), "def").check(library).is_ok());
    }
}
