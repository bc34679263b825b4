//! Starting a program, and leaving none of its processes behind.

use octopoid_core::model::{AgentName, RoleName, RunId, StopReason, TaskId};
use octopoid_core::process::{
    Command, DirectLauncher, LaunchPolicy, Launcher, Marker, ProgramKind, Signal, Start, StopPlan,
};
use octopoid_core::runner::AgentRequest;
use octopoid_core::runner::detached::{DetachedProcess, Launch, StartFolder};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::ChildStdout;

fn shell(script: &str) -> Start {
    let command = Command::new("/bin/sh").args(["-c", script]).env("PATH", "/usr/bin:/bin");
    Start::new(command, LaunchPolicy::new(ProgramKind::Script), Arc::new(DirectLauncher))
}

/// The numbers in the next line: process ids.
async fn ids(output: &mut BufReader<ChildStdout>) -> Vec<String> {
    let mut line = String::new();
    output.read_line(&mut line).await.unwrap();
    line.split_whitespace().map(str::to_owned).collect()
}

/// Waits for the end of processes that are not ours to wait for.
async fn until_gone(ids: &[String]) {
    let stat = |id: &str| std::fs::read_to_string(Path::new("/proc").join(id).join("stat"));
    let runs = |id: &String| stat(id).is_ok_and(|stat| !stat.contains(") Z"));
    while ids.iter().any(runs) {
        tokio::task::yield_now().await;
    }
}

#[test]
fn i28_a_program_sees_the_environment_of_its_command_alone() {
    let output = Start::new(
        Command::new("/usr/bin/env").env("ONLY", "this"),
        LaunchPolicy::new(ProgramKind::Tool),
        Arc::new(DirectLauncher),
    );
    assert_eq!(String::from_utf8(output.output().unwrap().stdout).unwrap(), "ONLY=this\n");
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_killed_with_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ids");
    let start = shell(&format!("sleep 600 & echo $$ $! > {}; wait", file.display()));
    assert!(start.output_within(Duration::from_secs(1)).unwrap().is_none());
    let ids = std::fs::read_to_string(&file).unwrap();
    until_gone(&ids.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).await;
    let quick = shell("echo out; echo err >&2; exit 3").output_within(Duration::from_secs(60));
    let quick = quick.unwrap().unwrap();
    assert_eq!(
        (quick.status.code(), &quick.stdout[..], &quick.stderr[..]),
        (Some(3), &b"out\n"[..], &b"err\n"[..])
    );
}

#[tokio::test]
async fn a_child_that_is_dropped_dies_with_its_group() {
    let mut child = shell("sleep 600 & echo $$ $!; wait").stdout(Stdio::piped()).spawn().unwrap();
    let ids = ids(&mut BufReader::new(child.take_stdout().unwrap())).await;
    assert_eq!((ids.len(), &ids[0]), (2, &child.identity().pid().to_string()));
    drop(child);
    until_gone(&ids).await;
}

#[tokio::test]
async fn a_process_in_a_session_of_its_own_is_found_by_the_marker() {
    let folder = tempfile::tempdir().unwrap();
    let marker = Marker::new("OCTOPOID_TEST_MARKER", folder.path().to_string_lossy());
    let script = "setsid sh -c 'echo $$; exec sleep 600' & wait";
    let mut child = shell(script).marker(marker.clone()).stdout(Stdio::piped()).spawn().unwrap();
    let ids = ids(&mut BufReader::new(child.take_stdout().unwrap())).await;
    assert!(marker.is_on(ids[0].parse().unwrap()), "{ids:?}");
    let other = Marker::new("OCTOPOID_TEST_MARKER", "/elsewhere");
    assert!(!other.is_on(ids[0].parse().unwrap()));
    assert_eq!(child.kill().await.unwrap().signal(), Some(Signal::Kill.number()));
    until_gone(&ids).await;
}

#[tokio::test]
async fn a_program_is_asked_to_end_before_it_is_killed() {
    let plan = StopPlan::new([Signal::Terminate]).with_grace(Duration::from_secs(60));
    let polite = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done";
    let mut child = shell(polite).stdout(Stdio::piped()).spawn().unwrap();
    ids(&mut BufReader::new(child.take_stdout().unwrap())).await;
    assert_eq!(child.stop(&plan).await.unwrap().code(), Some(7));

    let plan = plan.with_grace(Duration::from_millis(50));
    let deaf = "trap '' TERM; echo ready; while :; do sleep 0.01; done";
    let mut child = shell(deaf).stdout(Stdio::piped()).spawn().unwrap();
    ids(&mut BufReader::new(child.take_stdout().unwrap())).await;
    assert_eq!(child.stop(&plan).await.unwrap().signal(), Some(Signal::Kill.number()));
}

#[tokio::test]
async fn a_program_ends_with_its_own_status_though_what_it_left_is_killed() {
    let mut child = shell("sleep 600 & exit 5").spawn().unwrap();
    child.wait().await.unwrap();
    assert_eq!(child.kill().await.unwrap().code(), Some(5));
}

/// A sandbox that cannot be set up.
#[derive(Debug)]
struct Broken;

impl Launcher for Broken {
    fn wrap(&self, _command: Command, _policy: &LaunchPolicy) -> io::Result<Command> {
        Err(io::Error::other("no sandbox today"))
    }
}

#[tokio::test]
async fn a_program_is_not_started_without_its_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let command = Command::new("/bin/sh").args(["-c", "echo > started"]).current_dir(folder.path());
    let start = || Start::new(command.clone(), LaunchPolicy::new(ProgramKind::Agent), Arc::new(Broken));
    assert_eq!(start().output().unwrap_err().to_string(), "no sandbox today");
    assert_eq!(start().spawn().unwrap_err().to_string(), "no sandbox today");
    let (task, agent) = (TaskId::numbered(1), AgentName::new("a").unwrap());
    let files = folder.path().join("files");
    let role = RoleName::implement();
    let mut request =
        AgentRequest::new(RunId::of(&task, 1), task, 1, role, agent, "Work.", folder.path(), files);
    request.launcher = Arc::new(Broken);
    let launch = |_: &StartFolder| Ok(Launch::new(command.clone()));
    let stop = DetachedProcess::start(&request, StopPlan::new([]), launch).await.unwrap_err();
    let StopReason::Unavailable { problem, .. } = stop else { panic!("i17: not the task's fault: {stop:?}") };
    assert_eq!(problem, "cannot start /bin/sh: no sandbox today");
    assert!(!folder.path().join("started").exists());
}
