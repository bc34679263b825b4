//! Review comments, and reviews.

use super::requests::request;
use super::setting::{IdempotentSetting, Setting, person};
use super::verdict::{Verdict, holds, invalid, refused, same};
use octopoid_core::model::{
    Anchor, CommentAuthor, CommitId, EventKind, LineRange, MessageKind, NewReviewComment, NewTask,
    Provisional, Queue, ReviewComment, ReviewCommentPatch, ReviewVerdict, RoleName, Scope, Severity, Side,
    State, Task,
};
use octopoid_core::store::{ErrorKind, NewReview, Result};
use octopoid_core::transition::Actor;

const FILE: &str = "one\ntwo 🐙\nthree\nfour\nfive\n";

fn anchor(first: u32, last: u32) -> Verdict<Anchor> {
    let lines = LineRange::new(first, last).ok_or_else(|| super::verdict::Wrong::new("no lines"))?;
    let commits = (CommitId::new("a".repeat(40))?, CommitId::new("b".repeat(40))?);
    Anchor::of_file("src/a file.rs", Side::New, lines, commits, FILE)
        .ok_or_else(|| super::verdict::Wrong::new("the file has these lines"))
}

fn ada() -> CommentAuthor {
    CommentAuthor::person("ada")
}

fn comment(body: &str) -> NewReviewComment {
    NewReviewComment::new(ada(), body)
}

async fn add(s: &Setting, task: &Task, comments: Vec<NewReviewComment>) -> Result<Vec<ReviewComment>> {
    s.store.add_review_comments(&s.scope, &task.id, comments).await
}

async fn all(s: &Setting, task: &Task) -> Result<Vec<ReviewComment>> {
    s.store.review_comments(&s.scope, &task.id).await
}

fn review(verdict: ReviewVerdict) -> NewReview {
    NewReview::new(person(), verdict)
}

pub(super) async fn i40_a_comment_is_read_back_as_it_was_made(s: Setting) -> Verdict {
    let task = s.submitted("t").await?;
    let role = CommentAuthor::Role { role: RoleName::review() };
    let forge = CommentAuthor::Forge { forge: "github".to_owned(), user: "ann".to_owned() };
    let mut there = comment("Say `why`.\n\nAnd how 🐙").at(anchor(2, 3)?).with_severity(Severity::Must);
    there = there.with_replacement("two\n").as_draft();
    let mut from_forge =
        NewReviewComment::new(forge, "elsewhere").with_severity(Severity::Nit).with_key("github:1");
    from_forge.url = Some("https://example.org/1".to_owned());
    let made = add(&s, &task, vec![there, NewReviewComment::new(role, "on the whole"), from_forge]).await?;
    let reply = add(&s, &task, vec![comment("Because.").in_reply_to(made[1].id)]).await?;
    let found = all(&s, &task).await?;
    same(&found, &[made.clone(), reply].concat())?;
    same(found[0].anchor.clone(), Some(anchor(2, 3)?))?;
    let told = |one: &ReviewComment| (one.state.as_str(), one.severity, one.replacement.clone());
    same(told(&found[0]), ("draft", Severity::Must, Some("two\n".to_owned())))?;
    same(told(&found[1]), ("sent", Severity::Should, None))?;
    same(
        (found[2].key.as_deref(), found[2].url.as_deref()),
        (Some("github:1"), Some("https://example.org/1")),
    )?;
    same(found[3].parent, Some(found[1].id))?;
    holds(found.windows(2).all(|two| two[0].id < two[1].id), "the ids grow")
}

pub(super) async fn i40_a_comment_with_a_key_is_there_once(s: Setting) -> Verdict {
    let task = s.submitted("t").await?;
    let first = add(&s, &task, vec![comment("once").with_key("k")]).await?;
    let again = add(&s, &task, vec![comment("twice").with_key("k"), comment("new")]).await?;
    same(&again[0], &first[0])?;
    let bodies: Vec<_> = all(&s, &task).await?.into_iter().map(|one| one.body).collect();
    same(bodies, vec!["once".to_owned(), "new".to_owned()])?;
    let other = s.create("Another").await?;
    same(
        add(&s, &other, vec![comment("there, too").with_key("k")]).await?[0].body.clone(),
        "there, too".to_owned(),
    )
}

