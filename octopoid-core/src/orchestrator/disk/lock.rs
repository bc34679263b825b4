//! Lock of an installation's folder: at most one orchestrator runs on each `.octopoid`.

use super::layout::Layout;
use crate::clock::Clock;
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::Duration;

/// Longest wait for a lock whose process is dead. A child that it was just starting shares the file until it executes its
/// own program.
const ORPHANED: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(10);

/// Error returned when the lock of the folder cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another orchestrator runs on the folder.
    #[error("another orchestrator (process {pid}) already runs on {}", folder.display())]
    Taken {
        /// Process id of the other orchestrator; `?` if it is unknown.
        pid: String,
        /// Path of the folder.
        folder: PathBuf,
    },
    /// Lock file cannot be used.
    #[error("the lock file {} cannot be used", path.display())]
    Io {
        /// Path of the lock file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
}

/// Lock on the folder, held until dropped; the system releases it when the process dies.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Unlocks explicitly.
    ///
    /// A child process that is just being started shares the file until it executes its own program, so merely closing the file
    /// would not release the lock before that.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl Lock {
    pub(crate) async fn take(layout: &Layout, clock: &dyn Clock) -> Result<Self, LockError> {
        let path = layout.lock();
        let io = |source| LockError::Io { path: path.clone(), source };
        std::fs::create_dir_all(layout.runtime()).map_err(io)?;
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        let give_up = clock.monotonic() + ORPHANED;
        while let Err(error) = file.try_lock() {
            match error {
                TryLockError::Error(source) => return Err(io(source)),
                TryLockError::WouldBlock => {}
            }
            let pid = read_pid(&mut file);
            if pid.is_some_and(is_alive) || clock.monotonic() >= give_up {
                let pid = pid.map_or_else(|| "?".to_owned(), |pid| pid.to_string());
                return Err(LockError::Taken { pid, folder: layout.root().to_owned() });
            }
            clock.sleep(PAUSE).await;
        }
        file.set_len(0).map_err(io)?;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        writeln!(file, "{}", std::process::id()).map_err(io)?;
        Ok(Self { file })
    }
}

/// Returns the process id of the orchestrator that runs on a folder, if there is one.
pub fn running_pid(layout: &Layout) -> Option<u32> {
    let mut file = File::open(layout.lock()).ok()?;
    // The check takes the lock for a moment, in which an orchestrator that starts would be refused; so it is only made if the
    // recorded process is alive.
    let pid = read_pid(&mut file).filter(|pid| is_alive(*pid))?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(pid),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn is_alive(pid: u32) -> bool {
    // A missing permission to signal the process means that it exists.
    i32::try_from(pid).is_ok_and(|pid| !matches!(kill(Pid::from_raw(pid), None), Err(Errno::ESRCH)))
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[tokio::test]
    async fn a_second_orchestrator_is_refused_with_the_first_ones_process() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        assert_eq!(running_pid(&layout), None);
        let first = Lock::take(&layout, &SystemClock).await.unwrap();
        assert_eq!(running_pid(&layout), Some(std::process::id()));
        let refused = Lock::take(&layout, &SystemClock).await.unwrap_err().to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        drop(first);
        assert_eq!(running_pid(&layout), None);
        Lock::take(&layout, &SystemClock).await.unwrap();
    }

    #[tokio::test]
    async fn a_lock_that_only_a_child_of_a_dead_orchestrator_holds_is_awaited() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let childs = Lock::take(&layout, &SystemClock).await.unwrap();
        // No process has the largest number that there is.
        std::fs::write(layout.lock(), format!("{}\n", i32::MAX)).unwrap();
        let (taken, ()) = tokio::join!(Lock::take(&layout, &SystemClock), async { drop(childs) });
        taken.unwrap();
    }
}
