//! Agents that outlive the orchestrator that started them.

use crate::support::{Ear, Place, place_at};
use octopoid_core::model::{RunId, StopReason};
use octopoid_core::runner::{AgentReport, AgentRequest, Runner};
use octopoid_roles::command::CommandRunner;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const FOLDER: &str = "OCTOPOID_TEST_FOLDER";

/// An agent that says that it runs, counts its starts, and works on when somebody opens the gate.
fn waiting_agent(place: &Place) -> AgentRequest {
    let mut request = place.request("");
    let gate = place.path().join("gate");
    if !gate.exists() {
        assert!(Command::new("mkfifo").arg(&gate).status().unwrap().success());
    }
    request.command = vec![place.script(&format!(
        "echo started >> {0}/starts; echo agent runs; read go < {0}/gate; echo agent goes on\n\
         echo '{{\"outcome\":\"submitted\",\"summary\":\"'$go'\"}}' > $OCTOPOID_RESULT",
        place.path().display()
    ))];
    request
}

fn open_gate(place: &Place, word: &str) {
    let mut gate = std::fs::OpenOptions::new().write(true).open(place.path().join("gate")).unwrap();
    writeln!(gate, "{word}").unwrap();
}

async fn until_exists(path: &Path) {
    while !path.exists() {
        tokio::task::yield_now().await;
    }
}

fn starts(place: &Place) -> usize {
    std::fs::read_to_string(place.path().join("starts")).unwrap_or_default().lines().count()
}

async fn run(place: &Place, request: &AgentRequest, ear: &Ear) -> AgentReport {
    CommandRunner::new(place.path()).with_grace(Duration::from_millis(200)).run(request, ear).await
}

/// Another process that starts the agent and is killed while the agent runs.
fn killed_orchestrator(place: &Place) {
    let mut first: Child = Command::new(std::env::current_exe().unwrap())
        .args(["adoption::the_first_orchestrator", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, place.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(first.stdout.take().unwrap()).lines();
    assert!(said.map_while(Result::ok).any(|line| line.contains("the agent is up")), "the agent came up");
    first.kill().unwrap();
    first.wait().unwrap();
}

#[tokio::test]
#[ignore = "the other tests of this file run it as a process of its own"]
#[expect(clippy::disallowed_methods, reason = "told by the test that starts it")]
async fn the_first_orchestrator() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        println!("left out: {FOLDER} is not set");
        return;
    };
    let place = place_at(Path::new(&folder));
    let request = waiting_agent(&place);
    let ear = Ear::default();
    tokio::join!(run(&place, &request, &ear), async {
        ear.until_said("agent runs").await;
        // A crash just before that would only tell the line twice.
        until_exists(&place.files().join("start-1/told.json")).await;
        println!("the agent is up");
    });
}

#[tokio::test]
async fn i09_an_agent_whose_orchestrator_was_killed_is_taken_up_again() {
    let place = Place::new();
    killed_orchestrator(&place);
    let request = waiting_agent(&place);
    let ear = Ear::default();
    let (report, ()) = tokio::join!(run(&place, &request, &ear), async {
        let gate = place.path().to_owned();
        tokio::task::spawn_blocking(move || open_gate(&place_at(&gate), "well")).await.unwrap();
    });
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    assert_eq!(report.result.unwrap()["summary"], "well");
    assert_eq!(starts(&place), 1, "it was not started again");
    assert!(ear.logs().contains(&"agent goes on".to_owned()), "{:?}", ear.logs());
    assert!(!ear.logs().contains(&"agent runs".to_owned()), "what was told before is not told twice");
}

#[tokio::test]
async fn i09_an_agent_that_finished_while_nobody_watched_is_read() {
    let place = Place::new();
    killed_orchestrator(&place);
    open_gate(&place, "alone");
    until_exists(&place.files().join("start-1/exit")).await;
    let report = run(&place, &waiting_agent(&place), &Ear::default()).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    assert_eq!(report.result.unwrap()["summary"], "alone");
    assert_eq!(starts(&place), 1);
}

