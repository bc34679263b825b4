//! Killed in the middle of it.

use super::child;
use super::setting::{Folder, assert_sound, create, scope};
use octopoid_core::model::TaskId;
use octopoid_core::store::{StoreExt, TaskStore};
use std::io::{BufRead, BufReader};

#[tokio::test]
async fn i02_what_was_answered_survives_a_kill_and_nothing_is_half_done() {
    let folder = Folder::new();
    let mut answered: Vec<TaskId> = Vec::new();
    for round in 1..=5 {
        let mut writer = child::start("writes_until_killed", &folder.path());
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let mut seen = 0;
        while seen < 40 * round {
            let line = lines.next().expect("the writer lives").unwrap();
            if let Some(id) = line.split("wrote ").nth(1) {
                answered.push(id.parse().unwrap());
                seen += 1;
            }
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        // What it still printed was answered too; a last line may be cut short.
        for line in lines.map_while(Result::ok) {
            if let Some(id) = line.split("wrote ").nth(1)
                && line.ends_with(|c: char| c.is_ascii_digit())
            {
                answered.extend(id.parse::<TaskId>());
            }
        }
        let store = folder.open();
        // The very last line may have lost its end and name another task; all the others must be there.
        for id in &answered {
            let task =
                store.task(&scope(), id).await.unwrap_or_else(|error| panic!("{id} was lost: {error}"));
            assert_eq!(task.description.len(), 5000);
            assert_eq!(store.history(&scope(), id).await.unwrap().len(), 1, "{id} has its event");
        }
        create(&store, "The next").await.unwrap();
        drop(store);
        assert_sound(&folder.path());
    }
}
