//! `octopoid start --daemon`: starts this program again in its own process group, with its output in a file.

use crate::args::Start;
use crate::context::Context;
use crate::error::{CliError, IoContext, Kind, Result};
use crate::installation::Installation;
use crate::output::style;
use crate::watch::FolderWatch;
use octopoid_core::orchestrator::Status;
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read, Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

pub(super) async fn start(args: &Start, context: &Context, installation: &Installation) -> Result<()> {
    let layout = &installation.layout;
    std::fs::create_dir_all(layout.runtime()).doing("make the folder for the orchestrator's state")?;
    std::fs::create_dir_all(layout.logs()).doing("make the folder for logs")?;
    let log = layout.logs().join("daemon.log");
    let file =
        OpenOptions::new().create(true).append(true).open(&log).doing("open the background process's log")?;
    let from = file.metadata().doing("read the background process's log")?.len();
    let second = file.try_clone().doing("open the background process's log")?;
    let mut watch = FolderWatch::new(&layout.runtime());

    let mut command = Command::new(&context.environment.program);
    command.arg("--dir").arg(&installation.root);
    if context.output.verbose {
        command.arg("--verbose");
    }
    command.args(["start", "--in-background"]);
    if let Some(agents) = args.agents {
        command.args(["--agents", &agents.to_string()]);
    }
    if args.dashboard {
        command.arg("--dashboard");
    }
    if let Some(port) = args.dashboard_port {
        command.args(["--dashboard-port", &port.to_string()]);
    }
    // The background process writes the link into its standard input: it is in no file, where an agent could find it (I39).
    let (link, theirs) = UnixStream::pair().doing("make a socket for the link to the dashboard")?;
    command.stdin(if args.dashboard { OwnedFd::from(theirs).into() } else { Stdio::null() });
    command.stdout(file).stderr(second).current_dir(&installation.root).process_group(0);
    let mut child = command.spawn().doing("start the background process")?;
    let pid = child.id();
    loop {
        // The status file is written only once the folder is the new process's own.
        if reported_pid(&layout.status()) == Some(pid) {
            break;
        }
        if let Some(status) = child.try_wait().doing("wait for the background process")? {
            let words = since(&log, from);
            let why =
                words.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it said nothing");
            let kind = match status.code() {
                Some(3) => Kind::Configuration,
                Some(5) => Kind::Refused,
                Some(6) => Kind::Unavailable,
                _ => Kind::Failure,
            };
            return Err(CliError::new(kind, format!("the background process ended at once: {why}"))
                .hint(format!("its output is in {}", log.display())));
        }
        watch.changed().await;
    }
    let output = context.output;
    output.line(format_args!("{} in the background, process {pid}", style::paint(style::GOOD, "started")));
    output.note(format_args!("  log     {}", log.display()));
    // The other end is open in the process alone.
    drop(command);
    let link = if args.dashboard { line_of(link) } else { None };
    if let Some(link) = &link {
        output.note(format_args!("  dashboard  {link}"));
        output.note("  the link works once, within 15 minutes; `octopoid dashboard --web` serves another");
    }
    output.note("  octopoid status shows what it does, octopoid stop ends it");
    output.json(&json!({ "pid": pid, "log": log, "dashboard": link }));
    Ok(())
}

/// Reads a line; `None` if the other side ends without one.
fn line_of(socket: UnixStream) -> Option<String> {
    let mut line = String::new();
    BufReader::new(socket).read_line(&mut line).ok()?;
    Some(line.trim_end().to_owned()).filter(|line| !line.is_empty())
}

fn reported_pid(path: &Path) -> Option<u32> {
    serde_json::from_slice::<Status>(&std::fs::read(path).ok()?).ok().map(|status| status.pid)
}

/// Returns what was added to a file.
fn since(path: &Path, from: u64) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(from))?;
        file.take(1 << 20).read_to_end(&mut bytes)
    });
    if read.is_err() {
        return String::new();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
