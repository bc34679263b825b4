//! The host process, from its input to its exit status.

use super::dialogue::Dialogue;
use super::spec::{HostSpec, Protocol};
use super::talk::Talk;
use crate::acp::AcpDialogue;
use crate::codex::CodexDialogue;
use octopoid_core::process::{Command, DirectLauncher, LaunchPolicy, ProgramKind, Start};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// The exit status when the host process itself fails: `EX_SOFTWARE`.
const BROKEN: u8 = 70;

/// Hosts one agent for the runner that wrote `spec`, and returns the exit code. The agent gets `environment`.
///
/// A program's `main` calls this and nothing else. Prints to standard output; why it failed goes to standard error.
pub fn host_process(spec: &Path, environment: &BTreeMap<String, String>) -> ExitCode {
    let hosted = || -> io::Result<u8> {
        let spec: HostSpec = serde_json::from_slice(&std::fs::read(spec)?)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(host(&spec, environment))
    };
    match hosted() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            use io::Write;
            // Nothing is left to say it to when that fails too.
            let _ = writeln!(io::stderr(), "cannot host the agent: {error}");
            ExitCode::from(BROKEN)
        }
    }
}

async fn host(spec: &HostSpec, environment: &BTreeMap<String, String>) -> io::Result<u8> {
    let stop = stop_signals()?;
    let dialogue: Box<dyn Dialogue> = match spec.protocol {
        Protocol::Acp => Box::new(AcpDialogue::new(spec)),
        Protocol::Codex => Box::new(CodexDialogue::new(spec)),
    };
    // Already within the bounds that the launcher has set for this process.
    let launcher = Arc::new(DirectLauncher);
    let command =
        Command::new(&spec.program).args(&spec.arguments).envs(environment).current_dir(&spec.directory);
    let child = Start::new(command, LaunchPolicy::new(ProgramKind::Agent), launcher)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    Talk::hold(spec, dialogue, child, stop, &mut io::stdout().lock()).await
}

/// Receives a message for each signal that asks this process to stop.
fn stop_signals() -> io::Result<mpsc::Receiver<()>> {
    let (sender, receiver) = mpsc::channel(1);
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let (mut signals, sender) = (signal(kind)?, sender.clone());
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if sender.send(()).await.is_err() {
                    return;
                }
            }
        });
    }
    Ok(receiver)
}
