//! Installation id, which distinguishes two folders that are configured as the same machine (I37).

use super::journal::HALF_WRITTEN;
use super::layout::Layout;
use crate::model::InstallationId;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Content of the file that stores the id.
#[derive(Debug, Serialize, Deserialize)]
struct Recorded {
    id: InstallationId,
    /// Inode number of the file itself: a copy of the folder has another inode, and is another installation.
    inode: u64,
}

/// Reads the id of an installation, or chooses one if there is none. Must be called while the folder's lock is held.
pub(crate) fn read_or_choose(
    layout: &Layout,
    fresh: impl FnOnce() -> InstallationId,
) -> io::Result<InstallationId> {
    let path = layout.installation();
    match recorded(&path) {
        Ok(Some(id)) => return Ok(id),
        Ok(None) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let folder = layout.runtime();
    let mut file = tempfile::Builder::new().prefix(HALF_WRITTEN).tempfile_in(&folder)?;
    let recorded = Recorded { id: fresh(), inode: file.as_file().metadata()?.ino() };
    file.write_all(&serde_json::to_vec(&recorded)?)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    std::fs::File::open(folder)?.sync_all()?;
    Ok(recorded.id)
}

/// Returns the id recorded in a file; `None` if the file is damaged or a copy.
fn recorded(path: &Path) -> io::Result<Option<InstallationId>> {
    let inode = std::fs::metadata(path)?.ino();
    let recorded = serde_json::from_slice::<Recorded>(&std::fs::read(path)?).ok();
    Ok(recorded.filter(|recorded| recorded.inode == inode).map(|recorded| recorded.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> InstallationId {
        InstallationId::new(name).unwrap()
    }

    #[test]
    fn i37_a_folder_keeps_its_id_and_a_copy_of_it_gets_another() {
        let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (layout, copied) = (Layout::new(folder.path()), Layout::new(copy.path()));
        std::fs::create_dir_all(layout.runtime()).unwrap();
        std::fs::create_dir_all(copied.runtime()).unwrap();
        assert_eq!(read_or_choose(&layout, || id("first")).unwrap(), id("first"));
        assert_eq!(read_or_choose(&layout, || id("never")).unwrap(), id("first"));
        std::fs::copy(layout.installation(), copied.installation()).unwrap();
        assert_eq!(read_or_choose(&copied, || id("second")).unwrap(), id("second"));
        assert_eq!(read_or_choose(&copied, || id("never")).unwrap(), id("second"));
        std::fs::write(layout.installation(), "{").unwrap();
        assert_eq!(read_or_choose(&layout, || id("third")).unwrap(), id("third"));
    }
}
