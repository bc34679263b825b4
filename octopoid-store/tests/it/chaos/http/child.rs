//! A server in a process of its own: this very program, started anew to run the ignored test below.

use super::served::serve;
use crate::chaos::load::policy;
use octopoid_store::SqliteStore;
use octopoid_store::conformance::SteppedClock;
use octopoid_store::server::http::ServeOptions;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// The variable by which the parent says where the database is.
const DATABASE: &str = "OCTOPOID_TEST_SERVED_DATABASE";

/// The variable by which it says what time it is.
const PASSED: &str = "OCTOPOID_TEST_SERVED_AFTER";

/// The process, and the line by which it is told that time passes.
pub(crate) struct ServerProcess {
    process: Child,
    clock: ChildStdin,
    /// What it says; with nobody to hear it, it would end.
    _says: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

impl ServerProcess {
    /// Starts it on a database, at a time so long after that at which all clocks begin.
    pub(crate) fn start(database: impl AsRef<OsStr>, passed: Duration) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "chaos::http::child::serves_until_killed"])
            .env(DATABASE, database.as_ref())
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
    pub(crate) fn pass(&mut self, span: Duration) {
        // One that was killed has no time any more.
        let _ = writeln!(self.clock, "{}", span.as_millis());
    }

    /// The most memory that it ever had, in KiB.
    pub(crate) fn most_memory(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// The memory that it has at the moment, in KiB.
    pub(crate) fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    fn memory(&self, which: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(which)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Lets it stand still, or go on.
    pub(crate) fn freeze(&self, frozen: bool) {
        let signal = if frozen { "-STOP" } else { "-CONT" };
        assert!(
            Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap().success()
        );
    }

    /// Ends it without a warning.
    pub(crate) fn kill(&mut self) {
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
fn told() -> Option<(OsString, Duration)> {
    let database = std::env::var_os(DATABASE)?;
    let passed = std::env::var(PASSED).unwrap().parse().unwrap();
    Some((database, Duration::from_millis(passed)))
}

/// Serves until it is killed, or its parent is gone. Each line that it is sent is a span that passes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by other tests in a process of its own"]
async fn serves_until_killed() {
    let Some((database, passed)) = told() else { return };
    let clock = Arc::new(SteppedClock::new());
    clock.advance(passed);
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
        () = serve_database(&database, clock, listener) => {}
        _ = orphaned => {}
    }
}

/// Serves a SQLite file, or a PostgreSQL database.
async fn serve_database(database: &OsStr, clock: Arc<SteppedClock>, listener: TcpListener) {
    #[cfg(feature = "postgres")]
    if let Some(url) = database.to_str().filter(|name| octopoid_store::PostgresUrl::is_url(name)) {
        let options = octopoid_store::PostgresOptions::new().with_clock(clock.clone());
        // The database may be away for a while when its server begins.
        let store = loop {
            match octopoid_store::PostgresStore::connect(url.parse().unwrap(), policy(), options.clone()) {
                Ok(store) => break store,
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
        };
        return serve(Arc::new(store), clock, listener, ServeOptions::new()).await;
    }
    let store = Arc::new(SqliteStore::open(database, clock.clone(), policy()).unwrap());
    serve(store, clock, listener, ServeOptions::new()).await;
}
