//! What can be done to a task, through the store.

use super::setting::{LEASE, Setting, person, shows, with};
use super::verdict::{Verdict, Wrong, holds, invalid, refused, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{
    Attributes, ClaimToken, CommitId, Complexity, EventKind, Gates, MessageKind, NewTask, OrchestratorId,
    Priority, ProjectId, ProjectPatch, ProjectStatus, Queue, Quorum, Review, RoleName, SessionId, State,
    StateName, Submission, Task, TaskPatch, TreeId,
};
use octopoid_core::store::{ErrorKind, StoreExt};
use octopoid_core::transition::{Actor, Cause, Command, Purpose};

fn full_submission() -> Verdict<Submission> {
    let mut submission = Submission::new(3, 12);
    submission.head = Some(CommitId::new("a".repeat(40)).map_err(Wrong::from)?);
    submission.base = Some(CommitId::new("b".repeat(64)).map_err(Wrong::from)?);
    submission.tested = Some(TreeId::new("c".repeat(40)).map_err(Wrong::from)?);
    submission.branch = Some("agent/task-1".to_owned());
    submission.session = Some(SessionId::new("session-1").map_err(Wrong::from)?);
    submission.summary = Some("Did it.\nAll of it.".to_owned());
    Ok(submission)
}

pub(super) async fn work_goes_from_submission_to_done(s: Setting) -> Verdict {
    let task = s.claimed("w").await?;
    let mut submission = full_submission()?;
    let submitted = s.store.submit(&s.scope, &task.id, &ClaimToken::new("w")?, submission.clone()).await?;
    submission.at = Some(s.clock.now());
    same(submitted.submission.as_deref(), Some(&submission))?;
    same(submitted.queue(), Queue::Provisional)?;
    same(&s.read(&task.id).await?, &submitted)?;
    s.claim(Purpose::Review, "r").await?;
    let approved = s.store.approve(&s.scope, &task.id, shows("r")?, "well done").await?;
    same(&s.read(&task.id).await?, &approved)?;
    let confirmed = s.store.approve(&s.scope, &task.id, person(), "").await?;
    same(&s.read(&task.id).await?, &confirmed)?;
    s.claim(Purpose::Land, "l").await?;
    let commit = CommitId::new("d".repeat(40)).map_err(Wrong::from)?;
    let done = s.store.accept(&s.scope, &task.id, shows("l")?, Some(commit.clone())).await?;
    same(&done.state, &State::Done { landed: Some(commit), at: s.clock.now() })?;
    same(&s.read(&task.id).await?, &done)?;
    let thread = s.store.messages(&s.scope, &task.id).await?;
    let said: Vec<_> = thread.iter().map(|message| (message.kind, message.body.as_str())).collect();
    let should = vec![(MessageKind::Summary, "Did it.\nAll of it."), (MessageKind::Approval, "well done")];
    same(said, should)?;
    // A person may accept work as it stands.
    let task = s.claimed("w2").await?;
    let done = s.store.accept(&s.scope, &task.id, person(), None).await?;
    same(done.state.claim(), None)?;
    same(s.read(&task.id).await?, done)
}

pub(super) async fn i04_a_repeated_submission_has_one_effect(s: Setting) -> Verdict {
    let task = s.claimed("w").await?;
    let token = ClaimToken::new("w")?;
    let first = s.store.submit(&s.scope, &task.id, &token, full_submission()?).await?;
    let events = s.store.last_event().await?;
    same(&s.store.submit(&s.scope, &task.id, &token, full_submission()?).await?, &first)?;
    // Also when somebody else has it in hand by then.
    let reviewed = s.claim(Purpose::Review, "r").await?;
    same(&s.store.submit(&s.scope, &task.id, &token, full_submission()?).await?, &reviewed)?;
    same(s.store.last_event().await?, events + 1)?;
    same(s.store.messages(&s.scope, &task.id).await?.len(), 1)?;
    let rejected = s.store.reject(&s.scope, &task.id, shows("r")?, "not yet").await?;
    same(&s.store.reject(&s.scope, &task.id, shows("r")?, "not yet").await?, &rejected)?;
    same(rejected.counters.rejections, 1)?;
    // Another command with the old token is not a repetition.
    refused(s.store.release(&s.scope, &task.id, &token, "").await, ErrorKind::LeaseLost)?;
    Ok(())
}

pub(super) async fn a_burnt_out_attempt_waits_for_a_person(s: Setting) -> Verdict {
    let policy = s.store.policy().clone();
    for (token, submission, stopped) in [
        ("a", Submission::new(0, policy.burnout_turns), true),
        ("b", Submission::new(1, policy.burnout_turns), false),
        ("c", Submission::new(1, policy.turn_limit), true),
    ] {
        let task = s.claimed(token).await?;
        let task = s.store.submit(&s.scope, &task.id, &ClaimToken::new(token)?, submission).await?;
        let (queue, kind) = if stopped {
            (Queue::NeedsContinuation, EventKind::BurnoutDetected)
        } else {
            (Queue::Provisional, EventKind::Submitted)
        };
        same(task.queue(), queue)?;
        same(s.kinds(&task.id).await?.last(), Some(&kind))?;
        same(s.read(&task.id).await?, task)?;
    }
    Ok(())
}

pub(super) async fn rejected_work_goes_back_until_a_person_must_decide(s: Setting) -> Verdict {
    let rounds = s.store.policy().review_rounds;
    let id = s.submitted("w0").await?.id;
    for round in 1..=rounds {
        let token = format!("r{round}");
        s.claim(Purpose::Review, &token).await?;
        let feedback = format!("round {round}: not yet\nand more");
        let task = s.store.reject(&s.scope, &id, shows(&token)?, &feedback).await?;
        same(&s.read(&id).await?, &task)?;
        same(task.counters.review_rounds, round)?;
        if round < rounds {
            same(task.queue(), Queue::Incoming)?;
            let token = format!("w{round}");
            s.claim(Purpose::Work, &token).await?;
            s.store.submit(&s.scope, &id, &ClaimToken::new(token)?, Submission::new(1, 1)).await?;
        } else {
            same(task.queue(), Queue::Provisional)?;
            holds(task.state.needs_person().is_some(), "a person must decide")?;
        }
    }
    same(s.store.claim(&s.request(Purpose::Review, "x")?).await?, None)?;
    let thread = s.store.messages(&s.scope, &id).await?;
    let feedback = thread.iter().filter(|message| message.kind == MessageKind::Feedback).count();
    same(feedback, rounds as usize)?;
    let system = Actor::System(OrchestratorId::new("machine")?);
    let approve = Command::Approve { actor: system, comments: String::new() };
    refused(s.apply(&id, approve).await, ErrorKind::Forbidden)?;
    let rejected = s.store.reject(&s.scope, &id, person(), "once more").await?;
    same((rejected.queue(), rejected.counters.review_rounds), (Queue::Incoming, 0))?;
    same(s.read(&id).await?, rejected)
}

/// What a submission asks for, and what was said of it, is kept with it.
pub(super) async fn reviewers_are_heard_each_and_kept(s: Setting) -> Verdict {
    let id = s.claimed("w").await?.id;
    let (review, style) = (RoleName::review(), RoleName::new("style")?);
    let reviewers = vec![review.clone(), style.clone()];
    let mut submission = Submission::new(1, 1);
    submission.review = Review::of(Gates::Roles { reviewers, quorum: Quorum::All, person: true });
    let handed_in = s.store.submit(&s.scope, &id, &ClaimToken::new("w")?, submission).await?;
    same(&s.read(&id).await?, &handed_in)?;
    for (role, open) in [(review, 1), (style, 0)] {
        s.claim(Purpose::Review, role.as_str()).await?;
        let actor = Actor::Reviewer { token: ClaimToken::new(role.as_str())?, role };
        let said = s.apply(&id, Command::Approve { actor, comments: String::new() }).await?;
        same(said.submission.as_ref().map(|submission| submission.review.open().count()), Some(open))?;
        same(said.state.needs_person().is_some(), open == 0)?;
        same(s.read(&id).await?, said)?;
    }
    let approve = Command::Approve { actor: person(), comments: String::new() };
    let approved = s.apply(&id, approve).await?;
    holds(approved.state.needs_person().is_none(), "a person has had the last word")?;
    same(s.read(&id).await?, approved)
}

pub(super) async fn work_goes_on_to_the_states_of_its_flow(s: Setting) -> Verdict {
    let id = s.submitted("w").await?.id;
    let (shown, documented) = (StateName::new("shown")?, StateName::new("documented")?);
    let writer = RoleName::new("document")?;
    let advance = |token: &str, to: &StateName, role: Option<&RoleName>| {
        let (token, to, role) = (ClaimToken::new(token)?, to.clone(), role.cloned());
        Ok::<_, Wrong>(Command::Advance { token, to, role, gates: Gates::Person })
    };
    refused(s.apply(&id, advance("w", &shown, None)?).await, ErrorKind::LeaseLost)?;
    s.claim(Purpose::Review, "r").await?;
    refused(s.apply(&id, advance("r", &shown, None)?).await, ErrorKind::Conflict)?;
    s.apply(&id, Command::Approve { actor: shows("r")?, comments: String::new() }).await?;
    s.claim(Purpose::Land, "l").await?;
    let there = s.apply(&id, advance("l", &shown, None)?).await?;
    let state = |task: &Task| task.submission.as_ref().and_then(|submission| submission.review.state.clone());
    same((there.queue(), state(&there)), (Queue::Provisional, Some(shown)))?;
    holds(there.state.needs_person().is_some(), "the person that the state asks for is asked")?;
    same(&s.read(&id).await?, &there)?;
    let again = s.apply(&id, advance("l", &documented, None)?).await?;
    same(&again, &there)?;
    s.apply(&id, Command::Approve { actor: person(), comments: String::new() }).await?;
    s.claim(Purpose::Land, "m").await?;
    let waits = s.apply(&id, advance("m", &documented, Some(&writer))?).await?;
    same((waits.queue(), &waits.role, state(&waits)), (Queue::Incoming, &writer, Some(documented.clone())))?;
    same(&s.read(&id).await?, &waits)?;
    let implement = s.request(Purpose::Work, "i")?.with_role(RoleName::implement());
    same(s.store.claim(&implement).await?.map(|task| task.id), None)?;
    let document = s.request(Purpose::Work, "d")?.with_role(writer);
    same(s.store.claim(&document).await?.map(|task| task.id), Some(id.clone()))?;
    let handed_in = s.store.submit(&s.scope, &id, &ClaimToken::new("d")?, Submission::new(2, 1)).await?;
    same(state(&handed_in), Some(documented))?;
    same(s.kinds(&id).await?.into_iter().filter(|kind| *kind == EventKind::Advanced).count(), 2)
}

pub(super) async fn i12_work_that_is_there_already_is_handed_in_whole(s: Setting) -> Verdict {
    let new = NewTask::new("By hand", "It is done already.").in_backlog();
    let id = s.store.create_task(new).await?.id;
    let mut submission = full_submission()?;
    let hand_in =
        |submission: &Submission| Command::HandIn { actor: person(), submission: submission.clone() };
    let handed_in = s.apply(&id, hand_in(&submission)).await?;
    submission.at = Some(s.clock.now());
    same(handed_in.submission.as_deref(), Some(&submission))?;
    same(s.read(&id).await?, handed_in)?;
    refused(s.apply(&id, hand_in(&submission)).await, ErrorKind::Conflict)?;
    s.apply(&id, Command::Approve { actor: person(), comments: String::new() }).await?;
    let landing = s.claim(Purpose::Land, "l").await?;
    same(landing.submission.as_deref(), Some(&submission))?;
    let blocker = s.create("First").await?;
    let waits = s.create_after("Then", &[&blocker]).await?;
    refused(s.apply(&waits.id, hand_in(&full_submission()?)).await, ErrorKind::Conflict).map(drop)
}

pub(super) async fn a_project_is_done_with_the_task_that_lands_it(s: Setting) -> Verdict {
    let id = ProjectId::new("the-whole")?;
    s.project(&s.scope, &id).await?;
    let mut patch = ProjectPatch::default();
    patch.branch = Some("feature/whole".to_owned());
    s.store.update_project(&s.scope, &id, patch).await?;
    let mut attributes = Attributes::default();
    attributes.project = Some(id.clone());
    let part = NewTask::new("A part", "Do it.").with_attributes(attributes.clone());
    same(s.store.create_task(part).await?.branch.as_deref(), Some("feature/whole"))?;
    attributes.lands_project = true;
    let whole = NewTask::new("The whole", "Land it.").with_branch("main").with_attributes(attributes);
    let whole = s.store.create_task(whole).await?;
    same(whole.branch.as_deref(), Some("main"))?;
    s.finish(&whole.id).await?;
    let project = s.store.project(&s.scope, &id).await?;
    same((project.status, project.completed_at), (ProjectStatus::Completed, Some(s.clock.now())))?;
    // One more task, and it is under way again.
    let mut more = Attributes::default();
    more.project = Some(id.clone());
    s.store.create_task(NewTask::new("One more", "Do it.").with_attributes(more)).await?;
    same(s.store.project(&s.scope, &id).await?.status, ProjectStatus::Active)?;
    // What is moved into a project has its branch too.
    let moved = s.create("Moved").await?;
    let mut patch = TaskPatch::default();
    patch.attributes.insert("project_id".to_owned(), id.as_str().into());
    let moved = s.apply(&moved.id, Command::Update { actor: person(), patch }).await?;
    same(moved.branch.as_deref(), Some("feature/whole"))?;
    for (field, patch) in [
        ("branch", with(ProjectPatch::default(), |patch| patch.branch = Some("a b".to_owned()))),
        ("base_branch", with(ProjectPatch::default(), |patch| patch.base_branch = Some("..".to_owned()))),
    ] {
        invalid(s.store.update_project(&s.scope, &id, patch).await, field)?;
    }
    Ok(())
}

pub(super) async fn a_claim_is_given_back_or_charged(s: Setting) -> Verdict {
    let id = s.claimed("a").await?.id;
    let released = s.store.release(&s.scope, &id, &ClaimToken::new("a")?, "the machine stops").await?;
    same((released.queue(), released.counters.attempts), (Queue::Incoming, 0))?;
    same(released.note.as_deref(), Some("the machine stops"))?;
    same(&s.read(&id).await?, &released)?;
    for attempt in 1..=s.store.policy().attempts {
        let token = format!("b{attempt}");
        s.claim(Purpose::Work, &token).await?;
        let task = s.store.requeue(&s.scope, &id, shows(&token)?, "it went wrong").await?;
        same(task.counters.attempts, attempt)?;
        let last = attempt == s.store.policy().attempts;
        same(task.queue(), if last { Queue::NeedsContinuation } else { Queue::Incoming })?;
        same(s.read(&id).await?, task)?;
    }
    let reviewed = s.submitted("c").await?.id;
    for cause in [Cause::Tests, Cause::Conflict] {
        let token = format!("{cause:?}");
        if s.read(&reviewed).await?.queue() == Queue::Incoming {
            let work = format!("work-{token}");
            s.claim(Purpose::Work, &work).await?;
            s.store.submit(&s.scope, &reviewed, &ClaimToken::new(work)?, Submission::new(1, 1)).await?;
        }
        s.claim(Purpose::Review, &token).await?;
        let command = Command::Reject { actor: shows(&token)?, reason: "it does not fit".into(), cause };
        let task = s.apply(&reviewed, command).await?;
        same(task.queue(), Queue::Incoming)?;
        same(s.read(&reviewed).await?, task)?;
    }
    let counters = s.read(&reviewed).await?.counters;
    same((counters.attempts, counters.conflicts, counters.rejections), (1, 1, 2))
}

pub(super) async fn a_stopped_task_goes_on_when_a_person_says_so(s: Setting) -> Verdict {
    let id = s.claimed("a").await?.id;
    let ask = Command::Suspend { actor: shows("a")?, reason: "Which one?".into(), question: true };
    let stopped = s.apply(&id, ask).await?;
    same(&stopped.state, &State::NeedsContinuation { reason: "Which one?".into() })?;
    same(&s.read(&id).await?, &stopped)?;
    let answer = Command::Continue { actor: person(), note: "The first.".into() };
    let goes_on = s.apply(&id, answer).await?;
    same((goes_on.queue(), goes_on.counters.attempts), (Queue::Incoming, 0))?;
    same(&s.read(&id).await?, &goes_on)?;
    let thread = s.store.messages(&s.scope, &id).await?;
    let said: Vec<_> = thread.iter().map(|message| (message.kind, message.body.as_str())).collect();
    same(said, vec![(MessageKind::Question, "Which one?"), (MessageKind::Comment, "The first.")])
}

pub(super) async fn i08_failure_carries_its_reason(s: Setting) -> Verdict {
    let id = s.claimed("a").await?.id;
    invalid(s.apply(&id, Command::Fail { actor: shows("a")?, reason: " ".into() }).await, "reason")?;
    let failed = s.apply(&id, Command::Fail { actor: shows("a")?, reason: "cannot be done".into() }).await?;
    same(&failed.state, &State::Failed { reason: "cannot be done".into() })?;
    same(&s.read(&id).await?, &failed)?;
    let id = s.claimed("b").await?.id;
    let cancelled = s.apply(&id, Command::Cancel { actor: person(), reason: String::new() }).await?;
    holds(cancelled.state.needs_person().is_some_and(|why| why.contains("ada")), "it says who")?;
    same(&s.read(&id).await?, &cancelled)?;
    refused(
        s.apply(&id, Command::Cancel { actor: person(), reason: String::new() }).await,
        ErrorKind::Conflict,
    )?;
    let again = s.apply(&id, Command::Continue { actor: person(), note: String::new() }).await?;
    same(again.queue(), Queue::Incoming)
}

pub(super) async fn a_person_may_force_any_queue_but_claimed(s: Setting) -> Verdict {
    let other = s.create("Another").await?;
    for queue in Queue::NAMED {
        let task = s.create_after("A task", &[&other]).await?;
        let force = Command::Force { actor: person(), to: queue.into(), reason: "because".into() };
        let moved = s.apply(&task.id, force).await;
        if queue == Queue::Claimed {
            invalid(moved, "queue")?;
            continue;
        }
        let moved = moved?;
        same(moved.queue(), queue)?;
        same(&s.read(&task.id).await?, &moved)?;
        same(s.kinds(&task.id).await?.last(), Some(&EventKind::Forced))?;
        same(s.store.messages(&s.scope, &task.id).await?.len(), 1)?;
    }
    let force = Command::Force { actor: person(), to: Queue::Blocked.into(), reason: "because".into() };
    invalid(s.apply(&other.id, force).await, "queue")?;
    let held = s.store.claim(&s.request(Purpose::Work, "t")?.with_task(other.id.clone())).await?;
    holds(held.is_some(), "it can still be claimed")?;
    let reason = "stop it".to_owned();
    let moved =
        s.apply(&other.id, Command::Force { actor: person(), to: Queue::Backlog.into(), reason }).await?;
    same(moved.state.claim(), None)?;
    same(s.read(&other.id).await?, moved)
}

pub(super) async fn what_a_task_says_can_be_changed(s: Setting) -> Verdict {
    let task = s.create("Old").await?;
    let mut patch = TaskPatch::default();
    patch.title = Some("New".into());
    patch.description = Some("Do something else.".into());
    patch.role = Some(RoleName::review());
    patch.priority = Some(Priority::P0);
    patch.complexity = Some(Some(Complexity::XS));
    patch.branch = Some(Some("other".into()));
    patch.version = Some(task.version);
    let update = Command::Update { actor: person(), patch };
    let changed = s.apply(&task.id, update.clone()).await?;
    same((changed.title.as_str(), changed.description.as_str()), ("New", "Do something else."))?;
    same((changed.priority, changed.complexity), (Priority::P0, Some(Complexity::XS)))?;
    same((changed.branch.as_deref(), changed.version), (Some("other"), task.version + 1))?;
    same(&s.read(&task.id).await?, &changed)?;
    same(s.kinds(&task.id).await?.last(), Some(&EventKind::Updated))?;
    refused(s.apply(&task.id, update).await, ErrorKind::Conflict)?;
    // The claim finds it by what it says now.
    let request = s.request(Purpose::Work, "t")?;
    same(s.store.claim(&request.clone().with_role(RoleName::implement())).await?, None)?;
    let claimed = s.store.claim(&request.with_role(RoleName::review())).await?;
    same(claimed.map(|task| task.id), Some(task.id.clone()))?;
    let mut patch = TaskPatch::default();
    patch.description = Some(" ".into());
    invalid(s.apply(&task.id, Command::Update { actor: person(), patch }).await, "description")?;
    same(s.read(&task.id).await?.description.as_str(), "Do something else.")
}

fn retitle(title: &str) -> Command {
    let mut patch = TaskPatch::default();
    patch.title = Some(title.into());
    Command::Update { actor: person(), patch }
}

pub(super) async fn i02_several_commands_are_all_carried_out_or_none(s: Setting) -> Verdict {
    let before = s.claimed("w").await?;
    let all = async |version, commands| s.store.apply_all(&s.scope, &before.id, version, commands).await;
    let submit = |token: &str| -> Verdict<Command> {
        Ok(Command::Submit { token: ClaimToken::new(token)?, submission: Submission::new(1, 2) })
    };
    let (last, kinds) = (s.store.last_event().await?, s.kinds(&before.id).await?);
    refused(all(None, vec![retitle("New"), submit("other")?]).await, ErrorKind::LeaseLost)?;
    let requeue = Command::Requeue { actor: person(), reason: "again".into() };
    refused(all(None, vec![retitle("New"), requeue.clone(), submit("w")?]).await, ErrorKind::LeaseLost)?;
    refused(all(Some(before.version + 1), vec![retitle("New")]).await, ErrorKind::Conflict)?;
    same(s.read(&before.id).await?, before.clone())?;
    same((s.store.last_event().await?, s.kinds(&before.id).await?), (last, kinds.clone()))?;
    same(all(None, Vec::new()).await?, before.clone())?;
    let after = all(Some(before.version), vec![retitle("New"), submit("w")?]).await?;
    same((after.title.as_str(), after.queue()), ("New", Queue::Provisional))?;
    same(&s.read(&before.id).await?, &after)?;
    let mut wanted = kinds;
    wanted.extend([EventKind::Updated, EventKind::Submitted]);
    same(s.kinds(&before.id).await?, wanted)?;
    // What follows from the last of them follows as well.
    let waiting = s.create_after("Waits", &[&after]).await?;
    all(None, vec![retitle("Last"), Command::Accept { actor: person(), landed: None }]).await?;
    same(s.read(&waiting.id).await?.queue(), Queue::Incoming)?;
    let gone = s.store.apply_all(&s.scope, &"task-9".parse()?, None, vec![requeue]).await;
    refused(gone, ErrorKind::NotFound)?;
    Ok(())
}

pub(super) async fn i04_a_repetition_of_several_commands_changes_nothing(s: Setting) -> Verdict {
    let task = s.claimed("w").await?;
    let (token, mut patch) = (ClaimToken::new("w")?, TaskPatch::default());
    patch.title = Some("New".into());
    let update = Command::Update { actor: Actor::Holder(token.clone()), patch };
    let commands = vec![update, Command::Submit { token, submission: Submission::new(1, 2) }];
    let first = s.store.apply_all(&s.scope, &task.id, None, commands.clone()).await?;
    let last = s.store.last_event().await?;
    same(s.store.apply_all(&s.scope, &task.id, None, commands).await?, first)?;
    same(s.store.last_event().await?, last)
}

pub(super) async fn only_a_person_may_do_what_people_do(s: Setting) -> Verdict {
    let id = s.claimed("t").await?.id;
    let system = || Ok::<_, Wrong>(Actor::System(OrchestratorId::new("machine")?));
    for actor in [shows("t")?, system()?] {
        for command in [
            Command::Force { actor: actor.clone(), to: Queue::Done.into(), reason: "so".into() },
            Command::Cancel { actor: actor.clone(), reason: "so".into() },
            Command::Continue { actor, note: String::new() },
        ] {
            refused(s.apply(&id, command).await, ErrorKind::Forbidden)?;
        }
    }
    let accept = Command::Accept { actor: system()?, landed: None };
    refused(s.apply(&id, accept).await, ErrorKind::Conflict)?;
    Ok(())
}

pub(super) async fn a_refusal_changes_nothing(s: Setting) -> Verdict {
    let task = s.claimed("t").await?;
    let (events, thread) = (s.store.last_event().await?, s.store.messages(&s.scope, &task.id).await?);
    let early = Command::Expire { actor: person() };
    refused(s.apply(&task.id, early).await, ErrorKind::Conflict)?;
    let nothing = Command::Reject { actor: person(), reason: "no work yet".into(), cause: Cause::Review };
    refused(s.apply(&task.id, nothing).await, ErrorKind::Conflict)?;
    let wait = Command::Block { actor: person(), on: vec![s.create("Other").await?.id] };
    refused(s.apply(&task.id, wait).await, ErrorKind::Conflict)?;
    let stranger = s.store.renew(&s.scope, &task.id, &ClaimToken::new("x")?, LEASE).await;
    refused(stranger, ErrorKind::LeaseLost)?;
    same(&s.read(&task.id).await?, &task)?;
    same(s.store.last_event().await?, events + 1)?;
    same(s.store.messages(&s.scope, &task.id).await?, thread)
}