#[tokio::test]
async fn an_adopted_agent_is_stopped_with_all_it_started() {
    let place = Place::new();
    killed_orchestrator(&place);
    let request = waiting_agent(&place);
    request.cancel.cancel();
    let report = run(&place, &request, &Ear::default()).await;
    assert_eq!(report.stop, StopReason::Cancelled);
    // It would have written its result, had it lived to see the gate opened.
    assert!(!crate::support::left_running(&place));
    assert!(!place.files().join("start-1/result.json").exists());
}

#[tokio::test]
async fn a_call_that_was_interrupted_is_made_again_beside_the_first() {
    let place = Place::new();
    let request = place.request("sim @1: say hanging\nsim @1: hang");
    let ear = Ear::default();
    let (report, ()) = tokio::join!(run(&place, &request, &ear), async {
        ear.until_said("hanging").await;
        request.cancel.cancel();
    });
    assert_eq!(report.stop, StopReason::Cancelled);
    let mut request = place.request("");
    request.run = RunId::new("task-7.1").unwrap();
    let report = run(&place, &request, &Ear::default()).await;
    assert_eq!(report.stop, StopReason::Completed);
    let first = std::fs::read_to_string(place.files().join("start-1/stdout")).unwrap();
    assert!(first.contains("hanging"), "i13: the interrupted one's output is kept");
    assert!(place.files().join("start-2/result.json").exists());
}

#[tokio::test]
async fn a_call_that_was_timed_out_stays_so() {
    let place = Place::new();
    let mut request = place.request("sim: hang");
    // Long enough for the program to start on a busy machine: a start that came to nothing would be made again.
    request.timeout = Duration::from_secs(3);
    assert_eq!(run(&place, &request, &Ear::default()).await.stop, StopReason::TimedOut);
    let again = run(&place, &place.request(""), &Ear::default()).await;
    assert_eq!(again.stop, StopReason::TimedOut);
}

/// What an orchestrator leaves that was killed at various moments, or with its whole machine.
#[tokio::test]
async fn a_start_that_came_to_nothing_is_made_again() {
    let elsewhere = r#"{"pid": 1, "start": 1, "boot": "before the restart"}"#;
    for (what, files, again) in [
        ("killed before the shell was started", &[][..], true),
        ("killed before the go-ahead", &[("process.json", elsewhere)][..], true),
        ("the machine went down under it", &[("process.json", elsewhere), ("started", "")][..], true),
        (
            "it was ended while the machine was shut down",
            &[("process.json", elsewhere), ("started", ""), ("exit", "143\n"), ("stderr", "Terminated\n")][..],
            true,
        ),
        (
            "it was killed at the end of the shutdown",
            &[("process.json", elsewhere), ("started", ""), ("exit", "137\n")][..],
            true,
        ),
        (
            "its status was not on the disk when the power failed",
            &[("process.json", elsewhere), ("started", ""), ("exit", "")][..],
            true,
        ),
        (
            "it ended, then the machine went down",
            &[("process.json", elsewhere), ("started", ""), ("exit", "3\n"), ("stderr", "no luck\n")][..],
            false,
        ),
    ] {
        let place = Place::new();
        let start = place.files().join("start-1");
        std::fs::create_dir_all(&start).unwrap();
        for (name, content) in files {
            std::fs::write(start.join(name), content).unwrap();
        }
        let report = run(&place, &place.request(""), &Ear::default()).await;
        if again {
            assert_eq!(report.stop, StopReason::Completed, "{what}");
        } else {
            let StopReason::Crashed { reason } = report.stop else { panic!("{what}") };
            assert!(reason.contains("exit status 3") && reason.contains("no luck"), "{reason}");
        }
        assert_eq!(place.files().join("start-2").exists(), again, "{what}");
    }
}
