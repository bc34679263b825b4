//! Reading a growing file line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
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

    /// Returns the tail of a file, beginning with the first whole line of its last bytes. Also returns whether that leaves
    /// something out.
    pub(crate) fn of_end(path: PathBuf, bytes: u64) -> io::Result<(Self, bool)> {
        let mut file = File::open(&path)?;
        let at = file.metadata()?.len().saturating_sub(bytes);
        if at == 0 {
            return Ok((Self::new(path), false));
        }
        // From one byte before: a line that begins exactly here is whole.
        file.seek(SeekFrom::Start(at - 1))?;
        let skipped = BufReader::new(file).skip_until(b'\n')?;
        Ok((Self { path, at: at - 1 + skipped as u64, open: Vec::new() }, true))
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

    #[test]
    fn the_end_of_a_file_begins_with_a_whole_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().write_all(b"one\ntwo\nthree\n").unwrap();
        let end = |bytes| {
            let (mut tail, is_cut) = Tail::of_end(file.path().to_owned(), bytes).unwrap();
            (lines(&mut tail), is_cut)
        };
        assert_eq!(end(6), (vec!["three".to_owned()], true));
        assert_eq!(end(7), (vec!["three".to_owned()], true));
        assert_eq!(end(14), (["one", "two", "three"].map(str::to_owned).to_vec(), false));
        assert_eq!(end(1), (Vec::new(), true));
    }
}
