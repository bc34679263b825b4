//! What a run leaves for people.

use super::setting::Setting;
use octopoid_core::model::{
    AgentName, ArtifactKey, ArtifactKind, CommitId, Queue, RoleName, RunId, Scope, TaskId,
};
use octopoid_core::orchestrator::{AgentSettings, LocalArtifacts, Orchestrator, TestSettings};
use octopoid_core::store::ArtifactReader;
use octopoid_core::testing::PlainRole;
use octopoid_roles::command::CommandRunner;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const SECRET: &str = "s3cret-of-the-agent";

/// No wait takes so long unless what is waited for never comes.
const NEVER: Duration = Duration::from_secs(60);

/// An agent that prints what programs print, and holds on in the middle of it for as long as a file is there.
const AGENT: &str = r#"
set -e
if [ "$OCTOPOID_ROLE" = review ]; then
    echo 'looking at it'
    echo '{"outcome":"approved","feedback":""}' > "$OCTOPOID_RESULT"
    exit
fi
echo '{"type":"progress","text":"begin","turns":1}'
echo "{\"type\":\"tool_result\",\"content\":\"the token is $API_TOKEN\"}"
echo '{"type":"progress","text":"middle","turns":2}'
while [ -e "$HOLD" ]; do sleep 0.02; done
echo "key: $API_TOKEN" > hello.txt
git add -A
git commit -qm 'Say hello'
echo '{"type":"progress","text":"end","turns":3}'
printf 'no end of line'
echo '{"outcome":"submitted","summary":"did it"}' > "$OCTOPOID_RESULT"
"#;

const TRANSCRIPT: &str = r#"{"type":"progress","text":"begin","turns":1}
{"type":"tool_result","content":"the token is [API_TOKEN]"}
{"type":"progress","text":"middle","turns":2}
{"type":"progress","text":"end","turns":3}
no end of line
"#;

/// A task, for real programs.
struct Case {
    setting: Setting,
    task: TaskId,
    hold: PathBuf,
}

impl Case {
    async fn new() -> Self {
        let mut setting = Setting::new(super::setting::content);
        let hold = setting.repository.beside("hold");
        std::fs::write(setting.repository.beside("agent.sh"), AGENT).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test hands its own environment on")]
        let own = std::env::vars();
        let more = [("API_TOKEN", SECRET.to_owned()), ("HOLD", hold.display().to_string())];
        let more = more.map(|(name, value)| (name.to_owned(), value));
        setting.settings = setting
            .settings
            .clone()
            .with_environment(own.chain(more).collect())
            .with_test(TestSettings::new("echo testing; cat hello.txt"));
        let task = setting.enqueue("Say hello").await;
        Self { setting, task, hold }
    }

    async fn orchestrator(&self) -> Orchestrator {
        let script = self.setting.repository.beside("agent.sh").display().to_string();
        let agent = |name: &str, role| {
            let settings = AgentSettings::new(AgentName::new(name).unwrap(), role).with_runner("command");
            let mut settings = settings.with_command(["/bin/sh", &script]);
            settings.env = vec!["API_TOKEN".to_owned(), "HOLD".to_owned()];
            settings
        };
        Orchestrator::builder()
            .store(self.setting.store.clone())
            .repository(self.setting.repository.path())
            .settings(self.setting.settings.clone())
            .role(Arc::new(PlainRole::implement()))
            .role(Arc::new(PlainRole::review()))
            .runner(Arc::new(CommandRunner::new(self.setting.repository.path())))
            .agent(agent("worker", RoleName::implement()))
            .agent(agent("reviewer", RoleName::review()))
            .build()
            .await
            .unwrap()
    }

    fn artifacts(&self, orchestrator: &Orchestrator) -> LocalArtifacts {
        LocalArtifacts::new(orchestrator.layout().clone(), Scope::single())
    }

    fn key(&self, number: u32, kind: ArtifactKind) -> ArtifactKey {
        ArtifactKey::new(Scope::single(), self.task.clone(), RunId::of(&self.task, number), kind)
    }

