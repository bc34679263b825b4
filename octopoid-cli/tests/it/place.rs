//! A place to run the command in: a home and a repository of its own.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Nothing here takes nearly so long; it only keeps a defect from hanging the tests.
const GUARD: Duration = Duration::from_secs(120);

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_octopoid");

/// A temporary folder with `home` and `work` in it.
#[derive(Debug)]
pub(crate) struct Place {
    folder: TempDir,
}

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Waits for a process to end, but not for ever.
    pub(crate) fn of(child: Child) -> Self {
        finish(child)
    }

    /// The exit code, and everything that was printed where it is another.
    #[track_caller]
    pub(crate) fn code(self, wanted: i32) -> Self {
        assert_eq!(self.status.code(), Some(wanted), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.code(0)
    }

    /// The one JSON document on the standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// Checks that the error says what, and a hint what next.
    #[track_caller]
    pub(crate) fn refused(self, code: i32, what: &str, hint: &str) -> Self {
        let ended = self.code(code);
        let (error, rest) =
            ended.stderr.split_once("hint: ").unwrap_or_else(|| panic!("no hint: {}", ended.stderr));
        assert!(error.starts_with("error: ") && error.contains(what), "{what:?} is not in {error}");
        assert!(rest.contains(hint), "{hint:?} is not in {rest}");
        ended
    }
}

impl Place {
    /// A repository with one commit on `main`.
    pub(crate) fn repository() -> Self {
        let place = Self::empty();
        place.git(&["init", "--quiet", "--initial-branch", "main"]);
        place.write("README.md", "# Something\n");
        place.commit("First commit");
        place
    }

    /// The same with `.octopoid`, and agents that are played by the program itself.
    pub(crate) fn initialised() -> Self {
        let place = Self::repository();
        place.run(&["init", "--local", "--runner", "command", "--test", "sh -c true"]).ok();
        place.write(".octopoid/agents.yaml", agents());
        place.commit("Set up Octopoid");
        place
    }

