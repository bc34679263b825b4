//! What is told, by a clock that is set by hand.

use super::decide::TOGETHER;
use super::message::Kind;
use super::*;
use octopoid_core::model::{TaskId, Timestamp};
use std::time::Duration;

const REMIND: Duration = Duration::from_secs(1800);

/// A decider with a clock.
struct Desk {
    decider: Decider,
    now: Timestamp,
}

impl Desk {
    fn new() -> Self {
        Self { decider: Decider::new(Some(REMIND)), now: Timestamp::from_millis(1_767_225_600_000) }
    }

    /// Sees the tasks, and goes on to the end of the window.
    fn sees(&mut self, tasks: &[Seen]) -> Option<Message> {
        let at_once = self.decider.see(tasks.to_vec(), self.now);
        assert_eq!(at_once, None, "what happens is told together with what follows at once");
        self.after(TOGETHER)
    }

    fn after(&mut self, time: Duration) -> Option<Message> {
        self.now = self.now + time;
        self.decider.wake(self.now)
    }
}

fn seen(number: u64, standing: Standing) -> Seen {
    Seen { task: TaskId::numbered(number), title: format!("Task {number}"), standing }
}

fn needs(number: u64, why: &str) -> Seen {
    let commands = vec![format!("octopoid approve task-{number}")];
    seen(number, Standing::NeedsYou { why: why.to_owned(), commands })
}

fn open(number: u64) -> Seen {
    seen(number, Standing::Open)
}

fn done(number: u64) -> Seen {
    seen(number, Standing::Done { what: "landed as 0123456".to_owned() })
}

#[test]
fn what_stands_at_the_beginning_is_no_news() {
    let mut desk = Desk::new();
    assert_eq!(desk.sees(&[needs(1, "why"), done(2), open(3)]), None);
    assert_eq!(desk.sees(&[needs(1, "why"), done(2), open(3)]), None);
}

#[test]
fn a_task_that_needs_a_person_is_told_once() {
    let mut desk = Desk::new();
    desk.sees(&[open(1), open(2)]);
    let message = desk.sees(&[needs(1, "three rounds"), open(2)]).unwrap();
    assert_eq!(
        (message.title.as_str(), message.text.as_str()),
        ("1 task needs you", "task-1 Task 1: three rounds")
    );
    assert_eq!((message.needs_you, message.queue_empty), (1, false));
    assert_eq!(message.tasks[0].commands, ["octopoid approve task-1"]);
    assert_eq!(desk.sees(&[needs(1, "three rounds"), open(2)]), None);
    let message = desk.sees(&[needs(1, "another question"), open(2)]).unwrap();
    assert_eq!(message.text, "task-1 Task 1: another question");
}

#[test]
fn what_goes_on_by_itself_is_not_told() {
    let mut desk = Desk::new();
    desk.sees(&[open(1)]);
    assert_eq!(desk.sees(&[open(1), open(2)]), None);
    assert_eq!(desk.sees(&[seen(1, Standing::Aside), open(2)]), None, "who called it off knows");
}

#[test]
fn many_at_once_are_one_message() {
    let mut desk = Desk::new();
    let all: Vec<_> = (1..=9).map(open).collect();
    desk.sees(&all);
    let mut tasks = all.clone();
    for number in 0..7 {
        tasks[number] = needs(number as u64 + 1, "why");
        assert_eq!(desk.decider.see(tasks.clone(), desk.now), None);
        desk.now = desk.now + Duration::from_millis(500);
    }
    tasks[7] = done(8);
    let message = desk.sees(&tasks).unwrap();
    assert_eq!(message.title, "7 tasks need you, 1 task is done");
    assert_eq!(message.tasks.len(), 8);
    assert!(message.text.ends_with("\nand 4 more"), "{}", message.text);
    assert_eq!(desk.after(Duration::from_secs(60)), None);
}

#[test]
fn what_is_over_before_it_is_told_is_not_told() {
    let mut desk = Desk::new();
    desk.sees(&[open(1), open(2)]);
    assert_eq!(desk.decider.see(vec![needs(1, "why"), open(2)], desk.now), None);
    assert_eq!(desk.sees(&[open(1), open(2)]), None);
}

#[test]
fn what_still_needs_a_person_is_told_again_once() {
    let mut desk = Desk::new();
    desk.sees(&[open(1), open(2), open(3)]);
    desk.sees(&[needs(1, "why"), needs(2, "why"), open(3)]).unwrap();
    assert_eq!(desk.decider.due(), Some(desk.now + REMIND - TOGETHER), "it wakes for that and not before");
    // One of them was decided meanwhile.
    assert_eq!(desk.sees(&[needs(1, "why"), open(2), open(3)]), None);
    assert_eq!(desk.after(REMIND), None);
    let message = desk.after(TOGETHER).unwrap();
    assert_eq!((message.title.as_str(), message.tasks.len()), ("1 task still needs you", 1));
    assert!(message.tasks[0].again && message.tasks[0].kind == Kind::NeedsYou);
    assert_eq!((desk.after(REMIND), desk.after(REMIND), desk.decider.due()), (None, None, None));
}

#[test]
fn nothing_is_told_again_where_that_is_not_wanted() {
    let mut desk = Desk { decider: Decider::new(None), ..Desk::new() };
    desk.sees(&[open(1), open(2)]);
    desk.sees(&[needs(1, "why"), open(2)]).unwrap();
    assert_eq!((desk.after(REMIND), desk.decider.due()), (None, None));
}

#[test]
fn an_empty_queue_is_told_once() {
    let mut desk = Desk::new();
    desk.sees(&[open(1), open(2)]);
    let message = desk.sees(&[done(1), needs(2, "why")]).unwrap();
    assert_eq!(message.title, "1 task needs you, 1 task is done, nothing is left to work on");
    assert!(message.queue_empty);
    assert_eq!(desk.sees(&[done(1), needs(2, "why")]), None);
    desk.sees(&[done(1), needs(2, "why"), open(3)]);
    let message = desk.sees(&[done(1), needs(2, "why"), seen(3, Standing::Aside)]).unwrap();
    assert_eq!(message.title, "nothing is left to work on");
}

#[test]
fn the_end_does_not_wait_for_more() {
    let mut desk = Desk::new();
    desk.sees(&[open(1)]);
    desk.decider.see(vec![done(1)], desk.now);
    let message = desk.decider.flush(desk.now).unwrap();
    assert_eq!(message.title, "1 task is done, nothing is left to work on");
    assert_eq!(desk.decider.flush(desk.now), None);
}

#[test]
fn what_agents_wrote_cannot_steer_a_terminal() {
    let mut desk = Desk::new();
    desk.sees(&[open(1), open(2)]);
    let message = desk.sees(&[needs(1, "a\u{1b}]0;x\u{7}"), open(2)]).unwrap();
    assert!(!message.text.contains(['\u{1b}', '\u{7}']), "{:?}", message.text);
}