pub(super) async fn unusable_comments_are_refused_and_leave_nothing(s: Setting) -> Verdict {
    let task = s.submitted("t").await?;
    let mut swapped = anchor(2, 3)?;
    swapped.lines = swapped.lines.map(|mut lines| {
        (lines.first, lines.last) = (3, 2);
        lines
    });
    let mut of_file = anchor(1, 1)?;
    of_file.lines = None;
    let whole = Anchor::of_whole_file("a.png", Side::New, (of_file.base.clone(), of_file.head.clone()));
    let mut short = anchor(2, 3)?;
    short.text = "two".to_owned();
    let mut nowhere = anchor(1, 1)?;
    nowhere.path = " ".to_owned();
    let mut old = anchor(1, 1)?;
    old.side = Side::Old;
    for (new, field) in [
        (comment(" "), "body"),
        (comment(&"x".repeat((64 << 10) + 1)), "body"),
        (comment("nul \0"), "body"),
        (NewReviewComment::new(CommentAuthor::person(""), "who?"), "author"),
        (comment("where?").at(swapped), "anchor.lines"),
        (comment("what?").at(short), "anchor.text"),
        (comment("where?").at(nowhere), "anchor.path"),
        (comment("text of what?").at(of_file), "anchor.text"),
        (comment("instead of what?").at(whole.clone()).with_replacement("x"), "replacement"),
        (comment("instead of what?").with_replacement("x"), "replacement"),
        (comment("of what is gone?").at(old).with_replacement("x"), "replacement"),
        (comment("to whom?").in_reply_to(1_000_000), "parent"),
    ] {
        invalid(add(&s, &task, vec![comment("good"), new]).await, field)?;
    }
    same(all(&s, &task).await?, vec![])?;
    let on_file = add(&s, &task, vec![comment("on the file").at(whole.clone())]).await?;
    same(on_file[0].anchor.clone(), Some(whole))?;
    let made = add(&s, &task, vec![comment("one")]).await?;
    let reply = add(&s, &task, vec![comment("two").in_reply_to(made[0].id)]).await?;
    invalid(add(&s, &task, vec![comment("three").in_reply_to(reply[0].id)]).await, "parent")?;
    invalid(
        add(&s, &task, vec![comment("there").at(anchor(1, 1)?).in_reply_to(made[0].id)]).await,
        "anchor",
    )?;
    let other = s.create("Another").await?;
    invalid(add(&s, &other, vec![comment("elsewhere").in_reply_to(made[0].id)]).await, "parent").map(drop)
}

pub(super) async fn only_drafts_are_changed_and_deleted(s: Setting) -> Verdict {
    let task = s.submitted("t").await?;
    let draft =
        add(&s, &task, vec![comment("a draft").at(anchor(1, 1)?).with_replacement("1").as_draft()]).await?;
    let sent = add(&s, &task, vec![comment("sent")]).await?;
    let (draft, sent) = (draft[0].id, sent[0].id);
    let mut patch = ReviewCommentPatch::default();
    (patch.body, patch.severity) = (Some("better".to_owned()), Some(Severity::Nit));
    let edited = s.store.edit_review_comment(&s.scope, &task.id, draft, patch.clone()).await?;
    same(
        (&*edited.body, edited.severity, edited.replacement.as_deref()),
        ("better", Severity::Nit, Some("1")),
    )?;
    let mut back = ReviewCommentPatch::default();
    back.no_replacement = true;
    same(s.store.edit_review_comment(&s.scope, &task.id, draft, back).await?.replacement, None)?;
    let edit = s.store.edit_review_comment(&s.scope, &task.id, sent, patch.clone()).await;
    refused(edit, ErrorKind::Conflict)?;
    refused(s.store.delete_review_comment(&s.scope, &task.id, sent).await, ErrorKind::Conflict)?;
    let none = s.store.edit_review_comment(&s.scope, &task.id, 1_000_000, patch).await;
    holds(none.is_err_and(|error| error.is_not_found()), "there is no such comment")?;
    let empty = s.store.edit_review_comment(&s.scope, &task.id, draft, ReviewCommentPatch::default()).await;
    invalid(empty, "patch")?;
    s.store.delete_review_comment(&s.scope, &task.id, draft).await?;
    same(all(&s, &task).await?.into_iter().map(|one| one.id).collect::<Vec<_>>(), vec![sent])
}

