//! Comments on lines, from a reviewer to the agent that deals with them (I40).

use super::gates::{MERGE, compiled, landing};
use super::setting::Setting;
use octopoid_core::model::{
    AgentName, CommentAuthor, LineRange, NewReviewComment, Position, Queue, ReviewVerdict, RoleName, Scope,
    Severity, Side, TaskId,
};
use octopoid_core::orchestrator::{AgentSettings, Builder, Orchestrator};
use octopoid_core::store::NewReview;
use octopoid_core::testing::{Scene, TempRepository};
use octopoid_core::transition::Actor;
use octopoid_roles::folder::builtin_roles;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The roles that come with Octopoid, and the setting's runner.
fn builder(setting: &Setting) -> Builder {
    let agent =
        |name: &str, role| AgentSettings::new(AgentName::new(name).unwrap(), role).with_runner("scripted");
    let builder = Orchestrator::builder()
        .store(setting.store.clone())
        .repository(setting.repository.path())
        .settings(setting.settings.clone())
        .runner(Arc::new(setting.runner.clone()))
        .agent(agent("worker", RoleName::implement()))
        .agent(agent("reviewer", RoleName::review()));
    let roles = builtin_roles().into_iter().filter(|role| role.spec().name != RoleName::breakdown());
    roles.fold(builder, Builder::role)
}

async fn run(setting: &Setting) {
    builder(setting).build().await.unwrap().run_until_idle().await.unwrap();
}

/// The prompts of an agent's attempts, and what each file of comments had that they name.
#[derive(Debug, Clone, Default)]
struct Told(Arc<Mutex<Vec<Prompt>>>);

/// A prompt, and the file of comments that it names.
type Prompt = (String, Option<Value>);

impl Told {
    fn hear(&self, scene: &Scene<'_>) -> usize {
        let prompt = scene.request().prompt.clone();
        let path = prompt.split('`').find(|part| part.ends_with("review-comments.json")).map(PathBuf::from);
        let file = path.map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap());
        let mut all = self.0.lock().unwrap();
        all.push((prompt, file));
        all.len()
    }

    fn nth(&self, index: usize) -> (String, Vec<Value>) {
        let (prompt, file) = self.0.lock().unwrap()[index].clone();
        (prompt, file.map(|file| file.as_array().unwrap().clone()).unwrap_or_default())
    }
}

const LINES: &str = "one\ntwo\nthree\nfour\n";

/// Writes three files at first; then does what was asked for in one of them, and adds lines above another.
fn work(scene: &Scene<'_>, attempt: usize) -> octopoid_core::runner::AgentReport {
    if attempt == 1 {
        for name in ["a.txt", "b.txt", "src/c.txt"] {
            scene.write(name, LINES);
        }
    } else {
        scene.write("a.txt", &LINES.replace("two", "TWO"));
        scene.write("b.txt", &format!("zero\n{LINES}"));
        scene.git(&["mv", "src/c.txt", "src/d.txt"]);
    }
    scene.commit(&format!("Attempt {attempt}"));
    scene.submit("done")
}

