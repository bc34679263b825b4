//! The log: a file of JSON lines, each of which is what one transaction changed.

use crate::rows::{Change, Rows};
use octopoid_core::store::{Result, StoreError};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Version of the lines.
const FORMAT: u32 = 1;

/// First line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: u32,
}

/// The log, open for this process alone.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    path: PathBuf,
    /// Whether the last line may be half written, so that nothing can follow it.
    broken: bool,
    /// Holds the lock for as long as the log is open.
    _lock: File,
}

impl Log {
    /// Opens the log in a folder, or creates it, readable by its owner alone, and returns the rows that it comes to. Begins
    /// anew with a snapshot of them.
    pub(crate) fn open(folder: &Path) -> Result<(Self, Rows)> {
        let unusable = |error: io::Error| {
            let message = format!("the store in {} cannot be opened: {error}", folder.display());
            StoreError::unavailable(message).with_source(error)
        };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let lock = options().open(folder.join("lock")).map_err(unusable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::unavailable(format!(
                "the store in {} is open in another process; close it there",
                folder.display()
            )),
            TryLockError::Error(error) => unusable(error),
        })?;
        let path = folder.join("log.jsonl");
        let rows = read(&path, &std::fs::read(&path).or_else(none_yet).map_err(unusable)?)?;
        // The new log takes the place of the old one in one step, once it is on the disk.
        let new = folder.join("log.jsonl.new");
        let file = write_snapshot(&new, &rows).map_err(unusable)?;
        std::fs::rename(&new, &path).map_err(unusable)?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(unusable)?;
        Ok((Self { file, path, broken: false, _lock: lock }, rows))
    }

    /// Adds a line and waits for the disk.
    pub(crate) fn append(&mut self, changes: &[Change]) -> Result<()> {
        let path = self.path.display();
        if self.broken {
            let message = format!("a line of {path} could not be written before; open the store again");
            return Err(StoreError::unavailable(message));
        }
        let line = line(changes)
            .map_err(|error| StoreError::internal("a change cannot be written as JSON").with_source(error))?;
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        self.broken = written.is_err();
        written.map_err(|error| {
            StoreError::unavailable(format!("{path} cannot be written: {error}")).with_source(error)
        })
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options
}

fn none_yet(error: io::Error) -> io::Result<Vec<u8>> {
    if error.kind() == io::ErrorKind::NotFound { Ok(Vec::new()) } else { Err(error) }
}

fn line(value: &(impl Serialize + ?Sized)) -> serde_json::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Does everything again that the lines say.
fn read(path: &Path, bytes: &[u8]) -> Result<Rows> {
    let mut rows = Rows::default();
    // What comes after the last line's end was cut off by a crash, and never acknowledged.
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    for (line, number) in bytes[..whole].split_inclusive(|byte| *byte == b'\n').zip(1_u64..) {
        let unreadable = |error: serde_json::Error| {
            let message = format!("line {number} of {} cannot be read: {error}", path.display());
            StoreError::internal(message).with_source(error)
        };
        if number == 1 {
            let head: Head = serde_json::from_slice(line).map_err(unreadable)?;
            if head.format != FORMAT {
                let rule = format!("{} has format {}, not {FORMAT}", path.display(), head.format);
                return Err(StoreError::invalid("store", rule));
            }
            continue;
        }
        let changes: Vec<Change> = serde_json::from_slice(line).map_err(unreadable)?;
        changes.into_iter().for_each(|change| drop(rows.apply(change)));
    }
    Ok(rows)
}

/// Writes a new log with a line for each row.
fn write_snapshot(path: &Path, rows: &Rows) -> io::Result<File> {
    let mut file = BufWriter::new(options().truncate(true).open(path)?);
    file.write_all(&line(&Head { format: FORMAT })?)?;
    for change in rows.snapshot() {
        file.write_all(&line(&[change])?)?;
    }
    let file = file.into_inner()?;
    file.sync_all()?;
    Ok(file)
}
