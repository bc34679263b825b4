//! The scheduler's log: `.octopoid/logs/scheduler-DATE.log`, a file for each day (UTC).

use octopoid_core::clock::{Clock, SystemClock};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Sends all traces to the log file. Only the first call of a process counts.
pub(crate) fn to_folder(folder: PathBuf, verbose: bool) {
    let level =
        if verbose { "info,octopoid_core=debug,octopoid_store=debug,octopoid_roles=debug" } else { "info" };
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(Daily(Arc::new(Mutex::new(State { folder, day: String::new(), file: None }))))
        .with_ansi(false)
        .try_init();
}

/// Sends traces to the standard error: for `serve`, whose log a service manager keeps.
pub(crate) fn to_stderr(verbose: bool, quiet: bool, json: bool) {
    let level = match (verbose, quiet) {
        (true, _) => "info,octopoid_core=debug,octopoid_store=debug",
        (_, true) => "warn",
        _ => "info",
    };
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(level)).with_writer(io::stderr);
    let _ = if json { log.json().flatten_event(true).try_init() } else { log.with_ansi(false).try_init() };
}

#[derive(Debug)]
struct State {
    folder: PathBuf,
    day: String,
    file: Option<File>,
}

/// Writer for the file of the day.
#[derive(Debug, Clone)]
struct Daily(Arc<Mutex<State>>);

impl State {
    fn file(&mut self) -> io::Result<&mut File> {
        let now = SystemClock.now().to_string();
        let day = now.get(..10).unwrap_or("undated");
        if self.file.is_none() || self.day != day {
            std::fs::create_dir_all(&self.folder)?;
            let path = self.folder.join(format!("scheduler-{day}.log"));
            self.file = Some(OpenOptions::new().create(true).append(true).open(path)?);
            self.day = day.to_owned();
        }
        self.file.as_mut().ok_or_else(|| io::Error::other("the log is not open"))
    }
}

impl Write for Daily {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).file()?.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).file()?.flush()
    }
}

impl<'a> MakeWriter<'a> for Daily {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
