//! Every kind of repository that git can use, with each way to land and each way in which agents leave their work: what is
//! `done` is in the base branch, as the agent had it (I29, I30, I32).

mod ground;
mod outcome;
mod work;

use crate::orchestrator::setting::Setting;
use ground::{Ground, Kind};
use octopoid_core::orchestrator::{MergeSettings, MergeStrategy};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use work::{Way, work};

/// One repository, one task, one landing.
#[derive(Debug, Clone, Copy)]
struct Cell {
    kind: Kind,
    strategy: MergeStrategy,
    way: Way,
}

impl Cell {
    async fn run(self) {
        let (repository, ground) = Ground::make(self.kind);
        let (place, left) = (ground.clone(), Arc::new(Mutex::new(None)));
        let seen = left.clone();
        let mut setting = Setting::of(repository, move |scene| match scene.role() {
            "review" => scene.approve("fine"),
            _ => {
                let report = work(scene, self.way, &place);
                *seen.lock().unwrap() = Some(outcome::files(&scene.request().directory));
                report
            }
        });
        setting.settings = setting.settings.clone().with_merge(MergeSettings::new(self.strategy));
        // Clones of submodules are made without the samples of hooks, which are many files.
        setting.settings.environment.insert("GIT_TEMPLATE_DIR".to_owned(), String::new());
        if ground.remote.is_some() {
            setting.settings = setting.settings.clone().with_remote("origin");
        }
        let id = setting.enqueue("Change it").await;
        setting.run_until_idle().await;
        let left = left.lock().unwrap().take().expect("the agent was at work");
        outcome::check(&setting, &id, &ground, left).await;
    }
}

/// Runs every cell of a kind, and names those that fail.
fn every_cell_of(kind: Kind) {
    let mut failed = Vec::new();
    for strategy in [MergeStrategy::Rebase, MergeStrategy::Squash, MergeStrategy::Merge] {
        for way in Way::ALL {
            let cell = Cell { kind, strategy, way };
            let run = || {
                let runtime =
                    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
                runtime.unwrap().block_on(cell.run());
            };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
                let words = panic.downcast_ref::<String>().cloned();
                let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
                failed.push(format!("{cell:?}: {}", words.unwrap_or_default()));
            }
        }
    }
    assert!(failed.is_empty(), "{} cells fail:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn work_lands_as_it_was_left_in_a_plain_repository() {
    every_cell_of(Kind::Plain);
}

#[test]
fn work_lands_as_it_was_left_where_lfs_keeps_the_content() {
    every_cell_of(Kind::Lfs);
}

#[test]
fn work_lands_as_it_was_left_in_a_sparse_checkout() {
    every_cell_of(Kind::Sparse);
}

#[test]
fn work_lands_as_it_was_left_with_a_split_index() {
    every_cell_of(Kind::SplitIndex);
}

#[test]
fn work_lands_as_it_was_left_in_a_shallow_clone() {
    every_cell_of(Kind::Shallow);
}

#[test]
fn work_lands_as_it_was_left_beside_a_submodule() {
    every_cell_of(Kind::Submodule);
}

#[test]
fn work_lands_as_it_was_left_where_git_converts_line_ends() {
    every_cell_of(Kind::AutoCrlf);
}
