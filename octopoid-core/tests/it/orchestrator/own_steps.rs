//! Named steps, and steps of the embedding program's own.

use super::gates::{roles_of, setting};
use super::setting::{Setting, content};
use async_trait::async_trait;
use octopoid_core::model::{Queue, Run, StepStatus, TaskId};
use octopoid_core::orchestrator::{BuildError, Step, StepContext, StepEnd, TestSettings};
use std::error::Error;
use std::sync::{Arc, Mutex};

/// Answers as it is told, the last answer again and again, and keeps what it was asked.
#[derive(Debug, Default)]
struct Announce {
    answers: Mutex<Vec<StepEnd>>,
    asked: Mutex<Vec<StepContext>>,
}

impl Announce {
    fn with(answers: impl IntoIterator<Item = StepEnd>) -> Arc<Self> {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Arc::new(Self { answers: Mutex::new(answers), asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<StepContext> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Step for Announce {
    fn name(&self) -> &str {
        "announce"
    }

    async fn run(&self, context: &StepContext) -> Result<StepEnd, Box<dyn Error + Send + Sync>> {
        self.asked.lock().unwrap().push(context.clone());
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop() } else { answers.first().cloned() };
        answer.ok_or_else(|| "the loudspeaker is broken".into())
    }
}

fn landing(steps: &str) -> String {
    format!(
        r#"{{"transitions": [
            {{"from": "claimed", "to": "provisional", "steps": ["rebase", "run_tests"]}},
            {{"from": "provisional", "to": "done", "conditions": [{{"role": "review"}}], "steps": {steps}}}
        ]}}"#
    )
}

async fn run(setting: &Setting, step: &Arc<Announce>) {
    let orchestrator = setting.builder().step(step.clone()).build().await.unwrap();
    orchestrator.run_until_idle().await.unwrap();
}

fn status(runs: &[Run], name: &str) -> Vec<StepStatus> {
    runs.iter().flat_map(|run| &run.steps).filter(|step| step.name == name).map(|step| step.status).collect()
}

async fn done(setting: &Setting, id: &TaskId) -> bool {
    setting.task(id).await.queue() == Queue::Done
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_step_sees_the_work_before_and_after_the_merge() {
    for (steps, merged) in [
        (r#"["rebase", "run_tests", "announce", "merge"]"#, false),
        (r#"["rebase", "run_tests", "merge", "announce"]"#, true),
    ] {
        let setting = setting(&landing(steps), content);
        let id = setting.enqueue("Loud").await;
        let step = Announce::with([StepEnd::Done("said it".to_owned())]);
        run(&setting, &step).await;
        assert!(done(&setting, &id).await);
        let asked = step.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(
            (asked[0].merged, &asked[0].task.id, asked[0].base_branch.as_str()),
            (merged, &id, "main")
        );
        let head = asked[0].head.clone().unwrap();
        assert_eq!(setting.repository.git(&["rev-parse", "main"]).trim(), head.as_str());
        assert_eq!(status(&setting.runs(&id).await, "announce"), [StepStatus::Done]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_step_sends_work_back_waits_and_passes() {
    let setting =
        setting(&landing(r#"["rebase", "run_tests", "announce", "merge"]"#), |scene| match scene.role() {
            "review" => scene.approve("fine"),
            _ => {
                scene.write("a.txt", &format!("{}\n", scene.request().attempt));
                scene.commit("Write");
                scene.submit("wrote it")
            }
        });
    let id = setting.enqueue("Quiet first").await;
    let step = Announce::with([
        StepEnd::Refused("too loud".to_owned()),
        StepEnd::Waits("it is night".to_owned()),
        StepEnd::Skipped("everybody knows".to_owned()),
    ]);
    run(&setting, &step).await;
    // A landing that waits is not idle for ever: the next start tries it again.
    run(&setting, &step).await;
    assert!(done(&setting, &id).await, "{:?}", setting.task(&id).await.state);
    assert_eq!(
        status(&setting.runs(&id).await, "announce"),
        [StepStatus::Refused, StepStatus::Waiting, StepStatus::Skipped]
    );
    assert_eq!(roles_of(&setting, &id).await, ["implement", "review", "implement", "review"]);
    let thread = setting.thread(&id).await;
    assert!(thread.iter().any(|message| message.body.contains("too loud")), "{thread:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_nobody_registered_is_said_when_the_orchestrator_is_built() {
    let setting = setting(&landing(r#"["rebase", "run_tests", "announce", "merge"]"#), content);
    let error = setting.builder().build().await.unwrap_err();
    assert!(
        matches!(&error, BuildError::Step { flow, step } if flow == "default" && step == "announce"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn i20_each_task_has_its_line_in_the_changelog_and_none_is_in_anothers_way() {
    let mut setting = setting(&landing(r#"["rebase", "update_changelog", "run_tests", "merge"]"#), content);
    setting.repository.write("CHANGELOG.md", "# Changelog\n\n## 1.0\n\n- The first.\n");
    setting.repository.commit("Begin");
    // What is tested last is what lands, with the line.
    let test = "git rev-parse HEAD >> ../../tested";
    setting.settings = setting.settings.with_test(TestSettings::new(test));
    setting.workers = 3;
    let mut ids = Vec::new();
    for number in 1..=3 {
        ids.push(setting.enqueue(&format!("Feature {number}")).await);
    }
    setting.run_until_idle().await;
    let text = setting.repository.git(&["show", "main:CHANGELOG.md"]);
    for id in &ids {
        let task = setting.task(id).await;
        assert_eq!((task.queue(), task.counters.conflicts), (Queue::Done, 0));
        assert_eq!(text.matches(&format!("({id})")).count(), 1, "{text}");
    }
    let tested = std::fs::read_to_string(setting.repository.path().join(".octopoid/tested")).unwrap();
    let tips = setting.repository.git(&["log", "--format=%H", "--grep=^Note task-", "main"]);
    assert_eq!(tips.lines().count(), 3);
    for tip in tips.lines() {
        assert!(tested.contains(tip), "{tip} was tested");
    }
    let end = text.find("## 1.0").unwrap();
    assert!(text[..end].contains("## Unreleased\n\n- Feature "), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_for_people_are_left_out_where_the_forge_shows_nobody_anything() {
    let steps = r#"["rebase", "run_tests", "push_branch", "create_pr", "wait_for_checks", "comment_review", "merge", "cleanup"]"#;
    let setting = setting(&landing(steps), content);
    let id = setting.enqueue("Here").await;
    setting.run_until_idle().await;
    assert!(done(&setting, &id).await);
    let runs = setting.runs(&id).await;
    for step in ["push_branch", "create_pr", "wait_for_checks", "comment_review", "cleanup"] {
        assert_eq!(status(&runs, step), [StepStatus::Skipped], "{step}");
    }
}
