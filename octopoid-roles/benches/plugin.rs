//! What the boundary costs: loading a plugin, one empty run, and 64 at once, beside the same role linked in.
//!
//! `cargo bench -p octopoid-roles --bench plugin`. Ratios of one run count; absolute numbers belong to the machine.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "it prints, and has nobody to recover for")]

use async_trait::async_trait;
use octopoid_core::model::{
    Counters, Diff, Outcome, Priority, RoleName, RunId, Scope, State, StopReason, Task, TaskId, Timestamp,
    Usage,
};
use octopoid_core::role::{
    AgentCall, CommitLine, Role, RoleContext, RoleError, RoleHost, RoleSpec, Workspace,
};
use octopoid_core::runner::AgentReport;
use octopoid_roles::plugin::{Isolation, Plugin, PluginFile, PluginOptions};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs in a row, for each number.
const RUNS: usize = 2000;
/// Runs in children, each of which is a process.
const CHILDREN: usize = 50;
/// Libraries loaded.
const LOADS: usize = 40;
/// Runs at once.
const AT_ONCE: usize = 64;
/// Rounds; the median counts.
const ROUNDS: usize = 7;

#[derive(Debug)]
struct Linked(RoleSpec);

#[async_trait]
impl Role for Linked {
    fn spec(&self) -> &RoleSpec {
        &self.0
    }

    async fn run(&self, _context: &RoleContext) -> Result<Outcome, RoleError> {
        Ok(Outcome::Submitted { summary: "did it".to_owned() })
    }
}

#[derive(Debug)]
struct Nobody;

#[async_trait]
impl RoleHost for Nobody {
    async fn run_agent(&self, _call: AgentCall) -> Result<AgentReport, RoleError> {
        Ok(AgentReport::stopped(StopReason::Completed))
    }

    async fn diff(&self) -> Result<Diff, RoleError> {
        Ok(Diff::default())
    }

    async fn commits(&self) -> Result<Vec<CommitLine>, RoleError> {
        Ok(Vec::new())
    }

    async fn keep_file(&self, name: &str, _content: &str) -> Result<PathBuf, RoleError> {
        Ok(PathBuf::from(name))
    }

    fn progress(&self, _text: &str, _usage: Option<Usage>) {}

    fn log(&self, _line: &str) {}
}

fn task() -> Task {
    let description = "In a file, and with a description of some length. ".repeat(20);
    serde_json::from_value(json!({
        "id": TaskId::numbered(7), "scope": Scope::single(), "seq": 7, "key": null, "title": "Say hello",
        "description": description, "role": RoleName::implement(), "priority": Priority::P2, "complexity": null,
        "branch": null, "state": State::Incoming, "blockers": [], "counters": Counters::default(), "submission": null,
        "note": null, "settled": null, "created_at": Timestamp::default(), "updated_at": Timestamp::default(),
        "version": 1
    }))
    .unwrap()
}

fn context() -> RoleContext {
    let task = task();
    let workspace = Workspace::new("/nonexistent", "main");
    RoleContext::new(RunId::of(&task.id, 1), 1, task, workspace, Arc::new(Nobody))
}

fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort();
    rounds[rounds.len() / 2]
}

/// The time of one run, of many in a row.
async fn in_a_row(role: &dyn Role, runs: usize) -> Duration {
    let context = context();
    role.run(&context).await.unwrap();
    let begun = Instant::now();
    for _ in 0..runs {
        role.run(&context).await.unwrap();
    }
    begun.elapsed() / u32::try_from(runs).unwrap()
}

/// The time until all of many at once are done.
async fn at_once(role: &Arc<dyn Role>) -> Duration {
    let begun = Instant::now();
    let mut runs = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let role = role.clone();
        runs.spawn(async move { role.run(&context()).await.unwrap() });
    }
    runs.join_all().await;
    begun.elapsed()
}

fn library() -> PathBuf {
    let profile = Path::new(env!("CARGO_BIN_EXE_octopoid-plugin-host")).parent().unwrap();
    let target = profile.parent().unwrap();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--package", "plugin-fixtures", "--target-dir"])
        .arg(target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status()
        .unwrap();
    assert!(status.success());
    target.join("release").join(format!("libplugin_fixtures{}", std::env::consts::DLL_SUFFIX))
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let options = PluginOptions::new(folder.path().join("copies"))
        .with_host(octopoid_core::process::Command::new(env!("CARGO_BIN_EXE_octopoid-plugin-host")));
    let bytes = std::fs::read(library()).unwrap();

    // What follows the image is not loaded, and makes each of them another library.
    let mut loads = Vec::new();
    let path = folder.path().join("library.so");
    for number in 0..LOADS {
        std::fs::write(&path, [bytes.as_slice(), &number.to_le_bytes()].concat()).unwrap();
        let begun = Instant::now();
        Plugin::load(&PluginFile::new(&path), &options).await.unwrap();
        loads.push(begun.elapsed());
    }
    let begun = Instant::now();
    let plugin = Plugin::load(&PluginFile::new(&path), &options).await.unwrap();
    let again = begun.elapsed();
    let child = PluginFile::new(&path).with_isolation(Isolation::Process);
    let child = Plugin::load(&child, &options).await.unwrap();

    let named =
        |plugin: &Plugin| plugin.roles().find(|role| role.spec().name.as_str() == "misbehave").unwrap();
    let (loaded, isolated) = (named(&plugin), named(&child));
    let spec = RoleSpec::worker(RoleName::new("linked").unwrap(), "does nothing");
    let linked: Arc<dyn Role> = Arc::new(Linked(spec));

    let mut columns: [Vec<Duration>; 5] = Default::default();
    for _ in 0..ROUNDS {
        columns[0].push(in_a_row(linked.as_ref(), RUNS).await);
        columns[1].push(in_a_row(loaded.as_ref(), RUNS).await);
        columns[2].push(at_once(&linked).await);
        columns[3].push(at_once(&loaded).await);
        columns[4].push(in_a_row(isolated.as_ref(), CHILDREN).await);
    }
    let [linked_one, loaded_one, linked_all, loaded_all, child_one] = columns.map(median);
    println!("| | linked in | plugin in this process | plugin in a child |");
    println!("|---|---:|---:|---:|");
    println!("| loading, a library of {} KiB | | {:?} | |", bytes.len() >> 10, median(loads));
    println!("| loading, the same bytes again | | {again:?} | |");
    println!("| one empty run | {linked_one:?} | {loaded_one:?} | {child_one:?} |");
    println!("| {AT_ONCE} empty runs at once | {linked_all:?} | {loaded_all:?} | |");
    println!(
        "\nThe boundary costs {:?} a run alone, and {:?} a run of {AT_ONCE} at once.",
        loaded_one.saturating_sub(linked_one),
        loaded_all.saturating_sub(linked_all) / u32::try_from(AT_ONCE).unwrap()
    );
}
