//! One orchestrator for each `.octopoid`.

use super::layout::Layout;
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Why the folder cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another orchestrator runs here.
    #[error("another orchestrator (process {pid}) already runs on {}", folder.display())]
    Taken {
        /// Its process id, `?` when it does not say.
        pid: String,
        /// The folder.
        folder: PathBuf,
    },
    /// The lock file cannot be used.
    #[error("the lock file {} cannot be used", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Holds the folder until dropped; the system lets go of it when the process dies.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Drop for Lock {
    /// A child process that is just being started has the file too, until it runs its own program: closing ours would not
    /// let go of the lock before that.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl Lock {
    pub(crate) fn take(layout: &Layout) -> Result<Self, LockError> {
        let path = layout.lock();
        let io = |source| LockError::Io { path: path.clone(), source };
        std::fs::create_dir_all(layout.runtime()).map_err(io)?;
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = read_pid(&mut file).map_or_else(|| "?".to_owned(), |pid| pid.to_string());
                return Err(LockError::Taken { pid, folder: layout.root().to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        file.set_len(0).map_err(io)?;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        writeln!(file, "{}", std::process::id()).map_err(io)?;
        Ok(Self { file })
    }
}

/// The process of the orchestrator that runs on a folder, where one does.
pub fn running_pid(layout: &Layout) -> Option<u32> {
    let mut file = File::open(layout.lock()).ok()?;
    // Asking takes the lock for a moment, so it is only asked where somebody may hold it: an orchestrator that starts
    // in that moment would be refused.
    let pid = read_pid(&mut file).filter(|pid| is_alive(*pid))?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(pid),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn is_alive(pid: u32) -> bool {
    // No permission to signal it means that it is there.
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

    #[test]
    fn a_second_orchestrator_is_refused_with_the_first_ones_process() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        assert_eq!(running_pid(&layout), None);
        let first = Lock::take(&layout).unwrap();
        assert_eq!(running_pid(&layout), Some(std::process::id()));
        let refused = Lock::take(&layout).unwrap_err().to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        drop(first);
        assert_eq!(running_pid(&layout), None);
        Lock::take(&layout).unwrap();
    }
}
