//! The files of one start of a program.

use super::identity::Identity;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The prompt, which is what the program reads.
pub(crate) const PROMPT: &str = "prompt.md";
/// The task with its thread.
pub(crate) const TASK: &str = "task.json";

const DISCARDED: &str = "discarded";

/// Why we stopped a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stopped {
    Cancelled,
    TimedOut,
    Silent,
    TooMuchOutput,
    /// It had given its result, and did not end.
    Lingering,
}

impl Stopped {
    /// Returns whether it was only waited for in vain: what it had reported before counts.
    pub(crate) fn is_hang(self) -> bool {
        match self {
            Stopped::TimedOut | Stopped::Silent | Stopped::Lingering => true,
            Stopped::Cancelled | Stopped::TooMuchOutput => false,
        }
    }
}

/// `start-1`, `start-2`, … in the folder of a call. Nearly always there is one; a second one is made when the first
/// came to nothing through no fault of the program. Nothing in an earlier one is overwritten (I13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StartFolder {
    path: PathBuf,
    number: u32,
}

impl StartFolder {
    fn numbered(files: &Path, number: u32) -> Self {
        Self { path: files.join(format!("start-{number}")), number }
    }

    /// The newest start of a call.
    pub(crate) fn newest(files: &Path) -> Option<Self> {
        (1..).map(|number| Self::numbered(files, number)).take_while(|folder| folder.path.is_dir()).last()
    }

    /// Makes the folder for the next start of a call, for our user's eyes only.
    pub(crate) fn make_next(files: &Path) -> io::Result<Self> {
        let files = {
            DirBuilder::new().recursive(true).mode(0o700).create(files)?;
            files.canonicalize()?
        };
        let number = Self::newest(&files).map_or(1, |folder| folder.number + 1);
        let folder = Self::numbered(&files, number);
        DirBuilder::new().mode(0o700).create(&folder.path)?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Says that this start came to nothing and another one is to be made.
    pub(crate) fn discard(&self) -> io::Result<()> {
        self.write(DISCARDED, b"")
    }

    pub(crate) fn is_discarded(&self) -> bool {
        self.path.join(DISCARDED).exists()
    }

    /// Returns the starts of the same call before this one, newest first.
    pub(crate) fn earlier(&self) -> impl Iterator<Item = Self> {
        let files = self.path.parent().unwrap_or(&self.path);
        (1..self.number).rev().map(|number| Self::numbered(files, number))
    }

    /// Whether a start of the same call before this one was discarded.
    pub(crate) fn follows_a_discarded_one(&self) -> bool {
        self.earlier().any(|folder| folder.is_discarded())
    }

    pub(crate) fn stdout(&self) -> PathBuf {
        self.path.join("stdout")
    }

    pub(crate) fn stderr(&self) -> PathBuf {
        self.path.join("stderr")
    }

    pub(crate) fn result(&self) -> PathBuf {
        self.path.join("result.json")
    }

    /// Writes a file that only our user can read.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
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

    pub(crate) fn set_process(&self, identity: &Identity) -> io::Result<()> {
        self.write_json("process.json", identity)
    }

    pub(crate) fn process(&self) -> Option<Identity> {
        self.read_json("process.json")
    }

    pub(crate) fn set_stopped(&self, why: Stopped) -> io::Result<()> {
        self.write_json("stopped.json", &why)
    }

    pub(crate) fn stopped(&self) -> Option<Stopped> {
        self.read_json("stopped.json")
    }

    /// Whether the program itself was started, rather than only the shell before it.
    pub(crate) fn has_started(&self) -> bool {
        self.path.join("started").exists()
    }

    /// The program's exit status, once it has ended; 128 and its number for a signal.
    pub(crate) fn exit_code(&self) -> Option<i32> {
        let text = fs::read_to_string(self.path.join("exit")).ok()?;
        // Without the end of the line it is still being written.
        text.strip_suffix('\n')?.parse().ok()
    }

    /// How many bytes of stdout and stderr were already told to somebody, by this orchestrator or the one before it.
    pub(crate) fn told(&self) -> (u64, u64) {
        self.read_json("told.json").unwrap_or_default()
    }

    pub(crate) fn set_told(&self, stdout: u64, stderr: u64) -> io::Result<()> {
        self.write_json("told.json", &(stdout, stderr))
    }
}
