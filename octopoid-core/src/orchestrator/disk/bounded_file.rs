//! Files for people that are bounded in their length.

use crate::store::ArtifactBound;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// File that is appended to up to the bound of an artifact.
#[derive(Debug)]
pub(crate) struct BoundedFile {
    file: File,
    length: u64,
    bound: ArtifactBound,
}

impl BoundedFile {
    /// Opens a file for appending, and creates it and its folder if they are missing.
    pub(crate) fn append_to(path: &Path) -> io::Result<Self> {
        make_parent(path)?;
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, length, bound: ArtifactBound::default() })
    }

    /// Creates a file that takes the place of another one only once it is [in place](Replacement::put_in_place).
    pub(crate) fn replace(path: &Path) -> io::Result<(Self, Replacement)> {
        make_parent(path)?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let file = File::create(&beside)?;
        let replacement = Replacement { beside, path: path.to_owned() };
        Ok((Self { file, length: 0, bound: ArtifactBound::default() }, replacement))
    }

    /// Writes a text; what does not fit is left out, and that is said once.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        let (fits, end) = self.bound.fit(self.length, text.as_bytes());
        for part in [fits, end.unwrap_or_default().as_bytes()] {
            self.file.write_all(part)?;
            self.length += part.len() as u64;
        }
        Ok(())
    }
}

/// File that is to take the place of another one.
#[derive(Debug)]
#[must_use]
pub(crate) struct Replacement {
    beside: PathBuf,
    path: PathBuf,
}

impl Replacement {
    /// Replaces the other file. Who has the new one open writes on in it.
    pub(crate) fn put_in_place(self) -> io::Result<()> {
        fs::rename(self.beside, self.path)
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}
