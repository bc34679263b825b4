//! The least that SQLite can be asked for a claim: the next task by the index, the update, the event.

use crate::{Measured, WARM_UP, token};
use rusqlite::{Connection, Row, params};
use std::path::Path;
use std::time::Instant;

/// What a claim answers with, as text and numbers.
struct Task {
    seq: i64,
    id: String,
    _title: String,
    _role: String,
    _description: String,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Task> {
    Ok(Task {
        seq: row.get(0)?,
        id: row.get(1)?,
        _title: row.get(2)?,
        _role: row.get(3)?,
        _description: row.get(4)?,
    })
}

pub(crate) fn claim(path: &Path, width: usize, claims: usize) -> Measured {
    let database = Connection::open(path).expect("a database");
    database
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000;")
        .expect("set up");
    let mut begin = database.prepare("BEGIN IMMEDIATE").expect("prepared");
    let mut commit = database.prepare("COMMIT").expect("prepared");
    let mut next = database
        .prepare(
            "SELECT t.seq, t.id, t.title, t.role, d.body FROM tasks t CROSS JOIN descriptions d ON d.task = t.seq
              WHERE t.scope = ?1 AND t.claimable_for = 'work' AND t.role = ?2 ORDER BY t.priority, t.seq LIMIT 1",
        )
        .expect("prepared");
    let mut update = database
        .prepare(
            "UPDATE tasks SET queue = 'claimed', claim_token = ?2, claim_orchestrator = ?3, claim_agent = ?4,
                    claimed_at = ?5, lease_expires_at = ?6, runs = runs + 1, updated_at = ?5, version = version + 1
              WHERE seq = ?1",
        )
        .expect("prepared");
    let mut event = database
        .prepare(
            "INSERT INTO events (scope, task, kind, actor, from_queue, to_queue, note, at)
             VALUES (?1, ?2, 'claimed', ?3, 'incoming', 'claimed', NULL, ?4)",
        )
        .expect("prepared");
    let clock = Instant::now();
    let mut transaction = |first: usize, claims: usize| {
        begin.execute([]).expect("begun");
        for number in first..first + claims {
            let token = token(number);
            let now = 1_767_225_600_000_i64 + i64::try_from(clock.elapsed().as_millis()).expect("small");
            let task = next.query_row(["default", "implement"], read).expect("a task");
            update
                .execute(params![task.seq, token, "bench-1", "agent-1", now, now + 300_000])
                .expect("updated");
            event.execute(params!["default", task.id, "agent-1", now]).expect("recorded");
        }
        commit.execute([]).expect("committed");
    };
    let mut groups = |first: usize, claims: usize| {
        for group in 0..claims / width {
            transaction(first + group * width, width);
        }
    };
    groups(claims, WARM_UP);
    let start = Instant::now();
    groups(0, claims);
    Measured { rate: claims as f64 / start.elapsed().as_secs_f64(), times: Vec::new() }
}
