//! The board follows the store.

use super::{Setting, person};
use octopoid_core::model::{NewTask, Queue, Scope, TaskId};
use octopoid_core::ops::{Board, Decision, comment, decide};
use octopoid_core::store::{Store, TaskStore};
use std::collections::BTreeSet;

async fn cancel(setting: &Setting, id: &TaskId) {
    let decision = Decision::Cancel { reason: String::new() };
    decide(setting.store(), &setting.scope(), id, decision, person()).await.unwrap();
}

/// Checks that a refreshed board is what a new one would be.
async fn assert_up_to_date(board: &Board, store: &dyn Store) {
    let fresh = Board::read(store, &Scope::single(), 10).await.unwrap();
    assert_eq!(*board, fresh);
    assert_eq!(board.cursor(), store.last_event().await.unwrap());
}

#[tokio::test]
async fn a_refreshed_board_is_what_a_new_one_would_be() {
    let setting = Setting::new();
    let one = setting.create("One").await;
    let mut board = Board::read(setting.store(), &setting.scope(), 10).await.unwrap();
    assert_eq!(board.tasks().count(), 1);
    let two = setting.create("Two").await;
    setting.submit(&one.id).await;
    comment(setting.store(), &setting.scope(), &two.id, "ada", "A remark", None).await.unwrap();
    let changed = board.refresh(setting.store()).await.unwrap();
    assert_eq!(changed, Some(BTreeSet::from([one.id.clone(), two.id.clone()])));
    assert_eq!(board.task(&one.id).unwrap().queue(), Queue::Provisional);
    assert_up_to_date(&board, setting.store()).await;
    cancel(&setting, &two.id).await;
    setting.store.delete_task(&setting.scope(), &one.id, "ada").await.unwrap();
    board.refresh(setting.store()).await.unwrap();
    assert_eq!(board.task(&one.id), None);
    assert_up_to_date(&board, setting.store()).await;
}

#[tokio::test]
async fn many_changes_at_once_are_read_together() {
    let setting = Setting::new();
    let mut board = Board::read(setting.store(), &setting.scope(), 10).await.unwrap();
    for number in 0..30 {
        setting.create(&format!("Task {number}")).await;
    }
    assert_eq!(board.refresh(setting.store()).await.unwrap(), None);
    assert_eq!(board.tasks().count(), 30);
    assert_up_to_date(&board, setting.store()).await;
}

#[tokio::test]
async fn what_happens_in_another_scope_moves_the_cursor_alone() {
    let setting = Setting::new();
    let mut board = Board::read(setting.store(), &setting.scope(), 10).await.unwrap();
    let other = NewTask::new("Elsewhere", "Do it.").with_scope(Scope::new("other").unwrap());
    setting.store.create_task(other).await.unwrap();
    assert_eq!(board.refresh(setting.store()).await.unwrap(), Some(BTreeSet::new()));
    assert_eq!(board.tasks().count(), 0);
    assert_up_to_date(&board, setting.store()).await;
}
