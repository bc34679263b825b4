//! The order of lists, their pages, and what they can be searched for.

use super::setting::{Setting, person, shows};
use super::verdict::{Verdict, invalid, same};
use octopoid_core::model::{Attributes, ClaimToken, NewTask, Priority, ProjectId, Queue, Submission, TaskId};
use octopoid_core::store::{StoreExt, TaskOrder, TaskQuery};
use octopoid_core::transition::{Command, Purpose};

/// What a query gives: the ids of its page, and how many match in all.
async fn listed(s: &Setting, query: &TaskQuery) -> Verdict<(Vec<String>, u64)> {
    let page = s.store.list_tasks(query).await?;
    Ok((page.items.into_iter().map(|task| task.id.to_string()).collect(), page.total))
}

fn tasks(numbers: &[u64], total: u64) -> (Vec<String>, u64) {
    (numbers.iter().map(|number| TaskId::numbered(*number).to_string()).collect(), total)
}

/// `task-1` to `task-5`: P2, P0, P3, P0, P2.
async fn five(s: &Setting) -> Verdict {
    for priority in [Priority::P2, Priority::P0, Priority::P3, Priority::P0, Priority::P2] {
        s.store.create_task(NewTask::new("A task", "Do it.").with_priority(priority)).await?;
    }
    Ok(())
}

pub(super) async fn the_newest_first_can_be_read_on(s: Setting) -> Verdict {
    five(&s).await?;
    let mut query = TaskQuery::new(s.scope.clone());
    query.order = TaskOrder::Newest;
    same(listed(&s, &query).await?, tasks(&[5, 4, 3, 2, 1], 5))?;
    query.limit = 2;
    same(listed(&s, &query).await?, tasks(&[5, 4], 5))?;
    query.after = Some(s.read(&TaskId::numbered(4)).await?.seq);
    same(listed(&s, &query).await?, tasks(&[3, 2], 3))?;
    query.after = Some(s.read(&TaskId::numbered(2)).await?.seq);
    same(listed(&s, &query).await?, tasks(&[1], 1))?;
    // Whatever its order, all of them are the oldest first.
    query.after = None;
    let all = s.store.all_tasks(&query).await?;
    same(all.iter().map(|task| task.id.clone()).collect(), (1..=5).map(TaskId::numbered).collect::<Vec<_>>())
}

pub(super) async fn every_order_can_be_read_by_offset(s: Setting) -> Verdict {
    five(&s).await?;
    let mut query = TaskQuery::new(s.scope.clone());
    query.limit = 2;
    for (order, [first, second, third]) in [
        (TaskOrder::Oldest, [&[1, 2][..], &[3, 4], &[5]]),
        (TaskOrder::Newest, [&[5, 4], &[3, 2], &[1]]),
        (TaskOrder::Priority, [&[2, 4], &[1, 5], &[3]]),
    ] {
        query.order = order;
        for (offset, page) in [(0, first), (2, second), (4, third), (5, &[]), (u64::MAX, &[])] {
            query.offset = offset;
            same(listed(&s, &query).await?, tasks(page, 5))?;
        }
    }
    query.order = TaskOrder::Oldest;
    query.offset = 1;
    query.after = Some(s.read(&TaskId::numbered(1)).await?.seq);
    same(listed(&s, &query).await?, tasks(&[3, 4], 4))
}

pub(super) async fn an_order_by_priority_has_no_place_to_go_on_after(s: Setting) -> Verdict {
    let mut query = TaskQuery::new(s.scope.clone());
    query.order = TaskOrder::Priority;
    query.after = Some(0);
    invalid(s.store.list_tasks(&query).await, "after")?;
    Ok(())
}

