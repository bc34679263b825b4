//! A terminal for commands that draw, page or edit on one.

use crate::place::{Place, Running};
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Nothing here takes nearly so long; it only keeps a defect from hanging the tests.
const GUARD: Duration = Duration::from_secs(60);

/// A command with a terminal of its own.
#[derive(Debug)]
pub(crate) struct Session {
    child: std::process::Child,
    output: mpsc::Receiver<Vec<u8>>,
    /// Everything that it has written.
    pub(crate) seen: String,
}

impl Session {
    /// Starts a command on a terminal of 100 columns and 30 rows.
    pub(crate) fn start(place: &Place, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let size = nix::pty::Winsize { ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = nix::pty::openpty(Some(&size), None).unwrap();
        let end = |end: &OwnedFd| end.try_clone().unwrap();
        let mut command = place.command(arguments);
        command.env("TERM", "xterm-256color").envs(environment.iter().copied());
        let child = command.stdin(end(&pty.slave)).stdout(end(&pty.slave)).stderr(pty.slave).spawn().unwrap();
        // The command holds the other end: it has to go, or the terminal never ends.
        drop(command);
        let (sender, output) = mpsc::channel();
        let mut screen = File::from(pty.master);
        std::thread::spawn(move || {
            let mut block = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut block) {
                if sender.send(block[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, output, seen: String::new() }
    }

    /// Waits until what it has written satisfies a condition.
    #[track_caller]
    pub(crate) fn until(&mut self, wanted: impl Fn(&str) -> bool) {
        let begin = Instant::now();
        while !wanted(&self.seen) {
            let left = GUARD.saturating_sub(begin.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("{error}; it wrote {:?}", self.seen),
            }
        }
    }

    pub(crate) fn interrupt(&self) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    }

    /// Waits for its end, and gives its exit code and everything that it wrote.
    #[track_caller]
    pub(crate) fn end(mut self) -> (i32, String) {
        while let Ok(bytes) = self.output.recv_timeout(GUARD) {
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        (self.child.wait().unwrap().code().unwrap(), std::mem::take(&mut self.seen))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running orchestrator that is stopped and waited for.
pub(crate) fn stop(running: Running) {
    running.signal(nix::sys::signal::Signal::SIGTERM);
    let (status, lines) = running.end();
    assert!(status.success(), "{lines:#?}");
}
