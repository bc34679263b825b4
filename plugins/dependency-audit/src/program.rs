//! Running a tool, within a time limit.

use octopoid_plugin::{Error, ErrorKind, Host};
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How often the run is checked for cancellation.
const PACE: Duration = Duration::from_millis(100);
/// The most bytes of output that are read.
const MOST: u64 = 64 << 20;

/// The output of a program.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Settings for running programs.
#[derive(Debug, Clone)]
pub(crate) struct Programs<'a> {
    /// Before the folders of PATH.
    pub(crate) search: &'a [PathBuf],
    pub(crate) limit: Duration,
}

impl Programs<'_> {
    /// Runs a program to its end; returns `None` if there is no such program. Its exit status is ignored: these tools fail when
    /// they find something.
    ///
    /// # Errors
    /// When it takes too long, or the run is to stop.
    pub(crate) fn run(
        &self,
        name: &str,
        arguments: &[&str],
        folder: &Path,
        host: &Host,
    ) -> Result<Option<Printed>, Error> {
        let mut command = Command::new(name);
        command.args(arguments).current_dir(folder).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(path) = self.path() {
            command.env("PATH", path);
        }
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::role(format!("{name} could not be started: {error}"))),
        };
        let streams = (child.stdout.take().map(reader), child.stderr.take().map(reader));
        let printed = self.wait(name, streams, host);
        // Also a program that closed its output early, or printed too much, is not left behind.
        let killed = printed.as_ref().err().map(|_| child.kill());
        let ended = reap(&mut child, killed);
        let printed = printed?;
        ended.map_err(|error| Error::role(format!("the end of {name} was not seen: {error}")))?;
        Ok(Some(printed))
    }

    fn wait(
        &self,
        name: &str,
        (stdout, stderr): (Option<Text>, Option<Text>),
        host: &Host,
    ) -> Result<Printed, Error> {
        let began = Instant::now();
        let read = |stream: Option<Text>| {
            let Some(stream) = stream else { return Ok(String::new()) };
            loop {
                match stream.recv_timeout(PACE) {
                    Ok(Ok(text)) => return Ok(text),
                    Ok(Err(error)) => {
                        return Err(Error::role(format!("the output of {name} cannot be read: {error}")));
                    }
                    Err(RecvTimeoutError::Disconnected) => {
                        return Err(Error::role(format!("the output of {name} was lost")));
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                }
                if host.is_cancelled() {
                    return Err(Error::new(ErrorKind::Cancelled, "the run is to stop"));
                }
                if began.elapsed() > self.limit {
                    let seconds = self.limit.as_secs();
                    return Err(Error::role(format!(
                        "{name} took longer than {seconds} s and was stopped; raise `timeout_seconds` if it needs more"
                    ))
                    .retryable());
                }
            }
        };
        Ok(Printed { stdout: read(stdout)?, stderr: read(stderr)? })
    }

    /// Returns `PATH` with the folders of the settings in front; `None` if it stays as it is.
    fn path(&self) -> Option<OsString> {
        if self.search.is_empty() {
            return None;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the tools start programs of their own, by the same PATH"
        )]
        let inherited = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        let folders = self.search.iter().cloned().chain(std::env::split_paths(&inherited));
        std::env::join_paths(folders).ok()
    }
}

type Text = Receiver<io::Result<String>>;

/// Reads a stream on a thread of its own, so that neither fills up while the other is waited for.
fn reader(stream: impl Read + Send + 'static) -> Text {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stream.take(MOST).read_to_end(&mut bytes);
        let text = match read {
            Ok(_) if bytes.len() as u64 == MOST => Err(io::Error::other("it is too long")),
            Ok(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => Err(error),
        };
        // Nobody may be waiting any more.
        let _ = sender.send(text);
    });
    receiver
}

/// Waits for the end, which is near: its output has ended, or it was killed.
fn reap(child: &mut Child, killed: Option<io::Result<()>>) -> io::Result<()> {
    killed.transpose()?;
    child.wait().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::DependencyAudit;
    use octopoid_plugin::testing::Harness;
    use octopoid_plugin::{Outcome, Role, RoleSpec, RunRequest};

    /// Runs a program that does not exist, as a role would.
    struct Probe;

    impl Role for Probe {
        type Settings = ();

        fn spec() -> RoleSpec {
            DependencyAudit::spec()
        }

        fn new((): ()) -> Result<Self, Error> {
            Ok(Self)
        }

        fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error> {
            let programs = Programs { search: &[], limit: Duration::from_secs(1) };
            let printed = programs.run("no-such-program", &[], &request.workspace.path, host)?;
            Ok(Outcome::Nothing { reason: format!("{printed:?}") })
        }
    }

    #[test]
    fn a_missing_program_is_none() {
        let finished = Harness::<Probe>::new("t", "").workspace("/").run();
        assert_eq!(finished.outcome.unwrap(), Outcome::Nothing { reason: "None".to_owned() });
    }
}