async fn comments(setting: &Setting, id: &TaskId) -> Vec<octopoid_core::model::ReviewComment> {
    setting.store.review_comments(&Scope::single(), id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn i40_what_a_reviewing_agent_finds_in_three_files_reaches_the_next_attempt_and_ends_with_its_next_verdict()
 {
    let (told, reviewed) = (Told::default(), Told::default());
    let setting = Setting::of(TempRepository::new(), {
        let (told, reviewed) = (told.clone(), reviewed.clone());
        move |scene| {
            match scene.role() {
            "review" if reviewed.hear(scene) == 1 => scene.result(json!({
                "outcome": "rejected",
                "comments": [
                    { "path": "a.txt", "line": 2, "severity": "must", "body": "Shout ```this```.", "replacement": "TWO" },
                    { "path": "b.txt", "line": 3, "end_line": 4, "body": "Why both?" },
                    { "path": "src/c.txt", "line": 1, "severity": "nit", "body": "A better name." },
                    { "path": "missing.txt", "line": 7, "body": "Where is it?" },
                ],
            })),
            "review" => scene.approve("good"),
            _ => work(scene, told.hear(scene)),
        }
        }
    });
    let id = setting.enqueue("Three files").await;
    run(&setting).await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    let (prompt, file) = told.nth(1);
    assert_eq!(file.len(), 4, "{file:#?}");
    let what = |comment: &Value| {
        let (anchor, comment) = (&comment["comment"]["anchor"], &comment["comment"]);
        (anchor["path"].clone(), anchor["text"].clone(), comment["body"].clone(), comment["severity"].clone())
    };
    assert_eq!(what(&file[0]), (json!("a.txt"), json!("two"), json!("Shout ```this```."), json!("must")));
    assert_eq!(what(&file[1]), (json!("b.txt"), json!("three\nfour"), json!("Why both?"), json!("should")));
    assert_eq!(what(&file[2]), (json!("src/c.txt"), json!("one"), json!("A better name."), json!("nit")));
    assert_eq!(
        what(&file[3]),
        (Value::Null, Value::Null, json!("missing.txt:7: Where is it?"), json!("should"))
    );
    assert!(file[..3].iter().all(|comment| comment["position"] == "same"), "{file:#?}");
    for text in
        ["`a.txt`, line 2", "Shout ```this```.", "`b.txt`, line 3-4", "Proposed in place", "Where is it?"]
    {
        assert!(prompt.contains(text), "{text} is not in\n{prompt}");
    }
    // The reviewer of the second round sees them where they are by then.
    let (prompt, file) = reviewed.nth(1);
    let positions: Vec<_> = file.iter().map(|comment| comment["position"].clone()).collect();
    assert_eq!(positions, [json!("outdated"), json!("moved"), json!("moved"), Value::Null], "{file:#?}");
    assert!(prompt.contains("`b.txt`, line 4-5") && prompt.contains("`src/d.txt`, line 1"), "{prompt}");
    assert!(told.nth(0).1.is_empty() && reviewed.nth(0).1.is_empty());
    let all = comments(&setting, &id).await;
    let role = CommentAuthor::Role { role: RoleName::review() };
    assert!(all.iter().all(|one| one.author == role && one.state.as_str() == "resolved"), "{all:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i40_a_persons_review_reaches_the_agent_whole_and_stays_open_until_somebody_resolves_it() {
    let told = Told::default();
    let mut setting = Setting::of(TempRepository::new(), {
        let told = told.clone();
        move |scene| match scene.role() {
            "review" => scene.approve("good"),
            _ => work(scene, told.hear(scene)),
        }
    });
    let flow = landing(r#""conditions": [{"role": "review"}, {"manual": true}]"#, MERGE);
    setting.settings = setting.settings.clone().with_flow("default", compiled(&flow).unwrap());
    let id = setting.enqueue("For ada").await;
    run(&setting).await;
    let submission = setting.task(&id).await.submission.unwrap();
    let work = (submission.base.unwrap(), submission.head.unwrap());
    let repository = octopoid_core::git::Repository::open(
        setting.repository.path(),
        octopoid_core::git::Git::new(std::env::vars().collect()),
    )
    .unwrap();
    let anchor = |path: &str, line| {
        let lines = LineRange::line(line);
        repository.review_anchor((&work.0, &work.1), path, Side::New, lines).unwrap().unwrap()
    };
    let ada = || CommentAuthor::person("ada");
    let drafts = vec![
        NewReviewComment::new(ada(), "Shout.")
            .at(anchor("a.txt", 2))
            .with_severity(Severity::Must)
            .as_draft(),
        NewReviewComment::new(ada(), "And here?").at(anchor("b.txt", 4)).as_draft(),
        NewReviewComment::new(CommentAuthor::person("bob"), "Not sent.").as_draft(),
    ];
    let drafts = setting.store.add_review_comments(&Scope::single(), &id, drafts).await.unwrap();
    let reply = NewReviewComment::new(ada(), "Or is it meant so?").in_reply_to(drafts[1].id).as_draft();
    setting.store.add_review_comments(&Scope::single(), &id, vec![reply]).await.unwrap();
    let review = NewReview::new(Actor::Person("ada".into()), ReviewVerdict::RequestChanges);
    setting.store.send_review(&Scope::single(), &id, review.with_summary("Almost.")).await.unwrap();
    run(&setting).await;
    let (prompt, file) = told.nth(1);
    assert_eq!(file.len(), 2, "{file:#?}");
    assert_eq!(file[1]["replies"][0]["body"], "Or is it meant so?");
    for text in ["Almost.", "Shout.", "`b.txt`, line 4", "Or is it meant so?"] {
        assert!(prompt.contains(text), "{text} is not in\n{prompt}");
    }
    assert!(!prompt.contains("Not sent."), "{prompt}");
    let all = comments(&setting, &id).await;
    let states: Vec<_> = all.iter().map(|one| one.state.as_str()).collect();
    assert_eq!(states, ["sent", "sent", "draft", "sent"]);
    let head = setting.task(&id).await.submission.unwrap().head.unwrap();
    let placed = repository.place_review_comments(all, (&work.0, &head)).unwrap();
    assert_eq!(placed[0].position, Some(Position::Outdated));
    let there = Position::Moved { path: "b.txt".into(), lines: Some(LineRange::line(5)) };
    assert_eq!(placed[1].position, Some(there));
}
