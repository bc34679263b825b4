//! Drafts.

use super::setting::{Setting, with};
use super::verdict::{Verdict, invalid, refused, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{Draft, DraftPatch, DraftStatus, NewDraft, NewTask, ProjectId, Scope, TaskId};
use octopoid_core::store::{DraftQuery, ErrorKind, Result, TaskQuery};
use std::time::Duration;

fn new(s: &Setting, title: &str) -> NewDraft {
    NewDraft::new(s.scope.clone(), title, "ada")
}

async fn create(s: &Setting, title: &str) -> Result<Draft> {
    s.store.create_draft(new(s, title)).await
}

async fn listed(s: &Setting, query: &DraftQuery) -> Verdict<(Vec<u64>, u64)> {
    let page = s.store.list_drafts(query).await?;
    Ok((page.items.into_iter().map(|draft| draft.id).collect(), page.total))
}

/// With everything that a draft can say.
fn whole(s: &Setting) -> Verdict<NewDraft> {
    let mut new = new(s, " A draft ");
    new.status = DraftStatus::Review;
    new.original = Some("{}".into());
    new.domain = Some("store".into());
    new.file_path = Some("drafts/one.md".into());
    new.body = Some("Several\nlines 🐙".into());
    new.linked_task = Some(TaskId::new("task-7")?);
    new.linked_project = Some(ProjectId::new("a-project")?);
    new.tags = Some(vec!["one".into(), "with \"quotes\"".into()]);
    Ok(new)
}

pub(super) async fn a_created_draft_is_read_back_as_it_was_answered(s: Setting) -> Verdict {
    let asked = whole(&s)?;
    let made = s.store.create_draft(asked.clone()).await?;
    let should = with(asked, |asked| asked.title = "A draft".into()).at(1, "a-draft", s.clock.now());
    same(&made, &should)?;
    same(&s.store.draft(&s.scope, 1).await?, &made)?;
    let plain = create(&s, "Plain").await?;
    same((plain.id, plain.status, &plain.tags), (2, DraftStatus::Idea, &None))?;
    same(s.store.draft(&s.scope, 2).await?, plain)
}

pub(super) async fn drafts_have_numbers_of_the_store_and_free_slugs_of_their_scope(s: Setting) -> Verdict {
    let other = Scope::new("other")?;
    for (title, id, slug) in [
        ("A draft", 1, "a-draft"),
        ("a DRAFT", 2, "a-draft-2"),
        ("A draft 2", 3, "a-draft-2-2"),
        ("…", 4, "untitled"),
    ] {
        let made = create(&s, title).await?;
        same((made.id, made.slug.as_str()), (id, slug))?;
    }
    let theirs = s.store.create_draft(NewDraft::new(other, "A draft", "eve")).await?;
    same((theirs.id, theirs.slug.as_str()), (5, "a-draft"))?;
    // A number is not given twice; a slug is.
    s.store.delete_draft(&s.scope, 4).await?;
    s.store.delete_draft(&s.scope, 1).await?;
    let again = create(&s, "A draft").await?;
    same((again.id, again.slug.as_str()), (6, "a-draft"))
}

pub(super) async fn unusable_drafts_are_refused(s: Setting) -> Verdict {
    for title in ["", "\n", "two\nlines", "a\0b"] {
        invalid(create(&s, title).await, "title")?;
    }
    invalid(s.store.create_draft(with(new(&s, "A draft"), |new| new.author = " ".into())).await, "author")?;
    let body = Some("x".repeat((1 << 20) + 1));
    invalid(s.store.create_draft(with(new(&s, "A draft"), |new| new.body = body)).await, "body")?;
    same(create(&s, "A draft").await?.id, 1)
}

pub(super) async fn drafts_are_listed_newest_first(s: Setting) -> Verdict {
    s.store.create_draft(whole(&s)?).await?;
    create(&s, "A draft").await?;
    s.store.create_draft(with(whole(&s)?, |new| new.author = "bob".into())).await?;
    create(&s, "Another").await?;
    s.store.create_draft(NewDraft::new(Scope::new("other")?, "Theirs", "ada")).await?;
    let all = DraftQuery::new(s.scope.clone());
    same(listed(&s, &all).await?, (vec![4, 3, 2, 1], 4))?;
    let second = with(all.clone(), |query| (query.offset, query.limit) = (1, 2));
    same(listed(&s, &second).await?, (vec![3, 2], 4))?;
    same(listed(&s, &with(all.clone(), |query| query.offset = u64::MAX)).await?, (vec![], 4))?;
    // Whatever is removed meanwhile, a place in the list stays where it was.
    let next = with(all.clone(), |query| (query.after, query.limit) = (Some(3), 1));
    same(listed(&s, &next).await?, (vec![2], 2))?;
    same(listed(&s, &with(all.clone(), |query| query.after = Some(1))).await?, (vec![], 0))?;
    let task = Some(TaskId::new("task-7")?);
    let project = Some(ProjectId::new("a-project")?);
    for (query, should) in [
        (with(all.clone(), |query| query.status = Some(DraftStatus::Review)), vec![3, 1]),
        (with(all.clone(), |query| query.status = Some(DraftStatus::Archived)), vec![]),
        (with(all.clone(), |query| query.author = Some("ada".into())), vec![4, 2, 1]),
        (with(all.clone(), |query| query.domain = Some("store".into())), vec![3, 1]),
        (with(all.clone(), |query| query.linked_task = task.clone()), vec![3, 1]),
        (with(all.clone(), |query| query.linked_task = Some(TaskId::numbered(8))), vec![]),
        (with(all.clone(), |query| query.linked_project = project), vec![3, 1]),
        (with(all.clone(), |query| query.slug = Some("a-draft-2".into())), vec![2]),
        (with(all.clone(), |query| (query.author, query.linked_task) = (Some("bob".into()), task)), vec![3]),
    ] {
        let total = should.len() as u64;
        same(listed(&s, &query).await?, (should, total))?;
    }
    for limit in [0, TaskQuery::MAX_LIMIT + 1] {
        invalid(s.store.list_drafts(&with(all.clone(), |query| query.limit = limit)).await, "limit")?;
    }
    Ok(())
}

pub(super) async fn a_patch_changes_what_it_names(s: Setting) -> Verdict {
    let made = s.store.create_draft(whole(&s)?).await?;
    s.clock.advance(Duration::from_secs(5));
    let mut patch = DraftPatch::default();
    patch.title = Some(" Another title ".into());
    patch.status = Some(DraftStatus::Approved);
    patch.linked_task = Some(TaskId::new("task-8")?);
    let changed = s.store.update_draft(&s.scope, made.id, patch).await?;
    let mut should = made;
    should.title = "Another title".into();
    should.status = DraftStatus::Approved;
    should.linked_task = Some(TaskId::new("task-8")?);
    should.updated_at = s.clock.now();
    same(&changed, &should)?;
    same(&s.store.draft(&s.scope, changed.id).await?, &changed)?;
    let update = |patch| s.store.update_draft(&s.scope, changed.id, patch);
    let mut tags = DraftPatch::default();
    tags.tags = Some(vec!["two".into()]);
    same(update(tags).await?.tags, Some(vec!["two".into()]))?;
    let mut none = DraftPatch::default();
    none.tags = Some(Vec::new());
    let bare = update(none).await?;
    same(&bare.tags, &None)?;
    invalid(update(DraftPatch::default()).await, "patch")?;
    invalid(update(with(DraftPatch::default(), |patch| patch.title = Some(String::new()))).await, "title")?;
    invalid(update(with(DraftPatch::default(), |patch| patch.author = Some(" ".into()))).await, "author")?;
    same(s.store.draft(&s.scope, changed.id).await?, bare)
}

pub(super) async fn a_draft_that_is_not_there_is_not_found(s: Setting) -> Verdict {
    let mine = create(&s, "A draft").await?;
    let other = Scope::new("other")?;
    for (scope, id) in [(&s.scope, 2), (&s.scope, 0), (&s.scope, u64::MAX), (&other, mine.id)] {
        refused(s.store.draft(scope, id).await, ErrorKind::NotFound)?;
        let mut patch = DraftPatch::default();
        patch.body = Some("More.".into());
        refused(s.store.update_draft(scope, id, patch).await, ErrorKind::NotFound)?;
        refused(s.store.delete_draft(scope, id).await, ErrorKind::NotFound)?;
    }
    same(&s.store.draft(&s.scope, mine.id).await?, &mine)?;
    s.store.delete_draft(&s.scope, mine.id).await?;
    refused(s.store.draft(&s.scope, mine.id).await, ErrorKind::NotFound)?;
    refused(s.store.delete_draft(&s.scope, mine.id).await, ErrorKind::NotFound)?;
    same(listed(&s, &DraftQuery::new(s.scope.clone())).await?, (vec![], 0))
}

pub(super) async fn a_draft_is_implemented_when_its_task_is_done(s: Setting) -> Verdict {
    let task = s.store.create_task(NewTask::new("A task", "Do it.").with_scope(s.scope.clone())).await?;
    let linked = async |title: &str, status| {
        let mut draft = NewDraft::new(s.scope.clone(), title, "ada");
        (draft.status, draft.linked_task) = (status, Some(task.id.clone()));
        s.store.create_draft(draft).await
    };
    let approved = linked("Approved", DraftStatus::Approved).await?.id;
    let archived = linked("Archived", DraftStatus::Archived).await?.id;
    let stranger = create(&s, "Stranger").await?;
    // Linked to another task since, and linked to the task of that name elsewhere.
    let relinked = linked("Relinked", DraftStatus::Approved).await?.id;
    let mut patch = DraftPatch::default();
    patch.linked_task = Some(TaskId::numbered(99));
    s.store.update_draft(&s.scope, relinked, patch).await?;
    let elsewhere = Scope::new("elsewhere")?;
    let mut theirs = NewDraft::new(elsewhere.clone(), "Theirs", "eve");
    (theirs.status, theirs.linked_task) = (DraftStatus::Approved, Some(task.id.clone()));
    let theirs = s.store.create_draft(theirs).await?.id;
    s.finish(&task.id).await?;
    same(s.store.draft(&elsewhere, theirs).await?.status, DraftStatus::Approved)?;
    let status = async |id| s.store.draft(&s.scope, id).await.map(|draft| draft.status);
    same(status(approved).await?, DraftStatus::Implemented)?;
    same(status(archived).await?, DraftStatus::Archived)?;
    same(status(relinked).await?, DraftStatus::Approved)?;
    same(status(stranger.id).await?, stranger.status)
}
