//! Disk usage of files.

use std::fs;
use std::path::Path;

/// Returns the bytes that a file or folder occupies on disk.
///
/// Counts as `du` does: blocks, each hard link once, symbolic links not followed.
pub fn disk_usage(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let (mut bytes, mut seen) = (0, std::collections::BTreeSet::new());
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if metadata.nlink() > 1 && !metadata.is_dir() && !seen.insert((metadata.dev(), metadata.ino())) {
            continue;
        }
        bytes += metadata.blocks() * 512;
        if metadata.is_dir() {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            open.extend(entries.map(|entry| entry.path()));
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_disk_and_a_hard_link_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, vec![7; 100_000]).unwrap();
        let once = disk_usage(folder.path());
        assert!(once >= 100_000, "{once}");
        fs::hard_link(&file, folder.path().join("b")).unwrap();
        assert!(disk_usage(folder.path()) < once + 50_000);
    }
}
