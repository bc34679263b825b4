//! A runner in memory, right or wrong in one way.

use super::fails;
use async_trait::async_trait;
use octopoid_core::model::{AgentName, RoleName, RunId, SessionId, StopReason, TaskId, Usage};
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable,
};
use octopoid_core::testing::conformance::runner::{Act, STARTS, Stage, cases, check};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Wrong in what the case of this name looks at; right in everything where there is none.
#[derive(Debug, Clone, Copy)]
struct InMemory {
    fault: Option<&'static str>,
}

impl InMemory {
    fn is(&self, fault: &str) -> bool {
        self.fault == Some(fault)
    }

    async fn act(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        let session = request.resume.clone().or(SessionId::new("talk").ok());
        session.clone().map(AgentEvent::Session).into_iter().for_each(|event| sink.event(event));
        let stop = match request.command[0].as_str() {
            "WorksOn" => {
                sink.event(AgentEvent::Text("working".to_owned()));
                tokio::select! {
                    () = request.cancel.cancelled() => StopReason::Cancelled,
                    () = tokio::time::sleep(request.timeout) => StopReason::TimedOut,
                    () = tokio::time::sleep(request.idle_timeout) => StopReason::Silent,
                }
            }
            "Crashes" => StopReason::Crashed { reason: "exit status 3".to_owned() },
            _ => StopReason::Completed,
        };
        let wrong = StopReason::Crashed { reason: "oh".to_owned() };
        let stop = match stop {
            StopReason::Cancelled if self.is("an_agent_that_is_cancelled_stops") => wrong,
            StopReason::TimedOut if self.is("the_longest_time_is_kept") => wrong,
            StopReason::Silent if self.is("the_longest_silence_is_kept") => StopReason::TimedOut,
            StopReason::Crashed { .. } if self.is("a_crash_has_its_reason") => StopReason::Completed,
            stop => stop,
        };
        let mut report = AgentReport::stopped(stop);
        report.session = session.filter(|_| !self.is("a_conversation_is_told_and_can_be_resumed"));
        report.usage = Usage::default().with_turns(2);
        if !self.is("what_was_used_is_told_and_reported") {
            sink.event(AgentEvent::Usage(report.usage));
        }
        let reports = match request.command[0].as_str() {
            "Reports" => !self.is("i14_a_result_is_handed_over"),
            "ReportsNothing" => self.is("i14_no_result_is_none"),
            _ => false,
        };
        report.result = reports.then(|| json!({ "outcome": "submitted", "summary": "did it" }));
        report
    }
}

#[async_trait]
impl Runner for InMemory {
    fn name(&self) -> &str {
        if self.is("it_has_a_name") { "" } else { "memory" }
    }

    fn resumes_sessions(&self) -> bool {
        true
    }

    async fn check(&self, request: &RunnerCheck) -> Result<(), Unavailable> {
        let missing = request.command[0] == "missing";
        let refused = match self.fault {
            Some("i17_an_agent_that_is_not_installed_is_unavailable") => false,
            Some("a_call_that_can_be_made_passes_the_check") => true,
            _ => missing,
        };
        let why = Unavailable::new("it is missing", "install it");
        if refused { Err(why) } else { Ok(()) }
    }

    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        let kept = request.files.join("report.json");
        if let Ok(bytes) = std::fs::read(&kept)
            && !self.is("i09_a_finished_call_is_read_and_not_made_again")
        {
            return serde_json::from_slice(&bytes).unwrap();
        }
        if request.cancel.is_cancelled()
            && !self.is("a_call_that_is_cancelled_before_it_begins_starts_no_agent")
        {
            return AgentReport::stopped(StopReason::Cancelled);
        }
        if request.command[0] == "missing" {
            let (problem, remedy) = ("it is missing".to_owned(), "install it".to_owned());
            return AgentReport::stopped(StopReason::Unavailable { problem, remedy });
        }
        let starts = std::fs::File::options().append(true).create(true).open(request.directory.join(STARTS));
        match starts {
            Ok(mut file) => writeln!(file, "start").unwrap(),
            Err(error) if self.is("i36_a_folder_that_is_gone_is_an_end") => panic!("{error}"),
            Err(error) => return AgentReport::stopped(StopReason::Crashed { reason: error.to_string() }),
        }
        let report = self.act(request, sink).await;
        std::fs::write(kept, serde_json::to_vec(&report).unwrap()).unwrap();
        report
    }
}

struct Memory {
    runner: InMemory,
    folders: Mutex<Vec<TempDir>>,
}

impl Memory {
    fn new(fault: Option<&'static str>) -> Self {
        Self { runner: InMemory { fault }, folders: Mutex::default() }
    }
}

impl Stage for Memory {
    fn runner(&self) -> Arc<dyn Runner> {
        Arc::new(self.runner)
    }

    fn call(&self, act: Act) -> AgentRequest {
        let folder = tempfile::tempdir().unwrap();
        let (directory, files) = (folder.path().join("work"), folder.path().join("files"));
        for folder in [&directory, &files] {
            std::fs::create_dir(folder).unwrap();
        }
        self.folders.lock().unwrap().push(folder);
        let (task, agent) = (TaskId::numbered(1), AgentName::new("a").unwrap());
        let run = RunId::of(&task, 1);
        let mut request =
            AgentRequest::new(run, task, 1, RoleName::implement(), agent, "Act.", directory, files);
        request.command = vec![format!("{act:?}")];
        request
    }

    fn uninstalled(&self) -> Option<(Arc<dyn Runner>, AgentRequest)> {
        let mut request = self.call(Act::Reports);
        request.command = vec!["missing".to_owned()];
        Some((self.runner(), request))
    }
}

#[tokio::test(start_paused = true)]
async fn a_right_runner_passes() {
    check(&Memory::new(None)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn each_fault_of_a_runner_fails_its_case() {
    for case in cases() {
        fails(check(&Memory::new(Some(case))).await, case);
    }
}
