//! Actions that are proposed to people.

use super::setting::{Setting, with};
use super::verdict::{Verdict, Wrong, invalid, refused, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{Action, ActionDraft, ActionStatus, Scope};
use octopoid_core::store::{ActionQuery, ErrorKind, Result, TaskQuery};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

fn draft(label: &str) -> ActionDraft {
    ActionDraft::new("draft", "7", label, "planner")
}

async fn propose(s: &Setting, draft: ActionDraft) -> Result<Action> {
    s.store.propose_action(&s.scope, draft).await
}

/// The ids of all that are listed, after checking that they are counted.
async fn listed(s: &Setting, query: &ActionQuery) -> Verdict<Vec<String>> {
    let page = s.store.list_actions(query).await?;
    same(page.total, page.items.len() as u64)?;
    Ok(page.items.into_iter().map(|action| action.id).collect())
}

async fn update(s: &Setting, id: &str, status: Option<ActionStatus>, result: Option<&str>) -> Result<Action> {
    s.store.update_action(&s.scope, id, status, result.map(str::to_owned)).await
}

pub(super) async fn a_proposed_action_is_listed_as_it_was_answered(s: Setting) -> Verdict {
    let mut asked = draft("Do it");
    asked.description = Some("Several\nlines 🐙".into());
    asked.expires_at = Some(s.clock.now() + Duration::from_secs(60));
    asked.metadata = Some("{\"a\": [1, 2]}".into());
    asked.action_data = Some("not JSON at all".into());
    let made = propose(&s, asked.clone()).await?;
    let should = asked.at("act-1", s.scope.clone(), s.clock.now());
    same(&made, &should)?;
    let second = propose(&s, draft("Do that")).await?;
    same(second.id.as_str(), "act-2")?;
    same(s.store.list_actions(&ActionQuery::new(s.scope.clone())).await?.items, vec![second, made])?;
    let other = Scope::new("other")?;
    same(s.store.propose_action(&other, draft("Theirs")).await?.id.as_str(), "act-3")
}

pub(super) async fn unusable_actions_are_refused(s: Setting) -> Verdict {
    let long = "x".repeat((1 << 20) + 1);
    for label in ["", " \t", "two\nlines", "a\0b", long.as_str()] {
        invalid(propose(&s, draft(label)).await, "label")?;
    }
    for (bad, field) in [
        (ActionDraft::new("", "7", "Do it", "planner"), "entity_type"),
        (ActionDraft::new("draft", " ", "Do it", "planner"), "entity_id"),
        (ActionDraft::new("draft", "7", "Do it", ""), "proposed_by"),
        (with(draft("Do it"), |draft| draft.description = Some(long.clone())), "description"),
        (with(draft("Do it"), |draft| draft.metadata = Some(long.clone())), "metadata"),
        (with(draft("Do it"), |draft| draft.action_data = Some("a\0b".into())), "action_data"),
    ] {
        invalid(propose(&s, bad).await, field)?;
    }
    same(propose(&s, draft("Do it")).await?.id.as_str(), "act-1")
}

pub(super) async fn actions_are_listed_newest_first(s: Setting) -> Verdict {
    for (kind, id) in [("draft", "1"), ("task", "1"), ("draft", "2"), ("draft", "1")] {
        propose(&s, ActionDraft::new(kind, id, "Do it", "planner")).await?;
    }
    s.store.propose_action(&Scope::new("other")?, draft("Theirs")).await?;
    update(&s, "act-1", Some(ActionStatus::Completed), None).await?;
    let all = ActionQuery::new(s.scope.clone());
    let of_drafts = with(all.clone(), |query| query.entity_type = Some("draft".into()));
    for (query, should) in [
        (all.clone(), &["act-4", "act-3", "act-2", "act-1"][..]),
        (of_drafts.clone(), &["act-4", "act-3", "act-1"]),
        (with(of_drafts, |query| query.entity_id = Some("1".into())), &["act-4", "act-1"]),
        (with(all.clone(), |query| query.status = Some(ActionStatus::Completed)), &["act-1"]),
        (
            with(all.clone(), |query| query.status = Some(ActionStatus::Proposed)),
            &["act-4", "act-3", "act-2"],
        ),
        (with(all.clone(), |query| query.status = Some(ActionStatus::Failed)), &[]),
    ] {
        same(listed(&s, &query).await?, should.iter().map(|id| (*id).to_owned()).collect())?;
    }
    let second = with(all.clone(), |query| (query.offset, query.limit) = (1, 2));
    let page = s.store.list_actions(&second).await?;
    same(page.total, 4)?;
    same(page.items.iter().map(|action| action.id.as_str()).collect(), vec!["act-3", "act-2"])?;
    let after = |id: &str| with(all.clone(), |query| query.after = Some(id.into()));
    same(listed(&s, &after("act-3")).await?, vec!["act-2".to_owned(), "act-1".to_owned()])?;
    same(listed(&s, &after("act-1")).await?, vec![])?;
    invalid(s.store.list_actions(&after("act-9")).await, "after")?;
    for limit in [0, TaskQuery::MAX_LIMIT + 1] {
        invalid(s.store.list_actions(&with(all.clone(), |query| query.limit = limit)).await, "limit")?;
    }
    Ok(())
}

pub(super) async fn only_a_proposed_action_can_be_wanted(s: Setting) -> Verdict {
    let proposed = propose(&s, draft("Do it")).await?;
    s.clock.advance(Duration::from_secs(5));
    let wanted = s.store.request_action(&s.scope, &proposed.id).await?;
    let mut should = proposed;
    should.status = ActionStatus::ExecuteRequested;
    should.executed_at = Some(s.clock.now());
    same(&wanted, &should)?;
    invalid(s.store.request_action(&s.scope, &wanted.id).await, "status")?;
    for status in ActionStatus::ALL {
        let action = propose(&s, draft("Do it")).await?;
        update(&s, &action.id, Some(status), None).await?;
        let again = s.store.request_action(&s.scope, &action.id).await;
        match status {
            ActionStatus::Proposed => drop(again?),
            _ => drop(invalid(again, "status")?),
        }
    }
    let all = s.store.list_actions(&ActionQuery::new(s.scope.clone())).await?;
    same(all.items.last(), Some(&wanted))
}

pub(super) async fn what_nobody_wanted_in_time_is_gone(s: Setting) -> Verdict {
    let until = |seconds| Some(s.clock.now() + Duration::from_secs(seconds));
    let (short, long) = (until(60), until(61));
    for (label, until) in [("Late", short), ("Wanted", short), ("Later", long)] {
        propose(&s, with(draft(label), |draft| draft.expires_at = until)).await?;
    }
    propose(&s, draft("Always")).await?;
    let all = ActionQuery::new(s.scope.clone());
    s.clock.advance(Duration::from_millis(59_999));
    same(listed(&s, &all).await?.len(), 4)?;
    s.store.request_action(&s.scope, "act-2").await?;
    // From that moment on, by the store's clock.
    s.clock.advance(Duration::from_millis(1));
    same(listed(&s, &all).await?, ["act-4", "act-3", "act-2"].map(str::to_owned).to_vec())?;
    invalid(s.store.request_action(&s.scope, "act-1").await, "expires_at")?;
    s.store.request_action(&s.scope, "act-3").await?;
    s.clock.advance(Duration::from_secs(3600));
    s.store.request_action(&s.scope, "act-4").await?;
    // What was wanted stays.
    same(listed(&s, &all).await?, ["act-4", "act-3", "act-2"].map(str::to_owned).to_vec())?;
    let proposed = with(all, |query| query.status = Some(ActionStatus::Proposed));
    same(listed(&s, &proposed).await?, vec![])
}

pub(super) async fn of_two_that_want_an_action_one_succeeds(s: Setting) -> Verdict {
    const PEOPLE: usize = 16;
    let action = propose(&s, draft("Do it")).await?;
    let start = Arc::new(Barrier::new(PEOPLE));
    let people: Vec<_> = (0..PEOPLE)
        .map(|_| {
            let (store, scope, id) = (Arc::clone(&s.store), s.scope.clone(), action.id.clone());
            let start = Arc::clone(&start);
            tokio::spawn(async move {
                start.wait().await;
                store.request_action(&scope, &id).await
            })
        })
        .collect();
    let mut succeeded = 0;
    for person in people {
        match person.await.map_err(|error| Wrong::new(error.to_string()))? {
            Ok(_) => succeeded += 1,
            refusal => drop(invalid(refusal, "status")?),
        }
    }
    same(succeeded, 1)
}

pub(super) async fn an_action_says_how_far_it_is(s: Setting) -> Verdict {
    let action = propose(&s, draft("Do it")).await?;
    let under_way = update(&s, &action.id, Some(ActionStatus::Executing), None).await?;
    same(&under_way, &with(action, |action| action.status = ActionStatus::Executing))?;
    let noted = update(&s, &under_way.id, None, Some("half\nof it")).await?;
    same((noted.status, noted.result.as_deref()), (ActionStatus::Executing, Some("half\nof it")))?;
    let done = update(&s, &noted.id, Some(ActionStatus::Completed), Some("all of it")).await?;
    same((done.status, done.result.as_deref()), (ActionStatus::Completed, Some("all of it")))?;
    same(update(&s, &done.id, Some(ActionStatus::Failed), None).await?.result, done.result.clone())?;
    invalid(update(&s, &done.id, None, None).await, "patch")?;
    invalid(update(&s, &done.id, None, Some(&"x".repeat((1 << 20) + 1))).await, "result")?;
    let mut should = done;
    should.status = ActionStatus::Failed;
    same(s.store.list_actions(&ActionQuery::new(s.scope.clone())).await?.items, vec![should])
}

pub(super) async fn an_action_that_is_not_there_is_not_found(s: Setting) -> Verdict {
    let mine = propose(&s, draft("Do it")).await?;
    let other = Scope::new("other")?;
    for (scope, id) in [(&s.scope, "act-2"), (&s.scope, ""), (&other, mine.id.as_str())] {
        refused(s.store.request_action(scope, id).await, ErrorKind::NotFound)?;
        let status = Some(ActionStatus::Completed);
        refused(s.store.update_action(scope, id, status, None).await, ErrorKind::NotFound)?;
    }
    same(s.store.list_actions(&ActionQuery::new(other)).await?.total, 0)?;
    same(s.store.list_actions(&ActionQuery::new(s.scope.clone())).await?.items, vec![mine])
}
