//! Copying the lines of a file that grows.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

/// Longest line in bytes that is copied; of a longer one only its length is said. To cut it could cut a secret in two.
const LONGEST_LINE: usize = 1 << 20;
/// Number of bytes that are read at once.
const BLOCK: usize = 64 << 10;

/// Copy of a file, line by line, as far as it has come.
#[derive(Debug)]
pub(crate) struct LineCopy {
    path: PathBuf,
    file: Option<File>,
    /// Beginning of a line that has no end yet.
    line: Vec<u8>,
    /// Number of bytes of that line, where it is too long to be copied.
    too_long: u64,
}

impl LineCopy {
    /// Returns the copy of a file that may not exist yet.
    pub(crate) fn of(path: PathBuf) -> Self {
        Self { path, file: None, line: Vec::new(), too_long: 0 }
    }

    /// Passes every whole line that is new to `give`, with its end.
    pub(crate) fn copy(&mut self, give: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        let mut block = [0; BLOCK];
        loop {
            let file = match &mut self.file {
                Some(file) => file,
                None => match File::open(&self.path) {
                    Ok(file) => self.file.insert(file),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                    Err(error) => return Err(error),
                },
            };
            let count = file.read(&mut block)?;
            if count == 0 {
                return Ok(());
            }
            for piece in block[..count].split_inclusive(|byte| *byte == b'\n') {
                self.add(piece);
                if piece.ends_with(b"\n") {
                    self.give(give)?;
                }
            }
        }
    }

    /// Like [`copy`](Self::copy), with the last line where it has no end: nothing more will come.
    pub(crate) fn finish(&mut self, give: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        self.copy(give)?;
        if self.line.is_empty() && self.too_long == 0 {
            return Ok(());
        }
        self.add(b"\n");
        self.give(give)
    }

    fn add(&mut self, piece: &[u8]) {
        if self.too_long == 0 && self.line.len() + piece.len() <= LONGEST_LINE {
            self.line.extend_from_slice(piece);
            return;
        }
        self.too_long += (self.line.len() + piece.len()) as u64;
        self.line = Vec::new();
    }

    fn give(&mut self, give: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        match std::mem::take(&mut self.too_long) {
            0 => give(&String::from_utf8_lossy(&line)),
            bytes => give(&format!("[a line of {bytes} bytes is left out]\n")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn new_lines(copy: &mut LineCopy, is_over: bool) -> Vec<String> {
        let mut lines = Vec::new();
        let mut give = |line: &str| {
            lines.push(line.to_owned());
            Ok(())
        };
        match is_over {
            true => copy.finish(&mut give).unwrap(),
            false => copy.copy(&mut give).unwrap(),
        }
        lines
    }

    #[test]
    fn lines_are_copied_once_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stdout");
        let mut copy = LineCopy::of(path.clone());
        assert!(new_lines(&mut copy, false).is_empty());
        let mut file = File::create(path).unwrap();
        file.write_all(b"one\ntw").unwrap();
        assert_eq!(new_lines(&mut copy, false), ["one\n"]);
        file.write_all(b"o\n\xffend").unwrap();
        assert_eq!(new_lines(&mut copy, false), ["two\n"]);
        assert_eq!(new_lines(&mut copy, true), ["\u{fffd}end\n"]);
        assert!(new_lines(&mut copy, true).is_empty());
    }

    #[test]
    fn a_line_that_is_too_long_is_left_out_and_said() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let long = vec![b'x'; LONGEST_LINE + 1];
        file.write_all(&long).unwrap();
        file.write_all(b"\nnext\n").unwrap();
        let mut copy = LineCopy::of(file.path().to_owned());
        let said = format!("[a line of {} bytes is left out]\n", long.len() + 1);
        assert_eq!(new_lines(&mut copy, true), [said, "next\n".to_owned()]);
    }
}
