//! Machines, projects and drafts by key.

use super::fixture::{Screen, drafts, projects, reviewed, snapshot, three, to_comment};
use crate::tui::actions::{Action, Made};
use crate::tui::event::{Data, Effect, Event, Written};
use crate::tui::pane::Mark;
use crossterm::event::KeyCode;
use octopoid_core::model::{MachineStatus, Priority, ProjectId, RoleName};

fn act(screen: &mut Screen) -> Option<Action> {
    screen.asked().into_iter().find_map(|effect| match effect {
        Effect::Act(action, _) => Some(*action),
        _ => None,
    })
}

/// Moves the cursor to a line that stands for something.
fn to(screen: &mut Screen, mark: &Mark) {
    screen.types("g");
    for _ in 0..40 {
        if screen.model.pane.mark() == Some(mark) {
            return;
        }
        screen.types("j");
    }
    panic!("there is no {mark:?} in\n{}", screen.text());
}

#[test]
fn a_machine_is_taken_out_of_service_and_put_back() {
    for (id, words, status) in [
        ("local-1", "Take local-1 out of service", MachineStatus::Maintenance),
        ("local-2", "Put local-2 back into service", MachineStatus::Active),
    ] {
        let mut screen = Screen::new((100, 30), &three());
        screen.types("7");
        to(&mut screen, &Mark::Machine(id.parse().unwrap()));
        screen.types("s");
        screen.shows(words);
        screen.press(KeyCode::Enter);
        assert_eq!(act(&mut screen), Some(Action::Machine { machine: id.parse().unwrap(), status }));
    }
}

#[test]
fn a_project_is_approved_put_away_and_leads_to_its_tasks() {
    let project: ProjectId = "colours".parse().unwrap();
    let at = || {
        let mut screen = Screen::new((100, 30), &three());
        screen.types("9").reads(projects());
        to(&mut screen, &Mark::Project("colours".parse().unwrap()));
        screen
    };
    let mut screen = at();
    screen.shows("needs you: every task is done");
    screen.types("a").press(KeyCode::Enter);
    assert_eq!(act(&mut screen), Some(Action::ApproveProject { project: project.clone() }));
    let mut screen = at();
    screen.types("x").press(KeyCode::Enter);
    assert_eq!(act(&mut screen), Some(Action::ArchiveProject { project }));
    let mut screen = at();
    screen.press(KeyCode::Enter);
    screen.shows("no task matches");
}

#[test]
fn a_draft_becomes_a_task_or_a_project() {
    let mut screen = Screen::new((100, 30), &three());
    screen.types("0").reads(drafts());
    to(&mut screen, &Mark::Draft(4));
    screen.types("a");
    screen.shows("Approve draft 4: Cache the index");
    screen.press(KeyCode::Enter);
    let made = Made::Task { role: RoleName::implement(), priority: Priority::P2 };
    assert_eq!(act(&mut screen), Some(Action::ApproveDraft { draft: 4, made }));
    screen.types("a").ctrl('u').types("project feature/x").press(KeyCode::Enter);
    let made = Made::Project { branch: Some("feature/x".to_owned()) };
    assert_eq!(act(&mut screen), Some(Action::ApproveDraft { draft: 4, made }));
}

#[test]
fn a_draft_is_edited_and_what_did_not_arrive_is_there_the_next_time() {
    let mut screen = Screen::new((100, 30), &three());
    screen.types("0").reads(drafts());
    to(&mut screen, &Mark::Draft(4));
    let edited = |screen: &mut Screen| {
        screen.types("e");
        let edit = screen.asked().into_iter().find_map(|effect| match effect {
            Effect::Edit(Written::Draft(4), text) => Some(text),
            _ => None,
        });
        edit.expect("an editor")
    };
    assert!(edited(&mut screen).starts_with("Cache the index\n\nThe index is read"));
    screen.send(Event::Edited(Written::Draft(4), "Keep the index\n".to_owned()));
    let sent = screen.asked();
    let Some(Effect::Act(action, number)) = sent.first() else { panic!("{sent:?}") };
    assert_eq!(**action, Action::EditDraft { draft: 4, text: "Keep the index\n".to_owned() });
    screen.send(Event::Failed { message: "away".to_owned(), hint: None, number: Some(*number) });
    assert_eq!(edited(&mut screen).trim(), "Keep the index");
}

#[test]
fn keys_about_tasks_mean_nothing_where_other_things_are_listed() {
    for pane in ["7", "9", "0"] {
        let mut screen = Screen::new((100, 30), &three());
        screen.types(pane).asked();
        screen.types("+");
        assert_eq!(act(&mut screen), None);
        screen.shows("that key is about a task");
        screen.press(KeyCode::Esc).types("+");
        assert!(act(&mut screen).is_some());
    }
}

#[test]
fn the_cursor_stays_at_what_it_is_at() {
    let mut screen = Screen::new((100, 30), &three());
    screen.types("0").reads(drafts());
    to(&mut screen, &Mark::Draft(4));
    let Data::Drafts(mut all, more) = drafts() else { panic!("no drafts") };
    let mut newer = all[1].clone();
    newer.id = 5;
    all.insert(0, newer);
    screen.reads(Data::Drafts(all, more));
    assert_eq!(screen.model.pane.mark(), Some(&Mark::Draft(4)));
    // So it does at a line of a diff, above which a comment came.
    let mut screen = Screen::new((100, 30), &three());
    screen.types("3").reads(Data::Diff(reviewed(false))).press(KeyCode::Enter);
    to_comment(&mut screen);
    screen.types("jj");
    let mark = screen.model.pane.mark().cloned();
    let mut changes = reviewed(false);
    changes.comments.clear();
    screen.reads(Data::Diff(changes)).knows(snapshot(&three()));
    assert_eq!(screen.model.pane.mark(), mark.as_ref());
}
