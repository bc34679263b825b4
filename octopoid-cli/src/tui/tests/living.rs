//! What events and keys lead to.

use super::fixture::{
    Screen, changes, commit, details, message, reviewed, snapshot, task, three, to_comment,
};
use crate::tui::actions::Action;
use crate::tui::event::{Data, Effect, Event, Log, Wanted};
use crate::tui::list::Selected;
use crate::tui::pane::{CodePlace, Mark, Pane};
use crossterm::event::KeyCode;
use octopoid_core::model::{Priority, ReviewVerdict, Side, State, TaskId};
use octopoid_core::ops::Decision;

fn act(screen: &mut Screen) -> Option<Action> {
    screen.asked().into_iter().find_map(|effect| match effect {
        Effect::Act(action, _) => Some(*action),
        _ => None,
    })
}

fn selected(screen: &Screen) -> Option<String> {
    match &screen.model.list.selected {
        Some(Selected::Task(task)) => Some(task.to_string()),
        Some(Selected::Project(project)) => Some(format!("project {project}")),
        None => None,
    }
}

#[test]
fn a_task_is_approved_by_a_key_and_enter() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("a");
    screen.shows("lands on `main` once the tests pass there  (octopoid approve task-7)");
    screen.press(KeyCode::Enter);
    let decision = Decision::Approve { comments: String::new() };
    assert_eq!(act(&mut screen), Some(Action::Decide { task: TaskId::numbered(7), decision, head: None }));
}

#[test]
fn what_is_decided_leads_to_the_next_that_needs_a_person() {
    let mut tasks = three();
    let stopped = |number| task(number, "Stopped", State::NeedsContinuation { reason: "why".to_owned() });
    tasks.extend([stopped(11), stopped(12)]);
    let mut screen = Screen::new((80, 24), &tasks);
    screen.types("j");
    let first = selected(&screen).unwrap();
    screen.types("x").press(KeyCode::Enter);
    let place = tasks.iter().position(|task| task.id.as_str() == first).unwrap();
    tasks[place].state = State::Failed { reason: "cancelled by ada".to_owned() };
    screen.knows(snapshot(&tasks));
    let next = selected(&screen).unwrap();
    assert!(next != first && screen.model.selected().unwrap().explanation.needs_person, "{next}");
}

#[test]
fn the_selection_stays_with_its_task_while_others_come_and_go() {
    let mut tasks = three();
    let mut screen = Screen::new((80, 24), &tasks);
    screen.types("j");
    assert_eq!(selected(&screen).as_deref(), Some("task-8"));
    tasks.push(task(1, "First", State::NeedsContinuation { reason: "why".to_owned() }));
    screen.knows(snapshot(&tasks));
    assert_eq!(selected(&screen).as_deref(), Some("task-8"));
    tasks.retain(|task| task.id.as_str() == "task-7");
    screen.knows(snapshot(&tasks));
    assert_eq!(selected(&screen).as_deref(), Some("task-7"), "that is left");
}

#[test]
fn a_reason_that_is_needed_is_asked_for() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("r").press(KeyCode::Enter);
    assert_eq!(act(&mut screen), None);
    screen.shows("say what to improve");
    screen.types("More tests").press(KeyCode::Enter);
    let decision = Decision::Reject { reason: "More tests".to_owned() };
    assert_eq!(act(&mut screen), Some(Action::Decide { task: TaskId::numbered(7), decision, head: None }));
}

#[test]
fn what_was_typed_is_kept_until_it_has_arrived() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("cA remark").press(KeyCode::Esc);
    screen.shows("not sent; the text is kept for the next time");
    screen.types("c");
    screen.shows("› A remark");
    screen.press(KeyCode::Enter);
    let number = sent(&mut screen);
    let (message, hint) = ("the server is away".to_owned(), Some("try again".to_owned()));
    screen.send(Event::Failed { message, hint, number });
    screen.shows("the server is away: try again");
    screen.types("c");
    screen.shows("› A remark");
    screen.press(KeyCode::Enter);
    let number = sent(&mut screen);
    screen.send(Event::Done { text: "said".to_owned(), number });
    screen.types("c");
    screen.shows("what is to be said");
}

