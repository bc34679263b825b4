//! Reading regular files, and nothing else that may stand under a file's name.
//!
//! Opening a FIFO waits for its writer, and a device may never end. These functions refuse everything that is not a regular file, at
//! once, and follow symbolic links.

use std::fs::{File, FileType, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// Opens a regular file for reading.
///
/// # Errors
/// `InvalidInput` for anything else, with what it is; otherwise as [`File::open`].
pub fn open(path: impl AsRef<Path>) -> Result<File> {
    let path = path.as_ref();
    // Asked first: opening a socket fails in words of its own, and some devices act on being opened.
    check(std::fs::metadata(path)?.file_type())?;
    let file = OpenOptions::new().read(true).custom_flags(nix::libc::O_NONBLOCK).open(path)?;
    // What was opened counts: the name may have gone to something else in between.
    check(file.metadata()?.file_type())?;
    Ok(file)
}

/// Reads a regular file.
///
/// # Errors
/// As [`open`], and as [`std::fs::read`].
pub fn read(path: impl AsRef<Path>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a regular file of text.
///
/// # Errors
/// As [`open`], and as [`std::fs::read_to_string`].
pub fn read_to_string(path: impl AsRef<Path>) -> Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// Returns what a path is that is neither a regular file nor a folder, such as `a FIFO`; `None` for those two.
pub fn special(path: impl AsRef<Path>) -> Option<&'static str> {
    match std::fs::metadata(path.as_ref()) {
        Ok(found) => kind(found.file_type()).filter(|_| !found.is_dir()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            path.as_ref().is_symlink().then_some("a symbolic link to nothing")
        }
        // The kind is unknown; reading the file gives the error.
        Err(_) => None,
    }
}

fn check(found: FileType) -> Result<()> {
    match kind(found) {
        Some(kind) => Err(Error::new(ErrorKind::InvalidInput, format!("it is {kind}, not a regular file"))),
        None => Ok(()),
    }
}

/// Returns what it is, where it is not a regular file.
fn kind(found: FileType) -> Option<&'static str> {
    match found {
        found if found.is_file() => None,
        found if found.is_dir() => Some("a folder"),
        found if found.is_fifo() => Some("a FIFO"),
        found if found.is_socket() => Some("a socket"),
        found if found.is_char_device() || found.is_block_device() => Some("a device"),
        _ => Some("neither a file nor a folder"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_opened_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("file"), "text").unwrap();
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        std::os::unix::fs::symlink("nothing", path("dangling")).unwrap();
        nix::unistd::mkfifo(&path("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        assert_eq!((read_to_string(path("file")).unwrap(), special(path("file"))), ("text".to_owned(), None));
        assert_eq!((read(path("link")).unwrap(), special(path("link"))), (b"text".to_vec(), None));
        for (name, what, is_special) in [
            (path("fifo"), "a FIFO", true),
            (path("socket"), "a socket", true),
            ("/dev/zero".into(), "a device", true),
            (folder.path().to_owned(), "a folder", false),
        ] {
            let error = read(&name).unwrap_err();
            assert_eq!(error.to_string(), format!("it is {what}, not a regular file"));
            assert_eq!(special(&name), Some(what).filter(|_| is_special));
        }
        assert_eq!(read(path("dangling")).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(special(path("dangling")), Some("a symbolic link to nothing"));
        assert_eq!(special(path("missing")), None);
    }
}