pub(super) async fn sent_comments_are_resolved_and_opened_again(s: Setting) -> Verdict {
    let task = s.submitted("t").await?;
    let made = add(&s, &task, vec![comment("one"), comment("two"), comment("three").as_draft()]).await?;
    let ids: Vec<u64> = made.iter().map(|one| one.id).collect();
    let set =
        |ids: Vec<u64>, resolved| s.store.resolve_review_comments(&s.scope, &task.id, ids, resolved, "bob");
    let resolved = set(ids[..2].to_vec(), true).await?;
    same(resolved.iter().map(|one| one.state.as_str()).collect::<Vec<_>>(), vec!["resolved"; 2])?;
    same(&set(ids[..2].to_vec(), true).await?, &resolved)?;
    same(set(vec![ids[0]], false).await?[0].state.as_str(), "sent")?;
    refused(set(ids.clone(), true).await, ErrorKind::Conflict)?;
    let states: Vec<_> = all(&s, &task).await?.iter().map(|one| one.state.as_str()).collect();
    same(states, vec!["sent", "resolved", "draft"])
}

pub(super) async fn a_review_sends_all_drafts_of_its_author_with_the_verdict(s: Setting) -> Verdict {
    let task = s.submitted("t").await?;
    let of_bob = NewReviewComment::new(CommentAuthor::person("bob"), "mine").as_draft();
    add(&s, &task, vec![comment("one").as_draft(), of_bob, comment("two").at(anchor(4, 5)?).as_draft()])
        .await?;
    let new = review(ReviewVerdict::RequestChanges).with_comments(vec![comment("three").as_draft()]);
    let back = s.store.send_review(&s.scope, &task.id, new).await?;
    same((back.queue(), back.counters.rejections), (Queue::Incoming, 1))?;
    let found = all(&s, &task).await?;
    let told: Vec<_> = found.iter().map(|one| (&*one.body, one.state.as_str())).collect();
    same(told, vec![("one", "sent"), ("mine", "draft"), ("two", "sent"), ("three", "sent")])?;
    let thread = s.store.messages(&s.scope, &task.id).await?;
    let feedback: Vec<_> = thread.iter().filter(|one| one.kind == MessageKind::Feedback).collect();
    same(feedback.len(), 1)?;
    holds(feedback[0].body.contains('3'), "the reason says how many comments there are")?;
    let kinds = s.kinds(&task.id).await?;
    holds(
        kinds.contains(&EventKind::ReviewCommented) && kinds.contains(&EventKind::Rejected),
        "both are told",
    )
}

pub(super) async fn a_review_that_is_refused_sends_nothing(s: Setting) -> Verdict {
    let task = s.create("Not submitted").await?;
    add(&s, &task, vec![comment("one").as_draft()]).await?;
    for verdict in [ReviewVerdict::Approve, ReviewVerdict::RequestChanges] {
        refused(s.store.send_review(&s.scope, &task.id, review(verdict)).await, ErrorKind::Conflict)?;
        same(all(&s, &task).await?[0].state.as_str(), "draft")?;
    }
    let submitted = s.submitted("t").await?;
    for verdict in [ReviewVerdict::Comment, ReviewVerdict::RequestChanges] {
        invalid(s.store.send_review(&s.scope, &submitted.id, review(verdict)).await, "summary")?;
    }
    let system = Actor::System(octopoid_core::model::OrchestratorId::new("machine")?);
    let new = NewReview::new(system, ReviewVerdict::Approve);
    invalid(s.store.send_review(&s.scope, &submitted.id, new).await, "person")?;
    same(s.read(&submitted.id).await?.queue(), Queue::Provisional)
}