pub(super) async fn lists_take_types_and_projects(s: Setting) -> Verdict {
    for (kind, project) in [
        (Some("bug"), Some("one")),
        (Some("docs"), None),
        (None, Some("one")),
        (None, None),
        (Some("bug"), Some("two")),
    ] {
        let mut attributes = Attributes::default();
        attributes.kind = kind.map(str::to_owned);
        attributes.project = project.map(ProjectId::new).transpose()?;
        if let Some(project) = &attributes.project {
            s.project(&s.scope, project).await?;
        }
        s.store.create_task(NewTask::new("A task", "Do it.").with_attributes(attributes)).await?;
    }
    let of = |types: &[&str], project: Option<&str>| -> Verdict<TaskQuery> {
        let mut query = TaskQuery::new(s.scope.clone());
        query.types = types.iter().map(|kind| (*kind).to_owned()).collect();
        query.project = project.map(ProjectId::new).transpose()?;
        Ok(query)
    };
    same(listed(&s, &of(&["bug"], None)?).await?, tasks(&[1, 5], 2))?;
    same(listed(&s, &of(&["docs", "bug"], None)?).await?, tasks(&[1, 2, 5], 3))?;
    same(listed(&s, &of(&["Bug"], None)?).await?, tasks(&[], 0))?;
    same(listed(&s, &of(&[], Some("one"))?).await?, tasks(&[1, 3], 2))?;
    same(listed(&s, &of(&["bug"], Some("two"))?).await?, tasks(&[5], 1))?;
    same(listed(&s, &of(&[], Some("three"))?).await?, tasks(&[], 0))
}

pub(super) async fn lists_tell_what_waits_for_a_person(s: Setting) -> Verdict {
    let failed = s.create("Failed").await?;
    s.apply(&failed.id, Command::Fail { actor: person(), reason: "no".into() }).await?;
    let stopped = s.create("Stopped").await?;
    let stop = Command::Suspend { actor: person(), reason: "which?".into(), question: true };
    s.apply(&stopped.id, stop).await?;
    let reviewed = s.submitted("w").await?;
    for round in 1..=s.store.policy().review_rounds {
        let (review, work) = (format!("r{round}"), format!("w{round}"));
        s.claim(Purpose::Review, &review).await?;
        s.store.reject(&s.scope, &reviewed.id, shows(&review)?, "not yet").await?;
        if s.read(&reviewed.id).await?.queue() == Queue::Incoming {
            s.claim(Purpose::Work, &work).await?;
            let (token, work) = (ClaimToken::new(work)?, Submission::new(1, 1));
            s.store.submit(&s.scope, &reviewed.id, &token, work).await?;
        }
    }
    s.submitted("x").await?;
    s.create("Waiting").await?;
    let mut query = TaskQuery::new(s.scope.clone());
    query.needs_person = Some(true);
    same(listed(&s, &query).await?, tasks(&[1, 2, 3], 3))?;
    query.needs_person = Some(false);
    same(listed(&s, &query).await?, tasks(&[4, 5], 2))
}

pub(super) async fn a_search_finds_its_text_in_titles_and_ids(s: Setting) -> Verdict {
    for title in ["Add a Greeting", "100% of it", "snake_case", "snakeXcase", "Ärger 'quoted' \\ 🐙"] {
        s.create(title).await?;
    }
    s.store.create_task(NewTask::new("By hand", "greeting").with_id(TaskId::new("Greet-ME")?)).await?;
    let found = async |words: &str| -> Verdict<Vec<String>> {
        let mut query = TaskQuery::new(s.scope.clone());
        query.search = Some(words.to_owned());
        let (ids, total) = listed(&s, &query).await?;
        same(total, ids.len() as u64)?;
        Ok(ids)
    };
    for (words, should) in [
        ("greet", &["task-1", "Greet-ME"][..]),
        ("GREETING", &["task-1"]),
        ("greet-me", &["Greet-ME"]),
        ("ASK-3", &["task-3"]),
        ("a greet", &["task-1"]),
        ("%", &["task-2"]),
        ("0%", &["task-2"]),
        ("1%t", &[]),
        ("_", &["task-3"]),
        ("snake_case", &["task-3"]),
        ("rger", &["task-5"]),
        ("Ärger", &["task-5"]),
        // Only the letters of ASCII are the same in both cases.
        ("ärger", &[]),
        ("'quoted' \\ 🐙", &["task-5"]),
        ("nowhere", &[]),
        ("Do it", &[]),
        ("\0", &[]),
    ] {
        let should: Vec<_> = should.iter().map(|id| (*id).to_owned()).collect();
        same((words, found(words).await?), (words, should))?;
    }
    same(found("").await?.len(), 6)
}
