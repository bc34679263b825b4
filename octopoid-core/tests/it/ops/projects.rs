//! How far projects are.

use super::{Setting, person};
use octopoid_core::model::{NewProject, NewTask, Project, ProjectStatus, Queue, Task};
use octopoid_core::ops::project::{self, ApprovedProject};
use octopoid_core::ops::{Decision, OpError, decide};
use octopoid_core::store::{ProjectStore, TaskStore};

async fn create(setting: &Setting, title: &str) -> Project {
    let mut new = NewProject::new(setting.scope(), title, "main");
    new.status = ProjectStatus::Active;
    setting.store.create_project(new).await.unwrap()
}

async fn task_of(setting: &Setting, project: &Project, lands: bool) -> Task {
    let mut new = NewTask::new("A task", "Do it.");
    new.attributes.project = Some(project.id.clone());
    new.attributes.lands_project = lands;
    setting.store.create_task(new).await.unwrap()
}

#[tokio::test]
async fn a_project_whose_tasks_are_done_waits_for_a_person() {
    let setting = Setting::new();
    let project = create(&setting, "Dark mode").await;
    assert!(matches!(
        project::check_approvable(setting.store(), &project).await,
        Err(OpError::EmptyProject { .. })
    ));
    let task = task_of(&setting, &project, false).await;
    assert_eq!(project::ready(setting.store(), &setting.scope()).await.unwrap(), []);
    let done = Decision::Force { to: Queue::Done.into(), reason: "done by hand".to_owned() };
    decide(setting.store(), &setting.scope(), &task.id, done, person()).await.unwrap();
    let ready = project::ready(setting.store(), &setting.scope()).await.unwrap();
    assert_eq!(ready, std::slice::from_ref(&project));
    // What lands it does not count, and asks for nothing itself as long as it is on its way.
    let landing = task_of(&setting, &project, true).await;
    let progress = project::progress(setting.store(), &project).await.unwrap();
    assert_eq!(
        (progress.done, progress.total, progress.landing.map(|task| task.id)),
        (1, 1, Some(landing.id))
    );
    assert_eq!(project::ready(setting.store(), &setting.scope()).await.unwrap(), []);
}

#[tokio::test]
async fn an_approval_goes_to_the_task_that_lands_the_project_or_completes_it() {
    let setting = Setting::new();
    let project = create(&setting, "Dark mode").await;
    let landing = task_of(&setting, &project, true).await;
    let early = project::approve(setting.store(), &project, Some(landing.clone()), person()).await;
    assert!(matches!(early, Err(OpError::LandingNotReady { queue: Queue::Incoming, .. })), "{early:?}");
    let submitted = setting.submit(&landing.id).await;
    let approved = project::approve(setting.store(), &project, Some(submitted), person()).await.unwrap();
    assert!(matches!(approved, ApprovedProject::Lands(task) if task.id == landing.id));
    let completed = project::approve(setting.store(), &project, None, person()).await.unwrap();
    assert!(matches!(completed, ApprovedProject::Completed(done) if done.status == ProjectStatus::Completed));
}

#[tokio::test]
async fn case_and_punctuation_make_no_other_title() {
    let setting = Setting::new();
    let (one, _, three) = (
        create(&setting, "Dark mode").await,
        create(&setting, "Light mode").await,
        create(&setting, "dark, mode!").await,
    );
    assert_eq!(project::same_title(setting.store(), &three).await.unwrap(), [one.id]);
}
