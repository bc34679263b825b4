//! Calls of agents that were cut off with their machine, and agents that stay after they have reported.

use crate::support::{Ear, Place};
use octopoid_core::model::{SessionId, StopReason, Usage};
use octopoid_core::runner::{AgentEvent, AgentReport, AgentRequest, Runner};
use octopoid_roles::claude::ClaudeRunner;
use octopoid_roles::command::CommandRunner;
use std::fs;
use std::time::Duration;

/// What the machine went down with: a start whose process was of another boot, and what it had printed.
fn cut_off(place: &Place, stdout: &str, session: Option<&str>) {
    let folder = place.files().join("start-1");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("process.json"), r#"{"pid": 1, "start": 1, "boot": "another"}"#).unwrap();
    fs::write(folder.join("started"), "").unwrap();
    fs::write(folder.join("stdout"), stdout).unwrap();
    fs::write(folder.join("stderr"), "").unwrap();
    if let Some(session) = session {
        fs::write(folder.join("session"), session).unwrap();
    }
}

/// A program that writes down its arguments and what it reads, and then does `script`.
fn agent(place: &Place, script: &str) -> String {
    place.script(&format!("echo \"$@\" > {0}/arguments; cat > {0}/prompt; {script}", place.path().display()))
}

fn written(place: &Place, name: &str) -> String {
    fs::read_to_string(place.path().join(name)).unwrap()
}

fn turns(turns: u32) -> Usage {
    Usage::default().with_turns(turns).with_tokens(100 * u64::from(turns), 0)
}

const ANSWERS: &str = r#"{"type":"system","subtype":"init","session_id":"6f63746f-0000-5000-8000-000000000001"}
{"type":"assistant","message":{"id":"m1","content":[],"usage":{"input_tokens":100}}}
{"type":"assistant","message":{"id":"m2","content":[],"usage":{"input_tokens":100}}}
"#;
const ONE_MORE: &str =
    r#"{"type":"assistant","message":{"id":"m3","content":[],"usage":{"input_tokens":100}}}"#;
const RESULT: &str = r#"{"type":"result","subtype":"success","is_error":false,"num_turns":2,"result":"done","session_id":"6f63746f-0000-5000-8000-000000000001","model_usage_since_last_result":{"m":{"inputTokens":100}},"modelUsage":{}}"#;

async fn claude(place: &Place, script: &str) -> (AgentReport, Ear) {
    let mut request = place.request("");
    request.environment.insert("ANTHROPIC_API_KEY".into(), "sk-test".into());
    let runner = ClaudeRunner::new()
        .with_program(agent(place, script))
        .with_grace(Duration::from_millis(200))
        .with_linger(Duration::from_millis(300));
    let ear = Ear::default();
    let report = runner.run(&request, &ear).await;
    (report, ear)
}

#[tokio::test]
async fn i34_a_call_that_a_reboot_cut_off_goes_on_in_its_conversation_and_counts_what_was_used() {
    let place = Place::new();
    cut_off(&place, ANSWERS, Some("6f63746f-0000-5000-8000-000000000001"));
    let (report, ear) = claude(&place, &format!("echo '{ONE_MORE}'; echo '{RESULT}'")).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    assert!(written(&place, "arguments").contains("--resume 6f63746f-0000-5000-8000-000000000001"));
    let prompt = written(&place, "prompt");
    assert!(prompt.starts_with("Do what the task says.") && prompt.contains("were cut off"), "{prompt}");
    assert_eq!(report.usage, turns(3));
    assert_eq!(
        report.session.map(|id| id.to_string()).as_deref(),
        Some("6f63746f-0000-5000-8000-000000000001")
    );
    assert_eq!(ear.events().last(), Some(&AgentEvent::Usage(turns(3))));
}

#[tokio::test]
async fn a_conversation_that_was_lost_with_the_machine_is_begun_anew() {
    let place = Place::new();
    cut_off(&place, "", Some("6f63746f-0000-5000-8000-000000000001"));
    let script = format!(
        "case \"$*\" in *--resume*) echo 'No conversation found with session ID' >&2; exit 1;; esac; echo '{RESULT}'"
    );
    let (report, _) = claude(&place, &script).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    assert!(written(&place, "arguments").contains("--session-id"));
}

#[tokio::test]
async fn i34_a_program_of_ones_own_that_was_cut_off_counts_too() {
    let place = Place::new();
    let progress = r#"{"type":"progress","turns":2,"tokens":{"input":200},"session_id":"talk-1"}"#;
    cut_off(&place, &format!("{progress}\n"), None);
    let mut request = place.request("");
    let script = format!("echo '{progress}'; exit 3");
    request.command = vec![agent(&place, &script)];
    let ear = Ear::default();
    let report = CommandRunner::new(place.path()).run(&request, &ear).await;
    assert!(matches!(report.stop, StopReason::Crashed { .. }), "{report:?}");
    assert_eq!((report.usage, report.session), (turns(4), SessionId::new("talk-1").ok()));
    assert!(ear.events().contains(&AgentEvent::Session(SessionId::new("talk-1").unwrap())));
}

fn lingering(place: &Place, script: &str) -> AgentRequest {
    let mut request = place.request("");
    request.command = vec![agent(place, script)];
    request
}

#[tokio::test]
async fn a_result_counts_shortly_after_it_was_written_though_its_program_stays() {
    let place = Place::new();
    let script = r#"echo '{"outcome":"submitted","summary":"did it"}' > $OCTOPOID_RESULT; sleep 600"#;
    let runner = CommandRunner::new(place.path())
        .with_grace(Duration::from_millis(200))
        .with_linger(Duration::from_millis(300));
    let report = runner.run(&lingering(&place, script), &Ear::default()).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    assert_eq!(report.result.unwrap()["summary"], "did it");

    let place = Place::new();
    let (report, _) = claude(&place, &format!("echo '{RESULT}'; sleep 600")).await;
    assert_eq!((report.stop, report.text.as_str()), (StopReason::Completed, "done"));
}

#[tokio::test]
async fn a_program_that_is_still_heard_after_its_result_may_stay() {
    let place = Place::new();
    // It commits after its report, and says so all the time.
    let script = "echo '{\"outcome\":\"submitted\",\"summary\":\"x\"}' > $OCTOPOID_RESULT\n\
                  for i in 1 2 3 4 5 6 7 8; do echo working; sleep 0.1; done; echo done > late.txt";
    let runner = CommandRunner::new(place.path()).with_linger(Duration::from_millis(500));
    let report = runner.run(&lingering(&place, script), &Ear::default()).await;
    assert_eq!(report.stop, StopReason::Completed);
    assert_eq!(place.read("late.txt"), "done\n");
}
