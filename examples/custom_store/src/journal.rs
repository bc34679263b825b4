//! The file.

use super::write::Line;
use octopoid_core::model::Policy;
use octopoid_core::store::{Result, StoreError};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The form of the lines.
const FORM: u32 = 1;

/// The first line.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    journal: u32,
    policy: Policy,
}

/// The file, which this process alone writes.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    /// A line may be half written, so nothing can follow it.
    broken: bool,
}

impl Journal {
    /// Opens a file or makes it, readable by its owner alone, and gives its lines.
    pub(crate) fn open(path: &Path, policy: &Policy) -> Result<(Self, Vec<Line>)> {
        let here = path.display();
        let cannot = |error: io::Error| {
            StoreError::unavailable(format!("the journal {here} cannot be opened")).with_source(error)
        };
        // Neither emptied nor only appended to: the cut-off end of the last line is removed.
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(path).map_err(cannot)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::unavailable(format!(
                "the journal {here} is open in another place; close it there"
            )),
            TryLockError::Error(error) => cannot(error),
        })?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(cannot)?;
        // What comes after the last line's end was never answered.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        bytes.truncate(whole);
        file.set_len(whole as u64).map_err(cannot)?;
        file.seek(SeekFrom::End(0)).map_err(cannot)?;

        let mut journal = Self { file, path: path.to_owned(), broken: false };
        let head = Head { journal: FORM, policy: policy.clone() };
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').zip(1_u64..);
        match lines.next() {
            None => {
                journal.append(&head)?;
                // The file's name is to last as well.
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(cannot)?;
                folder.sync_all().map_err(cannot)?;
            }
            Some(first) => journal.check(&parse::<Head>(path, first)?, &head)?,
        }
        let lines = lines.map(|line| parse(path, line)).collect::<Result<_>>()?;
        Ok((journal, lines))
    }

    /// Whether the file was written under the same rules.
    fn check(&self, found: &Head, wanted: &Head) -> Result<()> {
        if found == wanted {
            return Ok(());
        }
        let path = self.path.display();
        let rule = if found.journal == wanted.journal {
            format!("{path} was written under another policy; open it with that one")
        } else {
            format!("{path} has the form {}, and this program reads {FORM}", found.journal)
        };
        Err(StoreError::invalid("journal", rule))
    }

    /// Adds a line, and waits for the disk.
    pub(crate) fn append(&mut self, line: &impl Serialize) -> Result<()> {
        let mut bytes = serde_json::to_vec(line)
            .map_err(|error| StoreError::internal("a line cannot be written as JSON").with_source(error))?;
        bytes.push(b'\n');
        self.broken = true;
        self.file.write_all(&bytes).and_then(|()| self.file.sync_data()).map_err(|error| {
            let message = format!("the journal {} cannot be written", self.path.display());
            StoreError::unavailable(message).with_source(error)
        })?;
        self.broken = false;
        Ok(())
    }

    /// Whether what the tables say is in the file.
    pub(crate) fn is_whole(&self) -> Result<()> {
        if self.broken {
            let path = self.path.display();
            let message = format!("a line of the journal {path} could not be written; open the store again");
            return Err(StoreError::unavailable(message));
        }
        Ok(())
    }

    /// What is wrong with a line that does not come to the same again.
    pub(crate) fn differs(&self, line: u64) -> StoreError {
        let path = self.path.display();
        StoreError::internal(format!(
            "line {line} of the journal {path} comes to something else than when it was written; \
             open it with the version of the program that wrote it"
        ))
    }
}

fn parse<T: for<'de> Deserialize<'de>>(path: &Path, (bytes, number): (&[u8], u64)) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        let message = format!("line {number} of the journal {} cannot be read", path.display());
        StoreError::internal(message).with_source(error)
    })
}
