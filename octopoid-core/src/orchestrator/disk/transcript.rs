//! Transcripts: what the agent programs of a run printed, copied while they print it.

use super::bounded_file::BoundedFile;
use super::layout::Layout;
use super::line_copy::LineCopy;
use super::redact::Redactor;
use crate::model::{ArtifactKind, RunId, TaskId};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Transcript of a run: the standard output of its agent calls, line by line and without secrets (I28).
///
/// It is written again from the calls' own files when a run is resumed, so that it is whole and has everything once whenever the
/// orchestrator was killed.
#[derive(Debug)]
pub(crate) struct Transcript {
    path: PathBuf,
    /// Folder with a folder for each call.
    files: PathBuf,
    redactor: Redactor,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Closed,
    Open {
        file: BoundedFile,
        calls: BTreeMap<u32, CallCopy>,
    },
    /// It cannot be written. The work goes on, and the calls' own files are there.
    Failed,
}

/// Copy of what one call printed, which may have had several starts.
#[derive(Debug)]
struct CallCopy {
    folder: PathBuf,
    start: u32,
    lines: LineCopy,
}

impl Transcript {
    pub(crate) fn new(layout: &Layout, task: &TaskId, run: &RunId, number: u32, redactor: Redactor) -> Self {
        Self {
            path: layout.artifact(task, number, ArtifactKind::Transcript),
            files: layout.run_files(run),
            redactor,
            state: Mutex::new(State::Closed),
        }
    }

    /// Adds what a call has printed since.
    pub(crate) fn follow(&self, call: u32) {
        self.update(|state| self.add(state, call, false));
    }

    /// Adds the rest of what a call has printed, which has ended.
    pub(crate) fn finish(&self, call: u32) {
        self.update(|state| self.add(state, call, true));
    }

    fn update(&self, change: impl FnOnce(&mut State) -> io::Result<()>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = change(&mut state) {
            tracing::warn!(path = %self.path.display(), %error, "a transcript cannot be written");
            *state = State::Failed;
        }
    }

    fn add(&self, state: &mut State, call: u32, is_over: bool) -> io::Result<()> {
        if let State::Closed = state {
            *state = self.open()?;
        }
        let State::Open { file, calls } = state else { return Ok(()) };
        let copy = calls.entry(call).or_insert_with(|| CallCopy::of(call_folder(&self.files, call)));
        copy.copy(is_over, &mut |line| file.write(&self.redactor.clean(line)))
    }

    /// Opens the file, with what was printed so far: nothing, unless the run is resumed.
    fn open(&self) -> io::Result<State> {
        let (mut file, replacement) = BoundedFile::replace(&self.path)?;
        let mut calls = BTreeMap::new();
        let begun = (1..).map(|call| (call, call_folder(&self.files, call)));
        for (call, folder) in begun.take_while(|(_, folder)| folder.is_dir()) {
            let is_over = folder.join(REPORT).exists();
            let mut copy = CallCopy::of(folder);
            copy.copy(is_over, &mut |line| file.write(&self.redactor.clean(line)))?;
            calls.insert(call, copy);
        }
        replacement.put_in_place()?;
        Ok(State::Open { file, calls })
    }
}

/// Name of the file in a call's folder with what the call came to.
pub(crate) const REPORT: &str = "report.json";

/// Returns the folder of a run's `number`th agent call.
pub(crate) fn call_folder(files: &Path, number: u32) -> PathBuf {
    files.join(format!("call-{number}"))
}

impl CallCopy {
    fn of(folder: PathBuf) -> Self {
        Self { lines: lines_of(&folder, 1), folder, start: 1 }
    }

    fn copy(&mut self, is_over: bool, give: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        loop {
            let next = self.start + 1;
            if !start_folder(&self.folder, next).is_dir() {
                break;
            }
            // Another start was made: this one is over.
            self.lines.finish(give)?;
            (self.lines, self.start) = (lines_of(&self.folder, next), next);
        }
        match is_over {
            true => self.lines.finish(give),
            false => self.lines.copy(give),
        }
    }
}

fn lines_of(call: &Path, start: u32) -> LineCopy {
    LineCopy::of(start_folder(call, start).join("stdout"))
}

/// Returns the folder of one start of a program, as [`runner::detached`](crate::runner::detached) makes it.
fn start_folder(call: &Path, number: u32) -> PathBuf {
    call.join(format!("start-{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir_all, read_to_string, write};

    struct Run {
        layout: Layout,
        _folder: tempfile::TempDir,
    }

    impl Run {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self { layout: Layout::new(folder.path()), _folder: folder }
        }

        fn id() -> RunId {
            RunId::of(&TaskId::numbered(1), 1)
        }

        fn transcript(&self) -> Transcript {
            let environment = [("API_TOKEN".to_owned(), "very-secret-9".to_owned())].into();
            let redactor = Redactor::new(&environment, &["API_TOKEN".to_owned()]);
            Transcript::new(&self.layout, &TaskId::numbered(1), &Self::id(), 1, redactor)
        }

        fn print(&self, call: u32, start: u32, text: &str) {
            let folder = start_folder(&call_folder(&self.layout.run_files(&Self::id()), call), start);
            create_dir_all(&folder).unwrap();
            write(folder.join("stdout"), text).unwrap();
        }

        fn read(&self) -> String {
            let path = self.layout.artifact(&TaskId::numbered(1), 1, ArtifactKind::Transcript);
            read_to_string(path).unwrap()
        }
    }

    #[test]
    fn i28_what_is_printed_is_copied_by_whole_lines_without_secrets() {
        let run = Run::new();
        let transcript = run.transcript();
        run.print(1, 1, "{\"tool_result\":\"very-secret-9\"}\n{\"unfin");
        transcript.follow(1);
        assert_eq!(run.read(), "{\"tool_result\":\"[API_TOKEN]\"}\n");
        transcript.finish(1);
        assert_eq!(run.read(), "{\"tool_result\":\"[API_TOKEN]\"}\n{\"unfin\n");
    }

    #[test]
    fn i13_a_resumed_run_has_everything_once() {
        let run = Run::new();
        run.print(1, 1, "one\n");
        run.transcript().finish(1);
        run.print(2, 1, "cut o");
        run.transcript().follow(2);
        assert_eq!(run.read(), "one\n");
        // Another process, another start, and more of it.
        run.print(2, 2, "two\nthree\n");
        let resumed = run.transcript();
        resumed.follow(2);
        assert_eq!(run.read(), "one\ncut o\ntwo\nthree\n");
        resumed.finish(2);
        assert_eq!(run.read(), "one\ncut o\ntwo\nthree\n");
    }
}
