//! A real terminal: tmux, of which only the screen is looked at.

use crate::place::{Ended, Place};
use std::io::Read;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Nothing here takes nearly so long; it only keeps a defect from hanging the tests.
const GUARD: Duration = Duration::from_secs(60);

/// A terminal with a program in it.
#[derive(Debug)]
pub(crate) struct Tmux<'a> {
    place: &'a Place,
    socket: PathBuf,
    /// Says that the program has written something.
    written: mpsc::Receiver<()>,
}

impl<'a> Tmux<'a> {
    /// Returns whether tmux is there. `.ci/run` installs it; without it these tests say that they were skipped.
    #[expect(clippy::print_stderr, reason = "who runs the tests has to know")]
    pub(crate) fn is_there() -> bool {
        let there = Command::new("tmux").arg("-V").output().is_ok_and(|output| output.status.success());
        if !there {
            eprintln!("skipped: there is no tmux");
        }
        there
    }

    /// Opens a terminal of a size with a command line of the shell's in it, which stays when that ends.
    pub(crate) fn open(place: &'a Place, size: (u16, u16), line: &str) -> Self {
        let (socket, pipe) = (place.home().join("tmux.sock"), place.home().join("written"));
        let (sender, written) = mpsc::channel();
        assert!(place.program("mkfifo").arg(&pipe).status().unwrap().success());
        let read = pipe.clone();
        std::thread::spawn(move || {
            let mut pipe = std::fs::File::open(read).unwrap();
            let mut block = [0; 4096];
            while pipe.read(&mut block).is_ok_and(|count| count > 0) && sender.send(()).is_ok() {}
        });
        let terminal = Self { place, socket, written };
        let (width, height) = (size.0.to_string(), size.1.to_string());
        // The line begins once what it writes is followed.
        let line = format!("read -r go; {line}; echo \"ended with $?\"; read -r stay");
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", &width, "-y", &height, &line]);
        terminal.tmux(&["pipe-pane", &format!("cat > '{}'", pipe.display())]);
        terminal.keys(&["Enter"]);
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> Ended {
        let mut command = self.place.program("tmux");
        command.env("TERM", "xterm-256color").arg("-u").arg("-S").arg(&self.socket).args(arguments);
        Ended::of(command.spawn().unwrap()).ok()
    }

    /// Presses keys, by their names for tmux.
    pub(crate) fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Types a text.
    pub(crate) fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    pub(crate) fn resize(&self, (width, height): (u16, u16)) {
        self.tmux(&["resize-window", "-x", &width.to_string(), "-y", &height.to_string()]);
    }

    /// Returns what the screen shows.
    pub(crate) fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"]).stdout
    }

    /// Returns whether a program has the whole screen, as opposed to the lines of a shell.
    pub(crate) fn is_taken(&self) -> bool {
        self.tmux(&["display-message", "-p", "#{alternate_on}"]).stdout.trim() == "1"
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub(crate) fn until(&self, text: &str) -> String {
        let begin = Instant::now();
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            let left = GUARD.saturating_sub(begin.elapsed());
            if self.written.recv_timeout(left).is_err() {
                panic!("{text:?} is not on the screen:\n{}", self.screen());
            }
        }
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        let mut command = self.place.program("tmux");
        let _ = command.arg("-S").arg(&self.socket).arg("kill-server").status();
    }
}