pub(super) async fn a_review_approves_or_only_comments(s: Setting) -> Verdict {
    let task = s.submitted("t").await?;
    let only = review(ReviewVerdict::Comment).with_summary("Looks good so far.");
    same(s.store.send_review(&s.scope, &task.id, only).await?.queue(), Queue::Provisional)?;
    let thread = s.store.messages(&s.scope, &task.id).await?;
    same(
        thread.last().map(|one| (&*one.body, one.kind)),
        Some(("Looks good so far.", MessageKind::Comment)),
    )?;
    add(&s, &task, vec![comment("a nit").with_severity(Severity::Nit).as_draft()]).await?;
    let approved = s.store.send_review(&s.scope, &task.id, review(ReviewVerdict::Approve)).await?;
    let by_person =
        matches!(&approved.state, State::Provisional(Provisional { approval: Some(by), .. }) if by.person);
    holds(by_person, "a person has approved")?;
    same(all(&s, &task).await?[0].state.as_str(), "sent")
}

pub(super) async fn a_verdict_is_on_the_work_that_was_read(s: Setting) -> Verdict {
    let task = s.submitted("t").await?;
    let head = task.submission.as_ref().and_then(|work| work.head.clone());
    let other = Some("0123456789abcdef0123456789abcdef01234567".parse()?);
    for verdict in [ReviewVerdict::Approve, ReviewVerdict::RequestChanges] {
        let late = review(verdict).with_summary("No.").with_head(other.clone());
        refused(s.store.send_review(&s.scope, &task.id, late).await, ErrorKind::Conflict)?;
    }
    same(s.read(&task.id).await?.version, task.version)?;
    // Words about work that has changed are still words.
    let words = review(ReviewVerdict::Comment).with_summary("Fine.").with_head(other);
    s.store.send_review(&s.scope, &task.id, words).await?;
    let back = review(ReviewVerdict::RequestChanges).with_summary("No.").with_head(head);
    same(s.store.send_review(&s.scope, &task.id, back).await?.queue(), Queue::Incoming)
}

pub(super) async fn comments_belong_to_their_task_and_scope(s: Setting) -> Verdict {
    let task = s.submitted("t").await?;
    let other = s.create("Another").await?;
    let new = NewTask::new("Theirs", "Do it.").with_scope(Scope::new("other")?);
    let theirs = s.store.create_task(new).await?;
    same(&theirs.id, &task.id)?;
    let made = add(&s, &task, vec![comment("here")]).await?;
    same(all(&s, &other).await?, vec![])?;
    same(s.store.review_comments(&theirs.scope, &theirs.id).await?, vec![])?;
    let elsewhere = s.store.resolve_review_comments(&s.scope, &other.id, vec![made[0].id], true, "ada").await;
    holds(elsewhere.is_err_and(|error| error.is_not_found()), "it is not that task's")?;
    s.finish(&other.id).await?;
    s.finish(&task.id).await?;
    s.store.delete_task(&s.scope, &task.id, "ada").await?;
    holds(all(&s, &task).await.is_err_and(|error| error.is_not_found()), "it goes with its task")?;
    let mut again = NewTask::new("Again", "Do it.");
    again.id = Some(task.id.clone());
    s.store.create_task(again).await?;
    same(all(&s, &task).await?, vec![])
}

pub(super) async fn i04_a_repeated_review_has_one_effect(s: IdempotentSetting) -> Verdict {
    let task = s.submitted("t").await?;
    let (first, again) = (request(&s, "add"), request(&s, "add"));
    let made = first.add_review_comments(&s.scope, &task.id, vec![comment("one").as_draft()]).await?;
    same(again.add_review_comments(&s.scope, &task.id, vec![comment("one").as_draft()]).await?, made)?;
    let new = || review(ReviewVerdict::RequestChanges).with_summary("Again, please.");
    let sent = request(&s, "send").send_review(&s.scope, &task.id, new()).await?;
    same(request(&s, "send").send_review(&s.scope, &task.id, new()).await?, sent)?;
    same(all(&s, &task).await?.len(), 1)?;
    same(s.read(&task.id).await?.counters.rejections, 1)
}
