//! The file in which a program gives its result.

use serde_json::Value;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// A bigger result is refused.
const BIGGEST: u64 = 16 << 20;

/// What was found where the result should be.
#[derive(Debug, PartialEq)]
pub(crate) enum ResultFile {
    /// Nothing.
    Missing,
    /// A JSON object.
    Object(Value),
    /// Something else, in words.
    Unusable(String),
}

impl ResultFile {
    pub(crate) fn read(path: &Path) -> Self {
        let unusable = |what: String| Self::Unusable(format!("the result file {what}"));
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::Missing,
            Err(error) => return unusable(format!("cannot be read: {error}")),
            Ok(metadata) if metadata.is_dir() => return unusable("is a folder".to_owned()),
            // Reading from a pipe or a device might never end.
            Ok(metadata) if !metadata.is_file() => return unusable("is not a regular file".to_owned()),
            Ok(_) => {}
        }
        let mut bytes = Vec::new();
        if let Err(error) =
            fs::File::open(path).and_then(|file| file.take(BIGGEST + 1).read_to_end(&mut bytes))
        {
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