/// Returns the number of what was sent last.
fn sent(screen: &mut Screen) -> Option<u64> {
    screen.asked().into_iter().rev().find_map(|effect| match effect {
        Effect::Act(_, number) => Some(number),
        _ => None,
    })
}

#[test]
fn a_text_is_not_lost_by_another_that_arrives_or_fails_meanwhile() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("cFirst").press(KeyCode::Enter);
    let first = sent(&mut screen);
    screen.types("cSecond").press(KeyCode::Enter);
    let second = sent(&mut screen);
    screen.types("cThird").press(KeyCode::Esc);
    screen.send(Event::Done { text: "said".to_owned(), number: first });
    screen.send(Event::Failed { message: "away".to_owned(), hint: None, number: second });
    screen.types("c");
    screen.shows("Third");
    screen.shows("Second");
    assert!(!screen.text().contains("First"));
}

#[test]
fn leaving_waits_for_what_was_sent_and_warns_of_what_was_not() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("a").press(KeyCode::Enter);
    let number = sent(&mut screen);
    screen.types("q");
    assert!(screen.asked().is_empty());
    screen.shows("leaves when what was sent has arrived");
    screen.send(Event::Done { text: "approved".to_owned(), number });
    assert!(screen.asked().contains(&Effect::Quit));
    let mut screen = Screen::new((80, 24), &three());
    screen.types("cA remark").press(KeyCode::Esc).types("q");
    assert!(!screen.asked().contains(&Effect::Quit));
    screen.types("q");
    assert!(screen.asked().contains(&Effect::Quit));
    // Another key in between is another intention.
    let mut screen = Screen::new((80, 24), &three());
    screen.types("cA remark").press(KeyCode::Esc).types("qjq");
    assert!(!screen.asked().contains(&Effect::Quit));
}

#[test]
fn typing_survives_what_happens_meanwhile() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("rHalf a sen");
    screen.knows(snapshot(&[task(20, "Another", State::Incoming)]));
    screen.send(Event::Resize(100, 30)).types("tence");
    screen.shows("› Half a sentence");
    screen.press(KeyCode::Enter);
    let Some(Action::Decide { task, .. }) = act(&mut screen) else { panic!("nothing is decided") };
    assert_eq!(task.as_str(), "task-7", "it is about the task that it was written for");
}

#[test]
fn what_the_state_machine_refuses_is_refused_before_a_reason_is_typed() {
    let mut screen = Screen::new((100, 30), &three());
    screen.types("ja");
    screen.shows("cannot approve task-8: it is in `claimed`");
    screen.types("t");
    screen.shows("cannot retry task-8: it is in `claimed`");
    screen.types("b");
    screen.shows("task-8 waits for no other task");
}

#[test]
fn a_question_is_answered_in_its_place() {
    let mut screen = Screen::new((80, 24), &three());
    let thread = vec![message(5, "question", "worker", "Which colour?")];
    screen.reads(Data::Details { thread, runs: Vec::new(), comments: Vec::new() });
    screen.shows("Which colour?");
    screen.types("yBlue").press(KeyCode::Enter);
    let text = "Blue".to_owned();
    assert_eq!(
        act(&mut screen),
        Some(Action::Comment { task: TaskId::numbered(7), text, reply_to: Some(5) })
    );
}

#[test]
fn a_priority_changes_by_one_key() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("+");
    assert!(matches!(act(&mut screen), Some(Action::Priority { priority: Priority::P1, .. })));
    // What was asked for counts, also before it has arrived.
    screen.types("+");
    assert!(matches!(act(&mut screen), Some(Action::Priority { priority: Priority::P0, .. })));
    screen.types("+");
    screen.shows("task-7 is P0 already");
}

