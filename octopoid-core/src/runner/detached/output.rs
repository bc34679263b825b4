//! The output of a program, line by line.

use super::folder::StartFolder;
use super::tail::{Tail, TailLine};
use std::io;

/// The size of one piece, in bytes.
const PIECE: usize = 32 << 10;
/// The most bytes that are read in one go, so that a program that never stops printing does not keep us from looking
/// at the clock.
const ONE_GO: u64 = 8 << 20;
/// How many bytes of the end of stderr are kept.
const STDERR_TAIL: usize = 4 << 10;

/// One of the two streams that a program prints to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One line that a program printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutputLine<'a> {
    /// The stream that it was printed to.
    pub stream: OutputStream,
    /// The text, without the end of the line. A line of more than 1 MiB is cut, and says so.
    pub text: &'a str,
    /// Whether a process before this one has handed the line on: it counts, and is not shown again.
    pub replayed: bool,
}

/// Takes the lines.
pub(super) type Lines<'a> = dyn FnMut(OutputLine<'_>) + Send + 'a;

/// The output of a program, as far as it was read.
#[derive(Debug)]
pub(super) struct Output {
    folder: StartFolder,
    stdout: Tail,
    stderr: Tail,
    told: (u64, u64),
    kept: (u64, u64),
    stderr_tail: String,
}

impl Output {
    pub(super) fn new(folder: &StartFolder) -> Self {
        let told = folder.told();
        Self {
            folder: folder.clone(),
            stdout: Tail::new(folder.stdout()),
            stderr: Tail::new(folder.stderr()),
            told,
            kept: told,
            stderr_tail: String::new(),
        }
    }

    /// Returns the number of bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.stdout.read_bytes() + self.stderr.read_bytes()
    }

    /// Returns the last lines of stderr.
    pub(super) fn stderr_tail(&self) -> &str {
        self.stderr_tail.trim_end()
    }

    /// Reads on to the present end of the files, until `most` bytes were read in all, or for one go. Returns whether there
    /// may be more.
    pub(super) async fn read_on(&mut self, most: u64, each: &mut Lines<'_>) -> io::Result<bool> {
        let before = self.bytes();
        let mut buffer = vec![0; PIECE];
        let mut lines = Vec::new();
        let mut more = true;
        while more && self.bytes() <= most && self.bytes() - before < ONE_GO {
            let out = self.stdout.next(&mut buffer, &mut lines).await?;
            self.tell(OutputStream::Stdout, &mut lines, each);
            let err = self.stderr.next(&mut buffer, &mut lines).await?;
            self.tell(OutputStream::Stderr, &mut lines, each);
            more = out + err > 0;
        }
        self.keep_place();
        Ok(more)
    }

    /// Hands on all lines of a program that has ended.
    pub(super) async fn read_all(mut self, each: &mut Lines<'_>) -> io::Result<()> {
        while self.read_on(u64::MAX, each).await? {}
        self.finish(each);
        Ok(())
    }

    /// Hands on the last lines, where they are not whole. Nothing more will come.
    pub(super) fn finish(&mut self, each: &mut Lines<'_>) {
        let mut rest: Vec<TailLine> = self.stdout.rest().into_iter().collect();
        self.tell(OutputStream::Stdout, &mut rest, each);
        rest.extend(self.stderr.rest());
        self.tell(OutputStream::Stderr, &mut rest, each);
        self.keep_place();
    }

    fn tell(&mut self, stream: OutputStream, lines: &mut Vec<TailLine>, each: &mut Lines<'_>) {
        for line in lines.drain(..) {
            let told = match stream {
                OutputStream::Stdout => &mut self.told.0,
                OutputStream::Stderr => &mut self.told.1,
            };
            let replayed = line.end <= *told;
            *told = line.end.max(*told);
            if stream == OutputStream::Stderr {
                self.stderr_tail.push_str(&line.text);
                self.stderr_tail.push('\n');
                if self.stderr_tail.len() > STDERR_TAIL {
                    let from = self.stderr_tail.ceil_char_boundary(self.stderr_tail.len() - STDERR_TAIL);
                    self.stderr_tail.drain(..from);
                }
            }
            each(OutputLine { stream, text: &line.text, replayed });
        }
    }

    /// Writes down how much was handed on. Without it, lines are only handed on twice after a crash.
    fn keep_place(&mut self) {
        if self.kept != self.told {
            match self.folder.set_told(self.told.0, self.told.1) {
                Ok(()) => self.kept = self.told,
                Err(error) => tracing::debug!(%error, "cannot keep the place in an agent's output"),
            }
        }
    }
}
