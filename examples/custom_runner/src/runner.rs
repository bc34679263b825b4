//! The runner: between Octopoid's words and the agent's.

use super::oracle::{Oracle, Question, Said};
use async_trait::async_trait;
use octopoid_core::clock::Clock;
use octopoid_core::model::{SessionId, StopReason, Usage};
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable,
};
use std::path::Path;
use std::sync::Arc;

/// Drives an [`Oracle`].
#[derive(Debug)]
pub(crate) struct OracleRunner {
    oracle: Oracle,
    clock: Arc<dyn Clock>,
}

impl OracleRunner {
    pub(crate) fn new(oracle: Oracle, clock: Arc<dyn Clock>) -> Self {
        Self { oracle, clock }
    }

    /// Asks, and listens until the last word or until one of three clocks says that it is enough.
    async fn talk(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        let mut report = AgentReport::stopped(StopReason::Completed);
        let stop = request.cancel.child_token();
        let mut said = self.oracle.ask(Question {
            text: request.prompt.clone(),
            folder: request.directory.clone(),
            most_thoughts: request.max_turns,
            most_cents: request.budget_usd.map(cents),
            conversation: request.resume.as_ref().map(ToString::to_string),
            stop: stop.clone(),
        });
        let too_long = self.clock.sleep(request.timeout);
        tokio::pin!(too_long);
        report.stop = loop {
            let word = tokio::select! {
                // This clock comes first: it also holds for an agent that never stops talking.
                biased;
                () = &mut too_long => break StopReason::TimedOut,
                word = said.recv() => word,
                () = self.clock.sleep(request.idle_timeout) => break StopReason::Silent,
            };
            match word {
                Some(Said::Conversation(name)) => {
                    report.session = SessionId::new(name).ok();
                    if let Some(session) = report.session.clone() {
                        sink.event(AgentEvent::Session(session));
                    }
                }
                Some(Said::Words(words)) => {
                    report.text.clone_from(&words);
                    sink.event(AgentEvent::Text(words));
                }
                Some(Said::Writes { file }) => {
                    sink.event(AgentEvent::Tool { name: "write".to_owned(), input: file });
                }
                Some(Said::Spent { thoughts, cents }) => {
                    let cost_usd = f64::from(cents) / 100.0;
                    report.usage = Usage::default().with_turns(thoughts).with_cost_usd(cost_usd);
                    sink.event(AgentEvent::Usage(report.usage));
                }
                Some(Said::Done(result)) => {
                    report.result = Some(result);
                    break StopReason::Completed;
                }
                Some(last) => break self.ends(last),
                None => break StopReason::Crashed { reason: "the oracle said nothing more".to_owned() },
            }
        };
        // Whatever the end was, nothing of it works on.
        stop.cancel();
        report
    }

    /// What the other last words mean. The class decides what becomes of the task: limits and a machine's faults are
    /// charged to nobody.
    fn ends(&self, last: Said) -> StopReason {
        match last {
            Said::Stopped => StopReason::Cancelled,
            Said::OutOfThoughts => StopReason::MaxTurns,
            Said::OutOfCents => StopReason::Budget,
            Said::ComeBack { after } => StopReason::RateLimited {
                retry_at: Some(self.clock.now() + after),
                message: "it was asked too often".to_owned(),
            },
            Said::TooBusy => {
                StopReason::Overloaded { retry_at: None, message: "others ask as well".to_owned() }
            }
            Said::WrongPassword => StopReason::Unavailable {
                problem: "the oracle does not take the password".to_owned(),
                remedy: "set ORACLE_PASSWORD".to_owned(),
            },
            other => StopReason::Crashed { reason: format!("the oracle ended with {other:?}") },
        }
    }
}

#[async_trait]
impl Runner for OracleRunner {
    fn name(&self) -> &str {
        "oracle"
    }

    fn resumes_sessions(&self) -> bool {
        true
    }

    async fn check(&self, request: &RunnerCheck) -> Result<(), Unavailable> {
        // Asked before any task is touched, so it looks at settings only.
        match request.environment.contains_key("ORACLE_CLOSED") {
            false => Ok(()),
            true => Err(Unavailable::new("the oracle is closed", "unset ORACLE_CLOSED")),
        }
    }

    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        // If the program was killed after the agent had ended, it is not asked again. One that outlives the program would
        // be taken up here; this one dies with us.
        let file = request.files.join("oracle.json");
        if let Some(report) = kept(&file) {
            sink.event(AgentEvent::Log("the answer was there already".to_owned()));
            return report;
        }
        let report = self.talk(request, sink).await;
        if report.stop != StopReason::Cancelled
            && let Err(error) = keep(&file, &report)
        {
            sink.event(AgentEvent::Log(format!("the answer cannot be kept in {}: {error}", file.display())));
        }
        report
    }
}

fn kept(file: &Path) -> Option<AgentReport> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// Under another name first, so that a half-written one is never read.
fn keep(file: &Path, report: &AgentReport) -> std::io::Result<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, serde_json::to_vec(report)?)?;
    std::fs::rename(new, file)
}

/// US dollars in the oracle's coin, rounded down: it must not cost more than it may.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which is right here"
)]
fn cents(dollars: f64) -> u32 {
    (dollars * 100.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use octopoid_core::clock::SystemClock;
    use octopoid_core::model::{AgentName, RoleName, RunId, TaskId};
    use std::sync::Mutex;

    #[derive(Default)]
    struct Heard(Mutex<Vec<AgentEvent>>);

    impl AgentSink for Heard {
        fn event(&self, event: AgentEvent) {
            self.0.lock().unwrap().push(event);
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_on_disk_is_not_asked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let oracle = Oracle::default();
        let runner = OracleRunner::new(oracle.clone(), Arc::new(SystemClock));
        let request = AgentRequest::new(
            RunId::new("run-1").unwrap(),
            TaskId::numbered(1),
            1,
            RoleName::implement(),
            AgentName::new("pythia").unwrap(),
            "What is the answer?",
            folder.path(),
            folder.path(),
        );
        let first = Heard::default();
        let report = runner.run(&request, &first).await;
        assert_eq!(report.stop, StopReason::Completed);
        assert_eq!((report.usage.turns, report.session.is_some()), (3, true));
        assert!(first.0.lock().unwrap().contains(&AgentEvent::Text("let me think".to_owned())));
        // As after a crash: the same call, another process.
        let again = OracleRunner::new(oracle.clone(), Arc::new(SystemClock));
        assert_eq!(again.run(&request, &Heard::default()).await, report);
        assert_eq!(oracle.asked(), 1);
    }
}