    /// A folder that is no repository.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("home")).unwrap();
        std::fs::create_dir_all(folder.path().join("work")).unwrap();
        let config = "[user]\n\tname = Tester\n\temail = tester@example.invalid\n";
        std::fs::write(folder.path().join("home/.gitconfig"), config).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Reads a pipe to the end of what is written to it.
    pub(crate) fn read_in_time(&self, name: &str) -> String {
        let path = self.path().join(name);
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || sender.send(std::fs::read_to_string(path).unwrap()));
        receiver.recv_timeout(GUARD).expect("something is written and the pipe is closed")
    }

    /// Replaces a text in a file, which has to be there.
    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{from:?} is not in {text}");
        self.write(name, text.replacen(from, to, 1));
    }

    fn prepare(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        #[expect(clippy::disallowed_methods, reason = "the programs of the machine are wanted here")]
        let path = std::env::var_os("PATH").unwrap();
        command.env_clear().env("PATH", path).env("HOME", self.folder.path().join("home"));
        // What is above must not be taken for the repository, and no configuration of the machine's applies.
        command.env("GIT_CEILING_DIRECTORIES", self.folder.path()).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("HOSTNAME", "laptop");
        command.env("TZ", "UTC").env("LANG", "C.UTF-8").current_dir(self.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Another program, ready to be started in the same environment.
    pub(crate) fn program(&self, name: &str) -> Command {
        self.prepare(name)
    }

    /// The command with arguments, ready to be started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.prepare(PROGRAM);
        command.args(arguments);
        command
    }

    /// Runs the command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        finish(self.command(arguments).spawn().unwrap())
    }

    /// Runs the command with more in its environment.
    pub(crate) fn run_in(&self, arguments: &[&str], more: &[(&str, &str)]) -> Ended {
        finish(self.command(arguments).envs(more.iter().copied()).spawn().unwrap())
    }

    /// Runs the command with something on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ended {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        finish(child)
    }

    /// Runs the command with more in its environment.
    pub(crate) fn run_with_env(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        finish(self.command(arguments).envs(environment.iter().copied()).spawn().unwrap())
    }

    /// Runs the command with `--json` and gives what it says.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).ok().json()
    }

    /// Adds a task and gives its id.
    #[track_caller]
    pub(crate) fn enqueue(&self, arguments: &[&str]) -> String {
        self.json(&[&["enqueue"], arguments].concat())["id"].as_str().unwrap().to_owned()
    }

    /// Looks at a task until its place in words has a text: what an orchestrator writes down follows what it prints.
    #[track_caller]
    pub(crate) fn shown_until(&self, id: &str, text: &str) -> Value {
        let begin = Instant::now();
        loop {
            let shown = self.json(&["show", id]);
            if shown["state"].as_str().unwrap().contains(text) {
                return shown;
            }
            assert!(begin.elapsed() < GUARD, "{text:?} is never in {}", shown["state"]);
        }
    }

    /// The queue a task stands in.
    #[track_caller]
    pub(crate) fn queue(&self, id: &str) -> String {
        self.json(&["show", id])["queue"].as_str().unwrap().to_owned()
    }

    /// Lets the worker be played by a script of the shell.
    pub(crate) fn worker_is(&self, script: &Path) {
        let agents = format!(
            "runner: command\nagents:\n  - name: worker\n    role: implement\n    command: [sh, {script:?}]\n  \
             - name: reviewer\n    role: review\n    command: [{PROGRAM:?}, sim-agent]\n"
        );
        self.write(".octopoid/agents.yaml", agents);
    }

    /// Lets the orchestrator work to its end, after which a task has landed and nothing was charged to it.
    #[track_caller]
    pub(crate) fn lands_uncharged(&self, id: &str) {
        self.run(&["start", "--until-idle"]).ok();
        let shown = self.json(&["show", id]);
        assert_eq!(
            (shown["queue"].as_str(), &shown["counters"]["attempts"]),
            (Some("done"), &0.into()),
            "{shown:#}"
        );
    }

    pub(crate) fn run_git(&self, arguments: &[&str]) -> Ended {
        finish(self.prepare("git").args(arguments).spawn().unwrap())
    }

    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let ended = self.run_git(arguments).ok();
        ended.stdout.trim_end().to_owned()
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        // What is changed in `.octopoid` is nothing to git.
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    /// Starts the command and leaves it running, with its warnings among what it prints.
    pub(crate) fn start_aloud(&self, arguments: &[&str]) -> Running {
        let mut command = self.prepare("sh");
        command.args(["-c", "exec \"$0\" \"$@\" 2>&1", PROGRAM]).args(arguments);
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        Running { child: Some(child), lines: follow(stdout), seen: Vec::new() }
    }

    /// Starts the command and leaves it running.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        self.start_with_env(arguments, &[])
    }

    /// The same with more in its environment.
    pub(crate) fn start_with_env(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Running {
        let mut command = self.command(arguments);
        let mut child = command.envs(environment.iter().copied()).stderr(Stdio::inherit()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        Running { child: Some(child), lines: follow(stdout), seen: Vec::new() }
    }
}

/// Three agents that the program itself plays.
pub(crate) fn agents() -> String {
    format!(
        "runner: command\nagents:\n  - name: worker\n    role: implement\n    instances: 2\n    command: [{PROGRAM:?}, sim-agent]\n  \
         - name: reviewer\n    role: review\n    command: [{PROGRAM:?}, sim-agent]\n"
    )
}

/// Waits for a process, but not for ever.
fn finish(mut child: Child) -> Ended {
    let (out, err) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let status = wait(&mut child);
    let text = |drained: mpsc::Receiver<Vec<u8>>| {
        String::from_utf8(drained.recv_timeout(GUARD).expect("the output ends")).expect("the output is text")
    };
    Ended { status, stdout: text(out), stderr: text(err) }
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).unwrap();
        }
        let _ = sender.send(bytes);
    });
    receiver
}

/// Waits for a process's end in a thread of its own, so that the guard can act.
fn wait(child: &mut Child) -> ExitStatus {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    let (sender, receiver) = mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        if receiver.recv_timeout(GUARD) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
    });
    let status = child.wait().unwrap();
    drop(sender);
    guard.join().unwrap();
    status
}

/// A command that runs.
#[derive(Debug)]
pub(crate) struct Running {
    child: Option<Child>,
    lines: mpsc::Receiver<String>,
    /// What it has printed so far.
    pub(crate) seen: Vec<String>,
}

fn follow(stdout: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Running {
    /// Waits until it prints a line with a text.
    #[track_caller]
    pub(crate) fn until(&mut self, text: &str) -> String {
        loop {
            match self.lines.recv_timeout(GUARD) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(error) => panic!("{error} before {text:?}; it said {:#?}", self.seen),
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.pid()).unwrap());
        nix::sys::signal::kill(pid, signal).unwrap();
    }

    /// Waits for its end, and gives everything that it printed.
    #[track_caller]
    pub(crate) fn end(mut self) -> (ExitStatus, Vec<String>) {
        let status = wait(self.child.as_mut().unwrap());
        self.child = None;
        while let Ok(line) = self.lines.recv_timeout(GUARD) {
            self.seen.push(line);
        }
        (status, std::mem::take(&mut self.seen))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
