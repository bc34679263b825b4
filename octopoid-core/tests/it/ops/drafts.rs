//! Drafts, found and approved.

use super::Setting;
use octopoid_core::model::{Draft, DraftPatch, DraftStatus, NewDraft, NewTask};
use octopoid_core::ops::{OpError, draft};
use octopoid_core::store::DraftStore;

async fn create(setting: &Setting, title: &str) -> Draft {
    setting.store.create_draft(NewDraft::new(setting.scope(), title, "ada")).await.unwrap()
}

#[tokio::test]
async fn a_draft_is_found_by_number_slug_and_words_of_its_slug() {
    let setting = Setting::new();
    let (one, two) = (create(&setting, "Add dark mode").await, create(&setting, "Add light mode").await);
    let find = async |name: &str| draft::find(setting.store(), &setting.scope(), name).await;
    for name in [one.id.to_string().as_str(), one.slug.as_str(), "dark"] {
        assert_eq!(find(name).await.unwrap(), one, "{name}");
    }
    let error = find("mode").await.unwrap_err();
    let OpError::AmbiguousDraft { drafts, .. } = error else { panic!("{error:?}") };
    assert_eq!(drafts, [(two.id, two.slug), (one.id, one.slug)]);
    assert!(matches!(find("grey").await, Err(OpError::NoDraft { .. })));
}

#[tokio::test]
async fn a_draft_becomes_one_task_however_often_it_is_approved() {
    let setting = Setting::new();
    let idea = create(&setting, "Add dark mode").await;
    let (approved, task) =
        draft::approve_as_task(setting.store(), &idea, NewTask::new("", "")).await.unwrap();
    assert_eq!((approved.status, approved.linked_task.as_ref()), (DraftStatus::Approved, Some(&task.id)));
    assert_eq!(task.title, "Add dark mode");
    // As it was read before, such as by somebody else at the same moment.
    let (_, again) = draft::approve_as_task(setting.store(), &idea, NewTask::new("", "")).await.unwrap();
    assert_eq!(again.id, task.id);
    let error = draft::check_approvable(&approved).unwrap_err();
    assert_eq!(error.to_string(), format!("draft {} has become {} already", idea.id, task.id));
}

#[tokio::test]
async fn a_draft_becomes_one_project_and_an_archived_one_none() {
    let setting = Setting::new();
    let idea = create(&setting, "Add dark mode").await;
    let approve = async |idea: &Draft| {
        draft::approve_as_project(setting.store(), idea, None, "main".to_owned(), "ada".to_owned()).await
    };
    let (_, project) = approve(&idea).await.unwrap();
    assert_eq!(approve(&idea).await.unwrap().1, project);
    let mut patch = DraftPatch::default();
    patch.status = Some(DraftStatus::Archived);
    let other = create(&setting, "Add grey mode").await;
    let archived = setting.store.update_draft(&setting.scope(), other.id, patch).await.unwrap();
    assert!(matches!(approve(&archived).await, Err(OpError::DraftArchived { .. })));
}
