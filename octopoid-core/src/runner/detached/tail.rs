//! The lines of a file that grows.

use std::io;
use std::path::PathBuf;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// The length, in bytes, at which a line is cut; it says so.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// A reader of a file that grows. Memory does not grow with the file.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    file: Option<File>,
    /// The number of bytes read.
    read: u64,
    line: Vec<u8>,
    /// The number of bytes of the present line that were dropped.
    dropped: u64,
}

/// One line, with the place in the file where it ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TailLine {
    pub(super) text: String,
    pub(super) end: u64,
}

impl Tail {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: None, read: 0, line: Vec::new(), dropped: 0 }
    }

    /// Returns the number of bytes read so far.
    pub(super) fn read_bytes(&self) -> u64 {
        self.read
    }

    /// Reads the next piece, of the buffer's size at most. Returns the number of bytes: 0 at the present end of the file.
    pub(super) async fn next(&mut self, buffer: &mut [u8], lines: &mut Vec<TailLine>) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            None => match File::open(&self.path).await {
                Ok(file) => self.file.insert(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
                Err(error) => return Err(error),
            },
        };
        let count = file.read(buffer).await?;
        for piece in buffer[..count].split_inclusive(|byte| *byte == b'\n') {
            self.read += piece.len() as u64;
            let (piece, whole) = match piece.strip_suffix(b"\n") {
                Some(piece) => (piece, true),
                None => (piece, false),
            };
            let room = LONGEST_LINE.saturating_sub(self.line.len()).min(piece.len());
            self.line.extend_from_slice(&piece[..room]);
            self.dropped += (piece.len() - room) as u64;
            if whole {
                lines.push(self.take_line());
            }
        }
        Ok(count)
    }

    /// Returns the last line, where the file does not end with the end of one.
    pub(super) fn rest(&mut self) -> Option<TailLine> {
        if self.line.is_empty() { None } else { Some(self.take_line()) }
    }

    fn take_line(&mut self) -> TailLine {
        let bytes = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        if self.dropped > 0 {
            text.push_str(&format!(" … (cut: {} more bytes in this line)", self.dropped));
        }
        self.line.clear();
        self.line.shrink_to(4096);
        self.dropped = 0;
        TailLine { text, end: self.read }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines_of(content: &[u8]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stdout");
        std::fs::write(&path, content).unwrap();
        let (mut tail, mut lines) = (Tail::new(path), Vec::new());
        while tail.next(&mut [0; 7], &mut lines).await.unwrap() > 0 {}
        lines.extend(tail.rest());
        assert_eq!(tail.read_bytes(), content.len() as u64);
        lines.into_iter().map(|line| line.text).collect()
    }

    #[tokio::test]
    async fn lines_are_whole_whatever_the_pieces() {
        assert_eq!(lines_of(b"one\r\ntwo words here\n\nlast").await, ["one", "two words here", "", "last"]);
        assert_eq!(lines_of(b"").await, [""; 0]);
    }

    #[tokio::test]
    async fn bytes_that_are_not_utf8_are_replaced() {
        assert_eq!(lines_of(b"a\xff\xfeb\n").await, ["a\u{fffd}\u{fffd}b"]);
    }

    #[tokio::test]
    async fn a_line_without_end_is_cut_and_says_so() {
        let mut content = vec![b'x'; LONGEST_LINE + 10];
        content.extend_from_slice(b"\nnext\n");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stdout");
        std::fs::write(&path, content).unwrap();
        let (mut tail, mut lines) = (Tail::new(path), Vec::new());
        let mut buffer = vec![0; 65536];
        while tail.next(&mut buffer, &mut lines).await.unwrap() > 0 {}
        assert!(lines[0].text.ends_with("x … (cut: 10 more bytes in this line)"));
        assert_eq!(lines[1].text, "next");
    }
}
