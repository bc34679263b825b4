//! Agents of two-way protocols that outlive the orchestrator that started them.

use super::{BOTH, Protocol};
use crate::support::{Ear, Place, left_running, place_at};
use octopoid_core::model::StopReason;
use octopoid_core::runner::AgentRequest;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const FOLDER: &str = "OCTOPOID_TEST_FOLDER";
const PROTOCOL: &str = "OCTOPOID_TEST_PROTOCOL";

fn waiting_agent(protocol: Protocol, place: &Place) -> AgentRequest {
    let gate = place.path().join("gate");
    if !gate.exists() {
        assert!(Command::new("mkfifo").arg(&gate).status().unwrap().success());
    }
    let script = "sim: append starts.txt start\nsim: say agent runs\nsim: gate ../gate\nsim: say agent goes on\n\
                  sim: write a.txt hello\nsim: commit Add a";
    protocol.request(place, script)
}

fn open_gate(place: &Place) {
    let mut gate = std::fs::OpenOptions::new().write(true).open(place.path().join("gate")).unwrap();
    writeln!(gate, "go").unwrap();
}

/// Another process that starts the agent and is killed while the agent runs.
fn killed_orchestrator(protocol: Protocol, place: &Place) {
    let mut first = Command::new(std::env::current_exe().unwrap())
        .args(["two_way::adoption::the_first_orchestrator", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, place.path())
        .env(PROTOCOL, format!("{protocol:?}"))
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
    let codex = std::env::var_os(PROTOCOL).is_some_and(|name| name == "Codex");
    let protocol = if codex { Protocol::Codex } else { Protocol::Acp };
    let place = place_at(Path::new(&folder));
    let request = waiting_agent(protocol, &place);
    let (ear, runner) = (Ear::default(), protocol.runner(&place));
    tokio::join!(runner.run(&request, &ear), async {
        ear.until_said("agent runs").await;
        println!("the agent is up");
    });
}

#[tokio::test]
async fn i09_an_agent_whose_orchestrator_was_killed_is_taken_up_again() {
    for protocol in BOTH {
        let place = Place::new();
        killed_orchestrator(protocol, &place);
        let request = waiting_agent(protocol, &place);
        let (ear, runner) = (Ear::default(), protocol.runner(&place));
        let (report, ()) = tokio::join!(runner.run(&request, &ear), async {
            let place = place.path().to_owned();
            tokio::task::spawn_blocking(move || open_gate(&place_at(&place))).await.unwrap();
        });
        assert_eq!(report.stop, StopReason::Completed, "{protocol:?}: {report:?} {:?}", ear.logs());
        assert_eq!(report.result.as_ref().unwrap()["outcome"], "submitted");
        assert_eq!(place.subjects(), ["first", "Add a"]);
        assert_eq!(place.read("starts.txt"), "start\n", "it was not started again");
        assert!(ear.texts().contains(&"agent goes on".to_owned()), "{:?}", ear.texts());
        assert!(report.session.is_some() && report.usage.turns >= 4, "{report:?}");
    }
}

#[tokio::test]
async fn i09_an_agent_that_finished_while_nobody_watched_is_read() {
    for protocol in BOTH {
        let place = Place::new();
        killed_orchestrator(protocol, &place);
        open_gate(&place);
        while !place.files().join("start-1/exit").exists() {
            tokio::task::yield_now().await;
        }
        let (report, _) = protocol.run(&place, &waiting_agent(protocol, &place)).await;
        assert_eq!(report.stop, StopReason::Completed, "{protocol:?}: {report:?}");
        assert_eq!(place.read("starts.txt"), "start\n");
    }
}

#[tokio::test]
async fn an_adopted_agent_is_stopped_with_its_host() {
    for protocol in BOTH {
        let place = Place::new();
        killed_orchestrator(protocol, &place);
        let request = waiting_agent(protocol, &place);
        request.cancel.cancel();
        let (report, _) = protocol.run(&place, &request).await;
        assert_eq!(report.stop, StopReason::Cancelled, "{protocol:?}");
        assert!(report.session.is_some(), "{report:?}");
        assert!(!left_running(&place));
    }
}