    /// An artifact as text; empty where there is none.
    async fn text(&self, artifacts: &LocalArtifacts, number: u32, kind: ArtifactKind) -> String {
        let part = artifacts.read(&self.key(number, kind), 0, u64::MAX).await;
        String::from_utf8(part.map(|part| part.bytes).unwrap_or_default()).unwrap()
    }

    /// Waits until an artifact has some words.
    async fn until(&self, artifacts: &LocalArtifacts, kind: ArtifactKind, words: &str) {
        let waiting = async {
            while !self.text(artifacts, 1, kind).await.contains(words) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(NEVER, waiting).await.expect("what is waited for comes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_i28_each_run_leaves_its_log_transcript_diff_and_tests_without_secrets() {
    let case = Case::new().await;
    let orchestrator = case.orchestrator().await;
    let artifacts = case.artifacts(&orchestrator);
    orchestrator.run_until_idle().await.unwrap();
    assert_eq!(case.setting.task(&case.task).await.queue(), Queue::Done);

    let listed = artifacts.list(&Scope::single(), &case.task).await.unwrap();
    let names: Vec<_> = listed.iter().map(|artifact| artifact.key().to_string()).collect();
    let of_work =
        ["log of task-1.1", "transcript of task-1.1", "diff of task-1.1", "test_output of task-1.1"];
    assert_eq!(
        names,
        [&of_work[..], &["log of task-1.2", "transcript of task-1.2", "log of task-1.3"]].concat()
    );

    assert_eq!(case.text(&artifacts, 1, ArtifactKind::Transcript).await, TRANSCRIPT);
    assert_eq!(case.text(&artifacts, 2, ArtifactKind::Transcript).await, "looking at it\n");
    let tests = case.text(&artifacts, 1, ArtifactKind::TestOutput).await;
    assert_eq!(tests, "$ echo testing; cat hello.txt\ntesting\nkey: [API_TOKEN]\n");
    let diff = case.text(&artifacts, 1, ArtifactKind::Diff).await;
    assert!(
        diff.starts_with("diff --git a/hello.txt b/hello.txt\n") && diff.ends_with("+key: [API_TOKEN]\n"),
        "{diff}"
    );
    let log = case.text(&artifacts, 1, ArtifactKind::Log).await;
    assert!(log.contains("middle") && log.contains("the task is in `provisional`"), "{log}");
    for artifact in listed {
        let part = artifacts.read(&artifact.key(), 0, u64::MAX).await.unwrap();
        assert_eq!(part.total, artifact.bytes);
        assert!(!String::from_utf8(part.bytes).unwrap().contains(SECRET), "{}", artifact.key());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_the_transcript_of_a_run_that_is_taken_up_again_is_whole_and_has_everything_once() {
    let case = Case::new().await;
    std::fs::write(&case.hold, "").unwrap();
    let orchestrator = case.orchestrator().await;
    let artifacts = case.artifacts(&orchestrator);
    let killed = tokio::spawn(orchestrator.run_until_idle());
    // It is read while the agent works.
    case.until(&artifacts, ArtifactKind::Transcript, "middle").await;
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());

    let orchestrator = case.orchestrator().await;
    let running = tokio::spawn(orchestrator.run_until_idle());
    std::fs::remove_file(&case.hold).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(case.setting.task(&case.task).await.queue(), Queue::Done);
    assert_eq!(case.text(&artifacts, 1, ArtifactKind::Transcript).await, TRANSCRIPT);
    let runs = case.setting.runs(&case.task).await;
    assert_eq!(runs.len(), 3, "the same run went on");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_diff_is_that_of_the_work_that_was_submitted() {
    let case = Case::new().await;
    case.orchestrator().await.run_until_idle().await.unwrap();
    let run = case.setting.runs(&case.task).await.remove(0);
    let (base, head): (CommitId, CommitId) = (run.base.unwrap(), run.head.unwrap());
    let git = case.setting.repository.git(&["diff", base.as_str(), head.as_str()]);
    let artifacts = case.artifacts(&case.orchestrator().await);
    let diff = case.text(&artifacts, 1, ArtifactKind::Diff).await;
    assert_eq!(diff.trim_end(), git.replace(SECRET, "[API_TOKEN]").trim_end());
}
