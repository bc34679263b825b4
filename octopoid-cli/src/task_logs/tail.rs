//! Reading a growing file line by line.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

/// The bytes that are read at once.
const BLOCK: usize = 64 << 10;
/// The longest line; a longer one is split.
const LINE: usize = 1 << 20;

/// A file and how far it was read.
#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    at: u64,
    /// The beginning of an incomplete line.
    open: Vec<u8>,
}

impl Tail {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, at: 0, open: Vec::new() }
    }

    /// Passes every complete new line to `give`, until that fails.
    pub(crate) fn read(&mut self, mut give: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.at))?;
        let mut block = vec![0; BLOCK];
        loop {
            let count = file.read(&mut block)?;
            if count == 0 {
                return Ok(());
            }
            self.at += count as u64;
            self.open.extend_from_slice(&block[..count]);
            while let Some(end) = self.open.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.open.drain(..=end).collect();
                give(String::from_utf8_lossy(&line[..end]).trim_end_matches('\r'))?;
            }
            if self.open.len() > LINE {
                self.rest(&mut give)?;
            }
        }
    }

    /// Passes the incomplete last line to `give`, if there is one.
    pub(crate) fn rest(&mut self, mut give: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        let line = std::mem::take(&mut self.open);
        give(&String::from_utf8_lossy(&line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn lines(tail: &mut Tail) -> Vec<String> {
        let mut all = Vec::new();
        tail.read(|line| {
            all.push(line.to_owned());
            Ok(())
        })
        .unwrap();
        all
    }

    #[test]
    fn only_whole_and_new_lines_are_given() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut tail = Tail::new(file.path().to_owned());
        file.as_file().write_all(b"one\ntw").unwrap();
        assert_eq!(lines(&mut tail), ["one"]);
        file.as_file().write_all(b"o\n\xff\n").unwrap();
        assert_eq!(lines(&mut tail), ["two", "\u{fffd}"]);
        assert!(lines(&mut tail).is_empty());
    }
}