#[test]
fn a_task_is_moved_with_a_queue_and_a_reason() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("fdone").press(KeyCode::Enter);
    screen.shows("say why, after the queue");
    screen.types(" merged by hand").press(KeyCode::Enter);
    let decision =
        Decision::Force { to: octopoid_core::model::Queue::Done.into(), reason: "merged by hand".to_owned() };
    assert_eq!(act(&mut screen), Some(Action::Decide { task: TaskId::numbered(7), decision, head: None }));
}

#[test]
fn a_new_task_has_its_title_in_the_first_line() {
    let mut screen = Screen::new((80, 24), &[]);
    screen.types("nAdd a flag").ctrl('j').types("Print the version.").press(KeyCode::Enter);
    let (title, description) = ("Add a flag".to_owned(), "Print the version.".to_owned());
    assert_eq!(act(&mut screen), Some(Action::Enqueue { title, description }));
}

#[test]
fn a_search_shows_what_has_all_the_words() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("/INDEX command").press(KeyCode::Enter);
    assert_eq!(selected(&screen).as_deref(), Some("task-9"));
    screen.shows("WAITING 1");
    assert!(!screen.text().contains("WORKING"));
    screen.press(KeyCode::Esc);
    screen.shows("WORKING 1");
    screen.types("/nothing like it");
    screen.shows("no task matches");
}

#[test]
fn a_log_is_followed_until_somebody_scrolls() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("2");
    let lines = (1..=100).map(|number| format!("line {number}")).collect();
    screen.reads(Data::Log(Log { attempt: Some((2, lines)), attempts: vec![1, 2], ..Log::default() }));
    screen.shows("line 100");
    let wanted = screen.wanted();
    screen.send(Event::Logged(wanted.clone(), vec!["line 101".to_owned()]));
    screen.shows("line 101");
    screen.types("K").send(Event::Logged(wanted, vec!["line 102".to_owned()]));
    assert!(!screen.text().contains("line 102"));
    screen.types("<");
    let attempt =
        Wanted { pane: Pane::Log, task: Some(TaskId::numbered(7)), attempt: Some(1), since_review: false };
    assert!(screen.asked().contains(&Effect::Load(attempt)));
    screen.shows("reading …");
}

#[test]
fn a_line_of_a_log_begins_with_the_time_of_day() {
    let mut screen = Screen::new((80, 24), &three());
    let line = "2026-01-01T00:00:01.036Z Edit src/index.rs".to_owned();
    screen.types("2").reads(Data::Log(Log {
        attempt: Some((1, vec![line])),
        attempts: vec![1],
        ..Log::default()
    }));
    screen.shows(":01 Edit src/index.rs");
    assert!(!screen.text().contains("2026-01-01"));
}

#[test]
fn what_was_read_for_another_task_is_not_shown() {
    let mut screen = Screen::new((80, 24), &three());
    let old = screen.wanted();
    screen.types("4j").send(Event::Loaded(old, details()));
    assert!(!screen.text().contains("The empty list"), "{}", screen.text());
}

#[test]
fn a_queue_that_cannot_be_read_is_said_and_what_is_known_stays() {
    let mut screen = Screen::new((80, 24), &three());
    let mut away = snapshot(&three());
    away.away = Some("no answer".to_owned());
    screen.knows(away.clone());
    screen.shows("THE QUEUE CANNOT BE READ: no answer");
    away.away = Some("no answer from a server with a long name ".repeat(5));
    screen.knows(away);
    screen.shows("THE QUEUE CANNOT BE READ: no answer from");
    screen.shows("task-7");
}

#[test]
fn the_pause_is_a_key() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("s");
    assert_eq!(act(&mut screen), Some(Action::Pause(true)));
    let mut elsewhere = snapshot(&three());
    elsewhere.here = None;
    screen.knows(elsewhere).types("s");
    screen.shows("an orchestrator is paused on its own machine");
}

