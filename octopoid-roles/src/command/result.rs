//! The file in which a program gives its result.

use serde_json::Value;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The largest result that is read, in bytes.
const BIGGEST: u64 = 16 << 20;

/// The content of the result file.
#[derive(Debug, PartialEq)]
pub(crate) enum ResultFile {
    /// There is no file.
    Missing,
    /// A JSON object.
    Object(Value),
    /// Something else; the description of it.
    Unusable(String),
}

impl ResultFile {
    /// Returns whether it is an object with an outcome.
    pub(crate) fn has_outcome(&self) -> bool {
        let Self::Object(value) = self else { return false };
        value.get("outcome").and_then(Value::as_str).is_some_and(|outcome| !outcome.trim().is_empty())
    }

    /// Reads the file.
    pub(crate) fn read(path: &Path) -> Self {
        let unusable = |what: String| Self::Unusable(format!("the result file {what}"));
        // Neither through a link, which may lead to what is not the agent's to read, nor waiting at a pipe, which might never
        // end.
        let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
        let file = match fs::File::options().read(true).custom_flags(flags).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::Missing,
            Err(error) if error.raw_os_error() == Some(nix::libc::ELOOP) => {
                return unusable("is a symbolic link".to_owned());
            }
            Err(error) => return unusable(format!("cannot be read: {error}")),
        };
        match file.metadata() {
            Err(error) => return unusable(format!("cannot be read: {error}")),
            Ok(metadata) if metadata.is_dir() => return unusable("is a folder".to_owned()),
            Ok(metadata) if !metadata.is_file() => return unusable("is not a regular file".to_owned()),
            Ok(_) => {}
        }
        let mut bytes = Vec::new();
        if let Err(error) = file.take(BIGGEST + 1).read_to_end(&mut bytes) {
            return unusable(format!("cannot be read: {error}"));
        }
        if bytes.len() as u64 > BIGGEST {
            return unusable(format!("is larger than {} MiB", BIGGEST >> 20));
        }
        let Ok(text) = std::str::from_utf8(&bytes) else { return unusable("is not UTF-8".to_owned()) };
        if text.trim().is_empty() {
            return unusable("is empty".to_owned());
        }
        match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) => Self::Object(value),
            Ok(_) => unusable(format!("holds no JSON object but `{}`", beginning(text))),
            Err(error) => unusable(format!("is not JSON ({error}): `{}`", beginning(text))),
        }
    }
}

fn beginning(text: &str) -> String {
    let mut short: String =
        text.trim().chars().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < text.trim().len() {
        short.push('…');
    }
    short
}
