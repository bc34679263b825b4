//! A server in a process of its own: this very program, started anew to run the ignored test below.

use super::served::serve;
use crate::chaos::load::policy;
use octopoid_store::SqliteStore;
use octopoid_store::conformance::SteppedClock;
use octopoid_store::server::http::ServeOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// The variable by which the parent says where the database is.
const DATABASE: &str = "OCTOPOID_TEST_SERVED_DATABASE";

/// The variable by which it says what time it is.
const PASSED: &str = "OCTOPOID_TEST_SERVED_AFTER";

/// The process, and the line by which it is told that time passes.
pub(super) struct ServerProcess {
    process: Child,
    clock: ChildStdin,
    /// What it says; with nobody to hear it, it would end.
    _says: BufReader<ChildStdout>,
    pub(super) address: SocketAddr,
}

impl ServerProcess {
    /// Starts it on a database, at a time so long after that at which all clocks begin.
    pub(super) fn start(database: &Path, passed: Duration) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "chaos::http::child::serves_until_killed"])
            .env(DATABASE, database)
            .env(PASSED, passed.as_millis().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let clock = process.stdin.take().unwrap();
        let mut says = BufReader::new(process.stdout.take().unwrap());
        let mut lines = says.by_ref().lines().map_while(Result::ok);
        let address = lines
            .find_map(|line| line.split("listening on ").nth(1)?.parse().ok())
            .expect("the server listens");
        Self { process, clock, _says: says, address }
    }

    /// Lets time pass there.
    pub(super) fn pass(&mut self, span: Duration) {
        // One that was killed has no time any more.
        let _ = writeln!(self.clock, "{}", span.as_millis());
    }

    /// The most memory that it ever had, in KiB.
    pub(super) fn most_memory(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// The memory that it has at the moment, in KiB.
    pub(super) fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    fn memory(&self, which: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(which)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Ends it without a warning.
    pub(super) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

#[expect(clippy::disallowed_methods, reason = "how the parent tells this process what to do")]
fn told() -> Option<(PathBuf, Duration)> {
    let database = std::env::var_os(DATABASE)?;
    let passed = std::env::var(PASSED).unwrap().parse().unwrap();
    Some((PathBuf::from(database), Duration::from_millis(passed)))
}

/// Serves until it is killed, or its parent is gone. Each line that it is sent is a span that passes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by other tests in a process of its own"]
async fn serves_until_killed() {
    let Some((path, passed)) = told() else { return };
    let clock = Arc::new(SteppedClock::new());
    clock.advance(passed);
    let store = Arc::new(SqliteStore::open(path, clock.clone(), policy()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("listening on {}", listener.local_addr().unwrap());
    let (orphan, orphaned) = tokio::sync::oneshot::channel::<()>();
    let time = Arc::clone(&clock);
    std::thread::spawn(move || {
        let _orphan = orphan;
        for line in std::io::stdin().lines().map_while(Result::ok) {
            time.advance(Duration::from_millis(line.parse().unwrap()));
        }
    });
    tokio::select! {
        () = serve(store, clock, listener, ServeOptions::new()) => {}
        _ = orphaned => {}
    }
}