#[test]
fn the_keys_that_leave_do_so_from_everywhere() {
    let mut screen = Screen::new((80, 24), &three());
    screen.types("q");
    assert!(screen.asked().contains(&Effect::Quit));
    screen.ctrl('c');
    assert!(screen.asked().contains(&Effect::Quit));
    screen.types("c").ctrl('z');
    assert!(screen.asked().contains(&Effect::Suspend), "also while something is typed");
}

#[test]
fn a_line_of_the_diff_gets_a_draft_and_the_review_sends_it() {
    let mut screen = Screen::new((100, 30), &three());
    screen.types("3").reads(Data::Diff(changes(2, 2))).press(KeyCode::Enter);
    while !screen
        .model
        .pane
        .mark()
        .is_some_and(|mark| matches!(mark, Mark::Code(place) if place.line == 11 && place.side == Side::New))
    {
        screen.types("j");
    }
    screen.types("Vj").types("cmust: return early");
    screen.shows("Comment on src/index.rs:11-12");
    screen.press(KeyCode::Enter);
    let place = CodePlace { path: "src/index.rs".to_owned(), side: Side::New, line: 12 };
    let text = "must: return early".to_owned();
    assert_eq!(
        act(&mut screen),
        Some(Action::ReviewComment { task: TaskId::numbered(7), place, first: 11, head: commit("2"), text })
    );
    screen.reads(Data::Diff(reviewed(true)));
    screen.shows("31. should by ada, draft");
    screen.types("R");
    screen.shows("Review of task-7 with 1 draft");
    screen.shows("REQUEST CHANGES");
    screen.press(KeyCode::Tab).press(KeyCode::Tab);
    screen.shows("COMMENT: sends the comments and decides nothing");
    screen.press(KeyCode::Tab).press(KeyCode::Enter);
    let (verdict, summary) = (ReviewVerdict::RequestChanges, String::new());
    assert_eq!(
        act(&mut screen),
        Some(Action::Review { task: TaskId::numbered(7), verdict, summary, head: None })
    );
}

#[test]
fn drafts_go_with_an_approval_and_with_a_rejection() {
    for (key, verdict) in [("a", ReviewVerdict::Approve), ("r", ReviewVerdict::RequestChanges)] {
        let mut screen = Screen::new((100, 30), &three());
        screen.types("3").reads(Data::Diff(reviewed(true))).types(key).press(KeyCode::Enter);
        assert!(
            matches!(act(&mut screen), Some(Action::Review { verdict: sent, .. }) if sent == verdict),
            "{key}"
        );
    }
}

#[test]
fn a_comment_is_replied_to_resolved_and_a_draft_deleted_at_the_cursor() {
    let at_comment = |is_draft| {
        let mut screen = Screen::new((100, 30), &three());
        screen.types("3").reads(Data::Diff(reviewed(is_draft))).press(KeyCode::Enter);
        to_comment(&mut screen);
        screen
    };
    let task = || TaskId::numbered(7);
    let mut screen = at_comment(false);
    screen.types("=");
    assert_eq!(act(&mut screen), Some(Action::Resolve { task: task(), comment: 31, resolved: true }));
    screen.types("yGood point").press(KeyCode::Enter);
    assert_eq!(
        act(&mut screen),
        Some(Action::Reply { task: task(), parent: 31, text: "Good point".to_owned() })
    );
    screen.press(KeyCode::Delete);
    assert_eq!(act(&mut screen), None, "what was sent stays");
    let mut screen = at_comment(true);
    screen.press(KeyCode::Delete);
    assert_eq!(act(&mut screen), Some(Action::Discard { task: task(), comment: 31 }));
}

#[test]
fn lines_of_an_older_round_get_no_comments() {
    let mut screen = Screen::new((100, 30), &three());
    screen.types("3").reads(Data::Diff(changes(1, 2))).press(KeyCode::Enter).types("jjjjjjjjjc");
    screen.shows("Comment on task-7");
}
