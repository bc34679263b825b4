//! What a program prints, as it prints it.

use super::folder::StartFolder;
use super::tail::{Tail, TailLine};
use std::io;

/// The size of one piece.
const PIECE: usize = 32 << 10;
/// The most bytes that are read in one go, so that a program that never stops printing does not keep us from looking
/// at the clock.
const ONE_GO: u64 = 8 << 20;
/// How much of the end of stderr is kept.
const STDERR_END: usize = 4 << 10;

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Stdout,
    Stderr,
}

/// One line that a program printed.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) source: Source,
    pub(crate) text: &'a str,
    /// Whether an orchestrator that was here before has already told it to the log.
    pub(crate) replayed: bool,
}

/// Hears the lines.
pub(crate) type Lines<'a> = dyn FnMut(Line<'_>) + Send + 'a;

#[derive(Debug)]
pub(crate) struct Output {
    folder: StartFolder,
    stdout: Tail,
    stderr: Tail,
    told: (u64, u64),
    kept: (u64, u64),
    stderr_end: String,
}

impl Output {
    pub(crate) fn new(folder: &StartFolder) -> Self {
        let told = folder.told();
        Self {
            folder: folder.clone(),
            stdout: Tail::new(folder.stdout()),
            stderr: Tail::new(folder.stderr()),
            told,
            kept: told,
            stderr_end: String::new(),
        }
    }

    /// All bytes read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.stdout.read_bytes() + self.stderr.read_bytes()
    }

    /// The last lines of stderr.
    pub(crate) fn stderr_end(&self) -> &str {
        self.stderr_end.trim_end()
    }

    /// Reads on until the end that the files have now, or until `most` bytes were read in all, or for one go. Says
    /// whether there may be more.
    pub(crate) async fn read_on(&mut self, most: u64, each: &mut Lines<'_>) -> io::Result<bool> {
        let before = self.bytes();
        let mut buffer = vec![0; PIECE];
        let mut lines = Vec::new();
        let mut more = true;
        while more && self.bytes() <= most && self.bytes() - before < ONE_GO {
            let out = self.stdout.next(&mut buffer, &mut lines).await?;
            self.tell(Source::Stdout, &mut lines, each);
            let err = self.stderr.next(&mut buffer, &mut lines).await?;
            self.tell(Source::Stderr, &mut lines, each);
            more = out + err > 0;
        }
        self.keep_place();
        Ok(more)
    }

    /// Tells all lines of a program that has ended.
    pub(crate) async fn read_all(mut self, each: &mut Lines<'_>) -> io::Result<()> {
        while self.read_on(u64::MAX, each).await? {}
        self.finish(each);
        Ok(())
    }

    /// Tells the last lines, where they are not whole. Nothing more will come.
    pub(crate) fn finish(&mut self, each: &mut Lines<'_>) {
        let mut rest: Vec<TailLine> = self.stdout.rest().into_iter().collect();
        self.tell(Source::Stdout, &mut rest, each);
        rest.extend(self.stderr.rest());
        self.tell(Source::Stderr, &mut rest, each);
        self.keep_place();
    }

    fn tell(&mut self, source: Source, lines: &mut Vec<TailLine>, each: &mut Lines<'_>) {
        for line in lines.drain(..) {
            let told = match source {
                Source::Stdout => &mut self.told.0,
                Source::Stderr => &mut self.told.1,
            };
            let replayed = line.end <= *told;
            *told = line.end.max(*told);
            if source == Source::Stderr {
                self.stderr_end.push_str(&line.text);
                self.stderr_end.push('\n');
                if self.stderr_end.len() > STDERR_END {
                    let from = self.stderr_end.ceil_char_boundary(self.stderr_end.len() - STDERR_END);
                    self.stderr_end.drain(..from);
                }
            }
            each(Line { source, text: &line.text, replayed });
        }
    }

    /// Without it, lines are only told twice after a crash.
    fn keep_place(&mut self) {
        if self.kept != self.told {
            match self.folder.set_told(self.told.0, self.told.1) {
                Ok(()) => self.kept = self.told,
                Err(error) => tracing::debug!(%error, "cannot keep the place in an agent's output"),
            }
        }
    }
}
