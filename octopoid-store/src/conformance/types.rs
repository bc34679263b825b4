//! Claims of tasks by their type.

use super::setting::Setting;
use super::verdict::{Verdict, holds, refused, same};
use octopoid_core::model::{Attributes, ClaimToken, NewTask, Priority, Queue, RoleName, Submission, Task};
use octopoid_core::store::{ClaimRequest, ErrorKind, StoreExt};
use octopoid_core::transition::Purpose;

fn request(s: &Setting, token: &str, types: &[&str], roles: &[&str]) -> Verdict<ClaimRequest> {
    let mut request = s.request(Purpose::Work, token)?;
    request.types = types.iter().map(|kind| (*kind).to_owned()).collect();
    for role in roles {
        request = request.with_role(RoleName::new(*role)?);
    }
    Ok(request)
}

async fn create(s: &Setting, title: &str, kind: &str, role: &str, priority: Priority) -> Verdict<Task> {
    let mut attributes = Attributes::default();
    attributes.kind = Some(kind.to_owned());
    let new = NewTask::new(title, "Do it.")
        .with_role(RoleName::new(role)?)
        .with_priority(priority)
        .with_attributes(attributes);
    Ok(s.store.create_task(new).await?)
}

/// The title of what a request gets.
async fn title(s: &Setting, request: ClaimRequest) -> Verdict<Option<String>> {
    Ok(s.store.claim(&request).await?.map(|task| task.title))
}

pub(super) async fn claims_take_the_most_urgent_then_the_oldest_of_their_types(s: Setting) -> Verdict {
    s.store.create_task(NewTask::new("plain", "Do it.").with_priority(Priority::P0)).await?;
    create(&s, "late bug", "bug", "implement", Priority::P3).await?;
    create(&s, "docs", "docs", "write", Priority::P1).await?;
    create(&s, "bug", "bug", "implement", Priority::P1).await?;
    create(&s, "other bug", "bug", "write", Priority::P1).await?;
    create(&s, "urgent chore", "chore", "implement", Priority::P0).await?;
    for (number, types, should) in [
        (1, &["bug", "docs"][..], Some("docs")),
        (2, &["bug"][..], Some("bug")),
        (3, &["Bug", "bu", "bug%", ""][..], None),
        (4, &["bug", "bug", "docs"][..], Some("other bug")),
        (5, &["bug"][..], Some("late bug")),
        (6, &["bug", "docs"][..], None),
        (7, &[][..], Some("plain")),
        (8, &[][..], Some("urgent chore")),
        (9, &[][..], None),
    ] {
        same(title(&s, request(&s, &number.to_string(), types, &[])?).await?.as_deref(), should)?;
    }
    Ok(())
}

pub(super) async fn claims_take_only_what_has_both_a_type_and_a_role(s: Setting) -> Verdict {
    create(&s, "bug", "bug", "implement", Priority::P2).await?;
    create(&s, "urgent bug", "bug", "write", Priority::P0).await?;
    create(&s, "docs", "docs", "write", Priority::P1).await?;
    for (number, types, roles, should) in [
        (1, &["bug"][..], &["review"][..], None),
        (2, &["chore"][..], &["implement", "write"][..], None),
        (3, &["bug"][..], &["implement"][..], Some("bug")),
        (4, &["docs", "bug"][..], &["write"][..], Some("urgent bug")),
        (5, &["docs", "bug"][..], &["implement", "write"][..], Some("docs")),
        (6, &["docs", "bug"][..], &["implement", "write"][..], None),
    ] {
        same(title(&s, request(&s, &number.to_string(), types, roles)?).await?.as_deref(), should)?;
    }
    Ok(())
}

pub(super) async fn a_named_task_of_another_type_is_refused(s: Setting) -> Verdict {
    let bug = create(&s, "bug", "bug", "implement", Priority::P2).await?;
    let plain = s.create("plain").await?;
    for (task, types) in [(&bug, &["docs"][..]), (&plain, &["bug"][..]), (&plain, &[""][..])] {
        let named = request(&s, "t", types, &[])?.with_task(task.id.clone());
        refused(s.store.claim(&named).await, ErrorKind::Conflict)?;
        same(&s.read(&task.id).await?, task)?;
    }
    let named = request(&s, "t", &["docs", "bug"], &[])?.with_task(bug.id.clone());
    same(title(&s, named).await?.as_deref(), Some("bug"))
}

pub(super) async fn reviews_can_be_asked_for_by_type(s: Setting) -> Verdict {
    let bug = create(&s, "bug", "bug", "implement", Priority::P2).await?;
    s.submitted("p").await?;
    let work = request(&s, "w", &["bug"], &[])?;
    holds(s.store.claim(&work).await?.is_some(), "there is a bug to mend")?;
    s.store.submit(&s.scope, &bug.id, &ClaimToken::new("w")?, Submission::new(1, 1)).await?;
    let mut review = request(&s, "r", &["bug"], &[])?;
    review.purpose = Purpose::Review;
    let reviewed = s.store.claim(&review).await?.map(|task| (task.queue(), task.title));
    same(reviewed, Some((Queue::Provisional, "bug".to_owned())))?;
    review.token = ClaimToken::new("r2")?;
    same(s.store.claim(&review).await?, None)
}

pub(super) async fn a_changed_type_counts_at_once(s: Setting) -> Verdict {
    let task = create(&s, "once a bug", "bug", "implement", Priority::P2).await?;
    let mut patch = octopoid_core::model::TaskPatch::default();
    patch.attributes.insert("type".to_owned(), "docs".into());
    let actor = super::setting::person();
    s.apply(&task.id, octopoid_core::transition::Command::Update { actor, patch }).await?;
    same(title(&s, request(&s, "1", &["bug"], &[])?).await?, None)?;
    same(title(&s, request(&s, "2", &["docs"], &[])?).await?.as_deref(), Some("once a bug"))
}
