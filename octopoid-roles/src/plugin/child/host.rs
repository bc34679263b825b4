//! The conversation with the parent process: the child's side.

use super::frame::{self, FromChild, ToChild};
use crate::plugin::callbacks::Registered;
use crate::plugin::library;
use crate::plugin::port::Port;
use crate::plugin::table::Reply;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, dup, dup2_stdin, dup2_stdout};
use octopoid_plugin::{Error, ErrorKind};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};

/// Hosts one plugin for the process that started this one, over stdin and stdout, and returns the exit code.
///
/// A program's `main` calls this and nothing else: what the plugin itself prints goes to stderr from then on.
pub fn host_process() -> ExitCode {
    match converse() {
        Ok(()) => ExitCode::SUCCESS,
        // The parent is gone, or speaks something else.
        Err(_) => ExitCode::FAILURE,
    }
}

fn converse() -> io::Result<()> {
    let mut from = File::from(dup(io::stdin())?);
    let to = File::from(dup(io::stdout())?);
    dup2_stdin(File::open("/dev/null")?)?;
    dup2_stdout(io::stderr())?;
    let first: ToChild = frame::read(&mut from)?;
    let line = Arc::new(Line::new(to));
    match first {
        ToChild::Inspect { path } => {
            let said = match library::open(&path) {
                Ok((_, text)) => FromChild::Manifest { text },
                Err(reason) => FromChild::Refused { reason },
            };
            line.say(&said)
        }
        ToChild::Run { path, role, config, request } => {
            listen(from, line.clone())?;
            line.say(&work(&line, &path, &role, &config, &request))
        }
        ToChild::Answer { .. } | ToChild::Cancel => Err(io::Error::other("nothing was asked for")),
    }
}

fn work(line: &Arc<Line>, path: &Path, role: &str, config: &str, request: &str) -> FromChild {
    let table = match library::open(path) {
        Ok((table, _)) => table,
        Err(reason) => return FromChild::Refused { reason },
    };
    let registered = Registered::new(line.clone());
    let instance = match table.create(role, config) {
        Ok(instance) => Arc::new(instance),
        Err(error) => return FromChild::NotBegun { error },
    };
    let _ = line.running.set(Box::new({
        let (instance, token) = (instance.clone(), registered.token);
        move || instance.cancel(token)
    }));
    if line.stop.load(Ordering::SeqCst) {
        instance.cancel(registered.token);
    }
    // The instance is not destroyed: the process ends, and a destructor that hangs would only delay that.
    match instance.run(registered.token, request) {
        Reply::Outcome(text) => FromChild::Outcome { text },
        Reply::Failed(error) => FromChild::Failed { error },
        Reply::Panicked(message) => FromChild::Panicked { message },
    }
}

/// The connection to the parent.
struct Line {
    to: Mutex<File>,
    stop: AtomicBool,
    /// Tells the plugin to stop, once there is a run.
    running: OnceLock<Box<dyn Fn() + Send + Sync>>,
    next: AtomicU64,
    /// The callers that wait for an answer, by the number of their call.
    waiting: Mutex<HashMap<u64, mpsc::SyncSender<Result<String, Error>>>>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}

impl Line {
    fn new(to: File) -> Self {
        Self {
            to: Mutex::new(to),
            stop: AtomicBool::new(false),
            running: OnceLock::new(),
            next: AtomicU64::new(0),
            waiting: Mutex::default(),
        }
    }

    fn say(&self, what: &FromChild) -> io::Result<()> {
        frame::write(&mut *self.to.lock().unwrap_or_else(PoisonError::into_inner), what)
    }
}

/// Listens to the parent, on another thread. When the parent is gone, this process is killed, whatever the plugin is doing.
fn listen(mut from: File, line: Arc<Line>) -> io::Result<()> {
    let hear = move || loop {
        match frame::read(&mut from) {
            Ok(ToChild::Answer { id, result }) => {
                let waiting = line.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                if let Some(waiting) = waiting {
                    let _ = waiting.send(result);
                }
            }
            Ok(ToChild::Cancel) => {
                line.stop.store(true, Ordering::SeqCst);
                if let Some(cancel) = line.running.get() {
                    cancel();
                }
            }
            Ok(_) | Err(_) => {
                let _ = kill(Pid::this(), Signal::SIGKILL);
            }
        }
    };
    std::thread::Builder::new().name("plugin-host".to_owned()).spawn(hear).map(|_| ())
}

impl Port for Line {
    fn log(&self, level: u32, event_json: &str) {
        let _ = self.say(&FromChild::Log { level, event: event_json.to_owned() });
    }

    fn cancelled(&self) -> bool {
        let _ = self.say(&FromChild::Alive);
        self.stop.load(Ordering::SeqCst)
    }

    fn call(&self, op: &str, request_json: &str) -> Result<String, Error> {
        if self.stop.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Cancelled, "the run is to stop"));
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = mpsc::sync_channel(1);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, sender);
        let gone = || Error::new(ErrorKind::Host, "the host is gone");
        self.say(&FromChild::Call { id, op: op.to_owned(), request: request_json.to_owned() })
            .map_err(|_| gone())?;
        receiver.recv().unwrap_or_else(|_| Err(gone()))
    }
}
