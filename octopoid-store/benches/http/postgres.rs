//! The same claim in PostgreSQL, where it is installed: `FOR UPDATE SKIP LOCKED`, a row and its history event, by pgbench.

use crate::server::folder;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const TABLES: &str = "
CREATE TABLE tasks (seq bigint PRIMARY KEY, scope text NOT NULL, id text NOT NULL, title text NOT NULL, description text NOT NULL,
    role text NOT NULL, priority int NOT NULL, queue text NOT NULL, claim_token text, claim_orchestrator text, claim_agent text,
    claimed_at bigint, lease_expires_at bigint, runs int NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL);
CREATE INDEX ON tasks (scope, role, priority, seq) WHERE queue = 'incoming';
CREATE UNIQUE INDEX ON tasks (scope, claim_token) WHERE claim_token IS NOT NULL;
CREATE TABLE events (seq bigserial PRIMARY KEY, scope text NOT NULL, task text NOT NULL, kind text NOT NULL, actor text NOT NULL,
    from_queue text, to_queue text, at bigint NOT NULL);
CREATE INDEX ON events (scope, task);
INSERT INTO tasks SELECT i, 'default', 'task-' || i, 'Task number ' || i, 'What is to be done about it.', 'implement', i % 4,
    'incoming', NULL, NULL, NULL, NULL, NULL, 0, 0, 1 FROM generate_series(1, 100000) i;
ANALYZE;";

const CLAIM: &str = "
WITH next AS (SELECT seq FROM tasks WHERE scope = 'default' AND role = 'implement' AND queue = 'incoming'
              ORDER BY priority, seq LIMIT 1 FOR UPDATE SKIP LOCKED),
     claimed AS (UPDATE tasks SET queue = 'claimed', claim_token = gen_random_uuid()::text, claim_orchestrator = 'bench-1',
                        claim_agent = 'agent', claimed_at = 1, lease_expires_at = 2, runs = runs + 1, updated_at = 1,
                        version = version + 1
                  WHERE seq = (SELECT seq FROM next) RETURNING *),
     event AS (INSERT INTO events (scope, task, kind, actor, from_queue, to_queue, at)
               SELECT 'default', id, 'claimed', 'agent', 'incoming', 'claimed', 1 FROM claimed)
SELECT * FROM claimed;";

/// A cluster of its own, stopped when this goes.
pub(crate) struct Cluster {
    programs: PathBuf,
    data: PathBuf,
    /// Where its sockets are: nobody else's.
    sockets: PathBuf,
    folder: TempDir,
    _sockets: TempDir,
}

impl Cluster {
    /// Starts it; none where PostgreSQL is not installed.
    pub(crate) fn start() -> Option<Self> {
        use std::os::unix::fs::PermissionsExt;
        let programs = programs()?;
        let (folder, sockets) = (folder(), TempDir::new_in("/tmp").ok()?);
        for folder in [folder.path(), sockets.path()] {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).ok()?;
        }
        let cluster = Self {
            programs,
            data: folder.path().join("data"),
            sockets: sockets.path().to_owned(),
            folder,
            _sockets: sockets,
        };
        let data = cluster.data.to_str()?;
        cluster.run("initdb", &["-D", data, "-A", "trust", "-U", "postgres", "--locale=C", "-E", "UTF8"])?;
        let options = format!("-k {} -c listen_addresses= -c max_connections=200", cluster.sockets.display());
        let log = cluster.folder.path().join("log");
        cluster.run("pg_ctl", &["-D", data, "-l", log.to_str()?, "-o", &options, "-w", "start"])?;
        Some(cluster)
    }

    /// Makes the tables of pgbench's claim; gives the script.
    pub(crate) fn script(&self) -> Option<PathBuf> {
        let (tables, claim) = (self.folder.path().join("tables.sql"), self.folder.path().join("claim.sql"));
        std::fs::write(&tables, TABLES).ok()?;
        // One line: pgbench ends a statement with the semicolon, psql's way of spreading it is not needed.
        std::fs::write(&claim, CLAIM.replace('\n', " ")).ok()?;
        self.sql(&tables)?;
        Some(claim)
    }

    /// Runs statements.
    pub(crate) fn statements(&self, sql: &str) -> Option<Output> {
        let file = self.folder.path().join("statements.sql");
        std::fs::write(&file, sql).ok()?;
        self.sql(&file)
    }

    /// The address of a schema.
    pub(crate) fn url(&self, schema: &str) -> String {
        let sockets = self.sockets.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@/postgres?host={sockets}&schema={schema}")
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Option<Output> {
        // PostgreSQL refuses to be run by root.
        let root =
            std::fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
        let path = self.programs.join(program);
        let mut command = if root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.args(arguments).output().ok().filter(|output| output.status.success())
    }

    fn sql(&self, file: &Path) -> Option<Output> {
        let (sockets, file) = (self.sockets.to_str()?, file.to_str()?);
        self.run("psql", &["-h", sockets, "-d", "postgres", "-q", "-v", "ON_ERROR_STOP=1", "-f", file])
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ =
            self.run("pg_ctl", &["-D", self.data.to_str().unwrap_or_default(), "-m", "immediate", "stop"]);
    }
}

/// Prints PostgreSQL's rates beside ours, if it is there.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn compare(ours: &[(usize, f64)]) {
    if programs().is_none() {
        println!("\nPostgreSQL is not installed, so nothing is measured beside it.");
        return;
    }
    let Some(rates) = measure(ours) else {
        println!("\nPostgreSQL could not be started, so nothing is measured beside it.");
        return;
    };
    println!(
        "\n| connections | claims over HTTP, /s | PostgreSQL by pgbench, /s | of that |\n|---:|---:|---:|---:|"
    );
    for ((width, ours), theirs) in ours.iter().zip(rates) {
        println!("| {width} | {ours:.0} | {theirs:.0} | {:.1} × |", ours / theirs);
    }
}

fn programs() -> Option<PathBuf> {
    let mut versions: Vec<_> =
        std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path()).collect();
    versions.sort();
    versions.pop().map(|version| version.join("bin")).filter(|bin| bin.join("pgbench").exists())
}

fn measure(widths: &[(usize, f64)]) -> Option<Vec<f64>> {
    let cluster = Cluster::start()?;
    let claim = cluster.script()?;
    widths.iter().map(|(width, _)| rate(&cluster, *width, &claim)).collect()
}

/// Claims by pgbench over so many connections, in a second.
pub(crate) fn rate(cluster: &Cluster, width: usize, script: &Path) -> Option<f64> {
    let each = (4000 / width).to_string();
    let width = width.to_string();
    let output = cluster.run(
        "pgbench",
        &[
            "-h",
            cluster.sockets.to_str()?,
            "-n",
            "-M",
            "prepared",
            "-c",
            &width,
            "-j",
            "2",
            "-t",
            &each,
            "-f",
            script.to_str()?,
            "postgres",
        ],
    )?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().find(|line| line.starts_with("tps = "))?;
    line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok()
}
