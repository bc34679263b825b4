//! Tasks of projects: their branch, and work that needs no review.

use super::setting::{Setting, content};
use octopoid_core::model::{
    Attributes, DraftStatus, EventKind, NewDraft, NewProject, NewTask, Project, ProjectPatch, ProjectStatus,
    Queue, Scope, StepStatus, Task, TaskId, TaskPatch,
};
use octopoid_core::orchestrator::TestSettings;
use octopoid_core::store::{StoreExt, TaskQuery};
use octopoid_core::transition::{Actor, Command};
use serde_json::json;

impl Setting {
    async fn project(&self, change: impl FnOnce(&mut NewProject)) -> Project {
        let mut new = NewProject::new(Scope::single(), "The big thing", "main");
        new.branch = Some("feature/big".to_owned());
        change(&mut new);
        self.store.create_project(new).await.unwrap()
    }

    async fn enqueue_in(&self, project: &Project, title: &str) -> TaskId {
        let mut attributes = Attributes::default();
        attributes.project = Some(project.id.clone());
        self.create(NewTask::new(title, "Do it.").with_attributes(attributes)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_task_makes_the_projects_branch_and_all_land_there() {
    let setting = Setting::new(content);
    let project = setting.project(|_| {}).await;
    let first = setting.enqueue_in(&project, "One").await;
    let second = setting.enqueue_in(&project, "Two").await;
    setting.run_until_idle().await;
    for id in [&first, &second] {
        assert_eq!(setting.task(id).await.queue(), Queue::Done);
    }
    assert_eq!(setting.log("main").len(), 1, "nothing lands on the base branch");
    assert_eq!(setting.log("feature/big").len(), 3);
}

/// The task that lands the project; none while there is none.
async fn landing(setting: &Setting) -> Option<Task> {
    let tasks = setting.store.all_tasks(&TaskQuery::new(Scope::single())).await.unwrap();
    let mut landings: Vec<_> = tasks.into_iter().filter(|task| task.attributes.lands_project).collect();
    assert!(landings.len() <= 1, "it is proposed once: {landings:?}");
    landings.pop()
}

#[tokio::test(flavor = "multi_thread")]
async fn i20_a_project_whose_tasks_are_done_lands_as_one_with_its_own_gates() {
    let mut setting = Setting::new(content);
    setting.settings = setting.settings.clone().with_test(TestSettings::new("ls task-*.txt >> ../../tested"));
    let project = setting.project(|new| new.status = ProjectStatus::Active).await;
    let first = setting.enqueue_in(&project, "One").await;
    let second = setting.enqueue_in(&project, "Two").await;
    setting.run_until_idle().await;
    let land = landing(&setting).await.unwrap();
    assert!(land.title.starts_with("Land the project the-big-thing: The big thing"), "{}", land.title);
    assert_eq!(land.branch, None, "the configured one");
    for id in [&first, &second] {
        assert!(land.description.contains(id.as_str()), "{}", land.description);
    }
    // A reviewer has looked at the whole, and a person has the last word.
    assert!(land.state.needs_person().unwrap().contains("last word"), "{:?}", land.state);
    assert_eq!(setting.log("main").len(), 1);
    // A start looks again, and proposes nothing a second time.
    setting.run_until_idle().await;
    let ada = Actor::Person("ada".to_owned());
    setting.store.approve(&land.scope, &land.id, ada, "well done").await.unwrap();
    setting.run_until_idle().await;
    assert_eq!(landing(&setting).await.unwrap().queue(), Queue::Done);
    assert_eq!(setting.log("main").len(), 3, "both tasks' commits: {:?}", setting.log("main"));
    let project = setting.store.project(&Scope::single(), &project.id).await.unwrap();
    assert_eq!(project.status, ProjectStatus::Completed);
    assert!(project.completed_at.is_some());
    assert!(!setting.repository.git(&["branch", "--list"]).contains("agent/"), "its branch is cleaned up");
    assert_eq!(setting.worktrees(), [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_remote_a_projects_branch_is_there_and_so_is_what_it_lands() {
    let mut setting = Setting::new(content);
    let remote = setting.repository.add_remote("origin");
    setting.settings = setting.settings.clone().with_remote("origin").with_shared_work();
    let project = setting.project(|new| new.status = ProjectStatus::Active).await;
    setting.enqueue_in(&project, "One").await;
    setting.enqueue_in(&project, "Two").await;
    setting.run_until_idle().await;
    assert_eq!(remote.git(&["rev-list", "--count", "main..feature/big"]).trim(), "2");
    // Another machine has none of it yet: it is the remote's branch that counts.
    setting.repository.git(&["update-ref", "refs/heads/feature/big", "main"]);
    let land = landing(&setting).await.unwrap();
    let branch = land.submission.unwrap().branch.unwrap();
    assert_eq!(remote.git(&["rev-parse", &branch]), remote.git(&["rev-parse", "feature/big"]));
    let ada = Actor::Person("ada".to_owned());
    setting.store.approve(&land.scope, &land.id, ada, "").await.unwrap();
    setting.run_until_idle().await;
    assert_eq!(landing(&setting).await.unwrap().queue(), Queue::Done);
    assert_eq!(remote.git(&["rev-list", "--count", "feature/big..main"]).trim(), "0");
    assert_eq!(remote.git(&["rev-list", "--count", "main..feature/big"]).trim(), "0", "it has landed there");
    assert!(!remote.git(&["branch", "--list"]).contains("agent/"), "{}", remote.git(&["branch", "--list"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_a_project_that_conflicts_with_its_base_branch_is_mended_by_an_agent() {
    let setting = Setting::new(|scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ if scene.request().prompt.contains("Conflict in `a.txt`") => {
            let tip = scene.request().base_tip.clone().unwrap();
            std::process::Command::new("git")
                .args(["rebase", tip.as_str()])
                .current_dir(&scene.request().directory)
                .output()
                .unwrap();
            scene.write("a.txt", "both\n");
            scene.git(&["add", "a.txt"]);
            scene.git(&["-c", "core.editor=true", "rebase", "--continue"]);
            scene.submit("settled it")
        }
        _ => {
            scene.write("a.txt", "project\n");
            scene.commit("Write");
            scene.submit("wrote it")
        }
    });
    let project = setting.project(|new| new.status = ProjectStatus::Active).await;
    setting.enqueue_in(&project, "One").await;
    setting.run_until_idle().await;
    setting.repository.write("a.txt", "meanwhile\n");
    setting.repository.commit("Meanwhile");
    for _ in 0..2 {
        let land = landing(&setting).await.unwrap();
        let ada = Actor::Person("ada".to_owned());
        setting.store.approve(&land.scope, &land.id, ada, "").await.unwrap();
        setting.run_until_idle().await;
    }
    let land = landing(&setting).await.unwrap();
    assert_eq!((land.queue(), land.counters.conflicts), (Queue::Done, 1), "{:?}", land.state);
    assert_eq!(setting.repository.git(&["show", "main:a.txt"]), "both\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_a_project_that_nobody_reviews_lands_with_all_that_is_on_its_branch() {
    let setting = Setting::new(content);
    let project = setting.project(|new| (new.status, new.auto_accept) = (ProjectStatus::Active, true)).await;
    let id = setting.enqueue_in(&project, "One").await;
    setting.run_until_idle().await;
    let land = landing(&setting).await.unwrap();
    let ada = Actor::Person("ada".to_owned());
    setting.store.approve(&land.scope, &land.id, ada, "").await.unwrap();
    setting.run_until_idle().await;
    assert_eq!(landing(&setting).await.unwrap().queue(), Queue::Done);
    assert_eq!(setting.repository.git(&["show", &format!("main:{id}.txt")]), "done\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_a_landing_that_was_made_and_not_handed_in_before_a_crash_is_handed_in_by_the_next_start() {
    let setting = Setting::new(content);
    let project = setting.project(|_| {}).await;
    setting.enqueue_in(&project, "One").await;
    setting.run_until_idle().await;
    // What is there after a crash between the two: the task, put aside, under the key of what it lands.
    let tip = setting.repository.git(&["rev-parse", "feature/big"]);
    let mut attributes = Attributes::default();
    (attributes.project, attributes.lands_project) = (Some(project.id.clone()), true);
    attributes.flow = Some("project".to_owned());
    let cut_off = NewTask::new("Land it", "Land the project.")
        .with_attributes(attributes)
        .with_key(format!("project/{}/{}", project.id, tip.trim()))
        .in_backlog();
    let id = setting.create(cut_off).await;
    let mut patch = ProjectPatch::default();
    patch.status = Some(ProjectStatus::Active);
    setting.store.update_project(&Scope::single(), &project.id, patch).await.unwrap();
    setting.run_until_idle().await;
    let land = landing(&setting).await.unwrap();
    assert_eq!((&land.id, land.queue()), (&id, Queue::Provisional));
    assert_eq!(land.submission.unwrap().head.unwrap().as_str(), tip.trim());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_later_is_landed_too_and_what_was_called_off_is_not_proposed_again() {
    let setting = Setting::new(content);
    let project = setting.project(|new| new.status = ProjectStatus::Active).await;
    setting.enqueue_in(&project, "One").await;
    setting.run_until_idle().await;
    let land = landing(&setting).await.unwrap();
    let cancel = Command::Cancel { actor: Actor::Person("ada".to_owned()), reason: "not yet".to_owned() };
    setting.store.apply(&land.scope, &land.id, cancel).await.unwrap();
    setting.run_until_idle().await;
    assert_eq!(landing(&setting).await.unwrap().queue(), Queue::Failed, "it is not proposed again");
    setting.enqueue_in(&project, "Two").await;
    setting.run_until_idle().await;
    let tasks = setting.store.all_tasks(&TaskQuery::new(Scope::single())).await.unwrap();
    let landings: Vec<_> = tasks.iter().filter(|task| task.attributes.lands_project).collect();
    assert_eq!(landings.len(), 2);
    assert_eq!(landings[1].submission.as_ref().unwrap().commits, 2, "all of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_moved_into_a_project_has_its_branch() {
    let setting = Setting::new(content);
    let project = setting.project(|_| {}).await;
    let id = setting.enqueue("Alone").await;
    let mut patch = TaskPatch::default();
    patch.attributes.insert("project_id".to_owned(), json!(project.id));
    let update = Command::Update { actor: Actor::Person("ada".to_owned()), patch };
    let task = setting.store.apply(&Scope::single(), &id, update).await.unwrap();
    assert_eq!(task.branch, project.branch);
    setting.run_until_idle().await;
    assert_eq!((setting.log("main").len(), setting.log("feature/big").len()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projects_branch_that_is_gone_with_its_work_is_a_persons_affair() {
    let setting = Setting::new(content);
    let project = setting.project(|_| {}).await;
    let first = setting.enqueue_in(&project, "One").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&first).await.queue(), Queue::Done);
    let tip = setting.repository.git(&["rev-parse", "feature/big"]).trim().to_owned();
    setting.repository.git(&["branch", "-D", "feature/big"]);

    let second = setting.enqueue_in(&project, "Two").await;
    setting.run_until_idle().await;
    let task = setting.task(&second).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    let words = task.state.needs_person().unwrap().to_owned();
    assert!(words.contains(&format!("git branch feature/big {tip}")), "{words}");
    assert!(words.contains("retry task-2"), "{words}");
    assert!(!setting.repository.git(&["branch", "--list"]).contains("feature/big"), "it was made again");

    // What it says to do helps.
    setting.repository.git(&["branch", "feature/big", &tip]);
    setting.retry(&second).await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&second).await.queue(), Queue::Done);
    assert_eq!(setting.log("feature/big").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_without_its_base_branch_says_so() {
    let setting = Setting::new(content);
    let project = setting.project(|new| new.base_branch = "nowhere".to_owned()).await;
    let id = setting.enqueue_in(&project, "One").await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    assert!(task.state.needs_person().unwrap().contains("nowhere"), "{task:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_review_is_tested_and_lands_without_a_reviewer() {
    let mut setting = Setting::new(|scene| {
        assert_ne!(scene.role(), "review", "nobody pays for a review");
        content(scene)
    });
    setting.settings = setting.settings.clone().with_test(TestSettings::new("test -e task-1.txt"));
    let project = setting.project(|new| new.auto_accept = true).await;
    let id = setting.enqueue_in(&project, "One").await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::Done, "{task:?}");
    assert!(setting.history(&id).await.contains(&EventKind::Approved));
    let runs = setting.runs(&id).await;
    assert_eq!(runs.len(), 2, "one of the worker, and the landing: {runs:#?}");
    let tested = runs[0].steps.iter().any(|step| step.name == "test" && step.status == StepStatus::Done);
    assert!(tested, "{runs:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_implemented_once_its_task_has_landed() {
    let setting = Setting::new(content);
    let id = setting.enqueue("One").await;
    let mut draft = NewDraft::new(Scope::single(), "An idea", "ada");
    (draft.status, draft.linked_task) = (DraftStatus::Approved, Some(id));
    let draft = setting.store.create_draft(draft).await.unwrap();
    setting.run_until_idle().await;
    let draft = setting.store.draft(&Scope::single(), draft.id).await.unwrap();
    assert_eq!(draft.status, DraftStatus::Implemented);
}

#[tokio::test(flavor = "multi_thread")]
async fn i21_an_answered_question_goes_on_in_the_conversation_in_which_it_was_asked() {
    let setting = Setting::new(|scene| {
        if scene.role() == "review" || scene.request().prompt.contains("use blue") {
            return content(scene);
        }
        scene.result(json!({"outcome": "needs_input", "question": "which colour?"}))
    });
    let id = setting.enqueue("Paint it").await;
    setting.run_until_idle().await;
    let asked = setting.runs(&id).await.remove(0).session;
    assert!(asked.is_some());
    setting.comment(&id, "use blue").await;
    setting.retry(&id).await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    let calls = setting.runner.calls();
    assert_eq!(calls[1].resume, asked);
}
