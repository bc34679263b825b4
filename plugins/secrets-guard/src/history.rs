//! Every commit of the work, by the `git` program. What one commit adds and a later one removes is not in the diff of the
//! whole, and lands all the same when the commits do.

use crate::patch::{Patch, Said};
use octopoid_plugin::{Error, ErrorKind, Host};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

/// After how many lines the run is checked for cancellation.
const PACE: u64 = 10_000;

/// An addition of a commit.
#[derive(Debug)]
pub(crate) enum Brought<'a> {
    /// A line of its message.
    Message(&'a str),
    /// A new file.
    File(&'a str),
    /// A line in a file.
    Line { path: &'a str, number: Option<u64>, text: &'a str },
}

/// Hands on what each commit after `base` up to `head` adds, and returns the number of commits.
pub(crate) fn walk(
    folder: &Path,
    (base, head): (&str, &str),
    host: &Host,
    mut see: impl FnMut(&str, Brought<'_>),
) -> Result<u64, Error> {
    let mut child = command(folder, base, head).spawn().map_err(|error| {
        let folder = folder.display();
        Error::role(format!(
            "git could not be started in {folder}: {error}; install it, and see that it is on PATH"
        ))
    })?;
    let complaint = child.stderr.take().map(|stderr| thread::spawn(move || text(stderr)));
    let read = match child.stdout.take() {
        Some(stdout) => lines(stdout, host, &mut see),
        None => Ok(0),
    };
    finish(child, read.is_err()).and_then(|success| {
        let commits = read?;
        let complaint = complaint.and_then(|thread| thread.join().ok()).unwrap_or_default();
        if success {
            return Ok(commits);
        }
        let said = complaint.trim().lines().next_back().unwrap_or("it gave no reason").to_owned();
        Err(Error::role(format!("`git log -p` failed in {}: {said}", folder.display())))
    })
}

fn command(folder: &Path, base: &str, head: &str) -> Command {
    let mut command = Command::new("git");
    // Whatever the user has configured about how things look, this must be readable.
    command.args([
        "--no-pager",
        "-c",
        "core.quotePath=false",
        "-c",
        "log.showSignature=false",
        "log",
        "-p",
        "--cc",
    ]);
    command.args(["--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short", "-M", "-U0"]);
    command.args(["--src-prefix=a/", "--dst-prefix=b/", "--format=%x00%H%x00%B%x00"]);
    command.arg(format!("{base}..{head}")).arg("--");
    command.current_dir(folder).env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
    // Set by a hook that started the orchestrator, these would name another repository.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    // What was read before it failed is still worth saying.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn finish(mut child: Child, early: bool) -> Result<bool, Error> {
    if early {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
    }
    let status =
        child.wait().map_err(|error| Error::role(format!("the end of git was not seen: {error}")))?;
    Ok(status.success())
}

/// Reads `NUL commit NUL message NUL patch`, as often as there are commits.
fn lines(stdout: impl Read, host: &Host, see: &mut impl FnMut(&str, Brought<'_>)) -> Result<u64, Error> {
    let mut reader = BufReader::new(stdout);
    let (mut commit, mut patch) = (String::new(), Patch::default());
    let (mut commits, mut count, mut in_message) = (0, 0_u64, false);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let read = reader.read_until(b'\n', &mut bytes);
        if read.map_err(|error| Error::role(format!("the output of git cannot be read: {error}")))? == 0 {
            return Ok(commits);
        }
        count += 1;
        if count % PACE == 0 && host.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "the run is to stop"));
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end_matches(['\n', '\r']);
        let mut message = line;
        if !in_message
            && let Some((id, first)) = line.strip_prefix('\0').and_then(|rest| rest.split_once('\0'))
        {
            commit = id.chars().take(10).collect();
            (patch, commits, in_message, message) = (Patch::default(), commits + 1, true, first);
        }
        if in_message {
            let (words, ended) =
                message.split_once('\0').map_or((message, false), |(words, _)| (words, true));
            in_message = !ended;
            see(&commit, Brought::Message(words));
            continue;
        }
        match patch.line(line) {
            Said::New(path) => see(&commit, Brought::File(&path)),
            Said::Added(number, text) => see(&commit, Brought::Line { path: &patch.path, number, text }),
            Said::Other => {}
        }
    }
}
