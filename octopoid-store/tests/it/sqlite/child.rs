//! Another process: this very program, started anew to run one of the ignored tests below.

use super::setting::{create, open};
use octopoid_core::model::NewTask;
use octopoid_core::store::TaskStore;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// The variable by which the parent says where the database is.
const DATABASE: &str = "OCTOPOID_TEST_DATABASE";

/// Starts one of the tests of this module in a process of its own.
pub(super) fn start(test: &str, database: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", &format!("sqlite::child::{test}")])
        .env(DATABASE, database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[expect(clippy::disallowed_methods, reason = "how the parent tells this process what to do")]
fn database() -> Option<PathBuf> {
    std::env::var_os(DATABASE).map(PathBuf::from)
}

/// Creates tasks from several callers until it is killed, and prints the id of each that was answered.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the crash test in a process of its own"]
async fn writes_until_killed() {
    let Some(path) = database() else { return };
    let store = Arc::new(open(&path).unwrap());
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for number in 0.. {
                    let new = NewTask::new(format!("{caller}/{number}"), "x".repeat(5000));
                    let task = store.create_task(new).await.unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "wrote {}", task.id).unwrap();
                    out.flush().unwrap();
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
}

/// Creates one task for each line that it is sent.
#[tokio::test]
#[ignore = "run by the test of two processes in a process of its own"]
async fn writes_when_told() {
    let Some(path) = database() else { return };
    let store = open(&path).unwrap();
    println!("ready");
    for line in std::io::stdin().lines() {
        create(&store, &line.unwrap()).await.unwrap();
    }
}
