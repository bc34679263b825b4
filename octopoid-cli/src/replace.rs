//! Replacing files atomically.

use std::fs::Permissions;
use std::io::{Result, Write};
use std::path::Path;

/// Replaces a file's content atomically and durably. Without `permissions`, only the owner can read it.
pub(crate) fn replace(path: &Path, content: &[u8], permissions: Option<Permissions>) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // A hidden name, so that nobody who lists the folder takes it for one of its files.
    let mut new = tempfile::Builder::new().prefix(".").suffix(".new").tempfile_in(folder)?;
    new.write_all(content)?;
    if let Some(permissions) = permissions {
        new.as_file().set_permissions(permissions)?;
    }
    new.as_file().sync_all()?;
    new.persist(path)?;
    Ok(())
}
