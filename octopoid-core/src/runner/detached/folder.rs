//! The folder of one start of a program.

use super::StopCause;
use crate::process::{Identity, Marker};
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The environment variable that names the [`StartFolder`] of the agent that a process belongs to.
pub const CALL_MARKER: &str = "OCTOPOID_CALL";

const DISCARDED: &str = "discarded";

/// The folder of one start of a program: `start-1`, `start-2`, … in the folder of a call.
///
/// Nearly always there is one; a second one is made when the first came to nothing through no fault of the program. An
/// earlier one is never overwritten (I13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartFolder {
    path: PathBuf,
    number: u32,
}

impl StartFolder {
    /// The name of the file that the program reads from its standard input.
    pub const PROMPT: &'static str = "prompt.md";

    fn numbered(files: &Path, number: u32) -> Self {
        Self { path: files.join(format!("start-{number}")), number }
    }

    /// Returns the newest start in the folder of a call.
    pub fn newest(files: &Path) -> Option<Self> {
        (1..).map(|number| Self::numbered(files, number)).take_while(|folder| folder.path.is_dir()).last()
    }

    /// Creates the folder for the next start of a call, which only our user can read.
    pub(super) fn make_next(files: &Path) -> io::Result<Self> {
        let files = {
            DirBuilder::new().recursive(true).mode(0o700).create(files)?;
            files.canonicalize()?
        };
        let number = Self::newest(&files).map_or(1, |folder| folder.number + 1);
        let folder = Self::numbered(&files, number);
        DirBuilder::new().mode(0o700).create(&folder.path)?;
        Ok(folder)
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the marker that every process of this start carries.
    pub fn marker(&self) -> Marker {
        Marker::new(CALL_MARKER, self.path.to_string_lossy())
    }

    /// Discards this start: the next call of [`DetachedProcess::start`](super::DetachedProcess::start) makes another one.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn discard(&self) -> io::Result<()> {
        self.write(DISCARDED, b"")
    }

    /// Returns whether this start was discarded.
    pub fn is_discarded(&self) -> bool {
        self.path.join(DISCARDED).exists()
    }

    /// Returns the starts of the same call before this one, newest first.
    pub fn earlier(&self) -> impl Iterator<Item = Self> {
        let files = self.path.parent().unwrap_or(&self.path);
        (1..self.number).rev().map(|number| Self::numbered(files, number))
    }

    /// Returns whether the program itself was started, rather than only the shell before it.
    pub fn has_started(&self) -> bool {
        self.path.join("started").exists()
    }

    /// Returns the program's exit status, once it has ended; 128 and the number of the signal that ended it.
    pub fn exit_code(&self) -> Option<i32> {
        let text = fs::read_to_string(self.path.join("exit")).ok()?;
        // Without the end of the line it is still being written.
        text.strip_suffix('\n')?.parse().ok()
    }

    /// Returns the process that was started; `None` until it is known, and after it could not be started.
    pub fn process(&self) -> Option<Identity> {
        self.read_json("process.json")
    }

    pub(super) fn set_process(&self, identity: &Identity) -> io::Result<()> {
        self.write_json("process.json", identity)
    }

    /// Returns why the program was stopped, once that was decided.
    pub fn stopped(&self) -> Option<StopCause> {
        self.read_json("stopped.json")
    }

    pub(super) fn set_stopped(&self, cause: StopCause) -> io::Result<()> {
        self.write_json("stopped.json", &cause)
    }

    pub(super) fn stdout(&self) -> PathBuf {
        self.path.join("stdout")
    }

    pub(super) fn stderr(&self) -> PathBuf {
        self.path.join("stderr")
    }

    /// Returns how many bytes of stdout and stderr were handed on, by this process or one before it.
    pub(super) fn told(&self) -> (u64, u64) {
        self.read_json("told.json").unwrap_or_default()
    }

    pub(super) fn set_told(&self, stdout: u64, stderr: u64) -> io::Result<()> {
        self.write_json("told.json", &(stdout, stderr))
    }

    /// Writes a file that only our user can read.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let path = self.path.join(name);
        OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?.write_all(content)
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let beside = format!("{name}.new");
        self.write(&beside, &serde_json::to_vec(value)?)?;
        fs::rename(self.path.join(beside), self.path.join(name))
    }

    fn read_json<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Option<T> {
        serde_json::from_slice(&fs::read(self.path.join(name)).ok()?).ok()
    }
}
